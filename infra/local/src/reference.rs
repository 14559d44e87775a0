//! What only a laptop has beside the API: its description at `/openapi.json`, at
//! `/openapi-3.0.json` for tools that read no later one,
//! and a page to read and search it at `/docs`, with nothing from the network.

use api::OpenApi;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

const VIEWER: &str = "/docs/scalar.js";

pub fn router() -> Router {
    let described = |version| {
        let document = api::document_text(version);
        get(async move || ([(header::CONTENT_TYPE, "application/json")], document))
    };
    // Its fonts and its telemetry would come from and go to the network.
    let page = scalar_api_reference::scalar_html(
        &json!({
            "url": "/openapi.json",
            "withDefaultFonts": false,
            "telemetry": false,
            "hideClientButton": true,
            "agent": { "disabled": true },
            "mcp": { "disabled": true },
            "showDeveloperTools": "never",
        }),
        Some(VIEWER),
    );
    Router::new()
        .route("/openapi.json", described(OpenApi::Newer))
        .route("/openapi-3.0.json", described(OpenApi::Older))
        .route("/docs", get(async move || Html(page)))
        .route(VIEWER, get(viewer))
}

async fn viewer() -> Response {
    match scalar_api_reference::get_asset("scalar.js") {
        Some(script) => ([(header::CONTENT_TYPE, "text/javascript")], script).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
