//! Answers: records with their version, pages, and what every answer carries.

use crate::context::request_id;
use crate::fields::{select, visible};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::resource::Resource;
use model::{Record, sys};
use serde_json::{Value, json};
use tracing::Instrument;

/// Where the next page of a bare array begins.
pub const NEXT_KEY: &str = "x-last-evaluated-key";

/// One record, its version as an `ETag`.
pub fn record<R: Resource>(record: &Record, fields: Option<&str>) -> Response {
    let version = record.get(sys::VERSION).unwrap_or(0);
    let mut response = axum::Json(to_json::<R>(record, fields)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A record as a client sees it.
pub fn to_json<R: Resource>(record: &Record, fields: Option<&str>) -> Value {
    select(visible(R::SCHEMA, record), fields)
}

/// `{Count, Items, LastEvaluatedKey}`, as look-ups answer.
pub fn page(items: Vec<Value>, next: Option<String>) -> Response {
    axum::Json(json!({ "Count": items.len(), "Items": items, "LastEvaluatedKey": next }))
        .into_response()
}

/// `{Items, LastEvaluatedKey}`, as searches answer.
pub fn found(items: Vec<Value>, next: Option<String>) -> Response {
    axum::Json(json!({ "Items": items, "LastEvaluatedKey": next })).into_response()
}

/// A bare array, its next key in a header, as lists of everything answer.
pub fn array(items: Vec<Value>, next: Option<String>) -> Response {
    let mut response = axum::Json(items).into_response();
    if let Some(Ok(key)) = next.map(|key| HeaderValue::from_str(&key)) {
        response.headers_mut().insert(NEXT_KEY, key);
    }
    response
}

/// What a page of another origin may read of an answer's headers. Deployed, the template's CORS
/// configuration says it, and a test holds the two together.
pub const EXPOSED_HEADERS: &str =
    "etag, idempotency-replayed, location, retry-after, x-last-evaluated-key, x-request-id";

/// Adds what every answer has: the request's id, in a header and in an error's
/// body, and CORS headers. What is logged meanwhile carries the id too.
pub async fn add_headers(request: Request, next: Next) -> Response {
    let id = request_id(request.extensions());
    // Of the highest level, so that no filter takes the id from a line it lets through.
    let span = tracing::error_span!("request", request_id = %id);
    let mut response = next.run(request).instrument(span).await;
    // Here, because errors are made in many places and none of them knows the id.
    if response.status().is_client_error() || response.status().is_server_error() {
        response = with_request_id(response, &id).await;
    }
    let headers = response.headers_mut();
    headers.insert(
        // For the local stack: deployed, API Gateway answers with its own configuration instead.
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED_HEADERS),
    );
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    response
}

async fn with_request_id(response: Response, id: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let Ok(Value::Object(mut envelope)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    envelope.insert("request_id".into(), id.into());
    let text = Value::Object(envelope).to_string();
    parts
        .headers
        // The handler's length is that of the body without the id.
        .insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    Response::from_parts(parts, Body::from(text))
}
