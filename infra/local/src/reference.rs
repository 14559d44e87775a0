//! What only a laptop has beside the API: its description at `/openapi.json`
//! and a page to read and search it at `/docs`, with nothing from the network.

use crate::routes::operations;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

const VIEWER: &str = "/docs/scalar.js";

/// The API's description, as `infra/openapi.json` holds it.
pub fn document() -> Value {
    web::openapi::document(&operations())
}

/// The description as text, an object a line.
pub fn document_text() -> String {
    format!("{:#}\n", document())
}

pub fn router() -> Router {
    let document = document_text();
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
        .route(
            "/openapi.json",
            get(async move || ([(header::CONTENT_TYPE, "application/json")], document)),
        )
        .route("/docs", get(async move || Html(page)))
        .route(VIEWER, get(viewer))
}

async fn viewer() -> Response {
    match scalar_api_reference::get_asset("scalar.js") {
        Some(script) => ([(header::CONTENT_TYPE, "text/javascript")], script).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
