//! Answers: API Gateway's own, and those of functions.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// An answer that the gateway makes itself: only a `message`.
pub(super) fn message(status: StatusCode, text: &str) -> Response<Bytes> {
    let mut response = Response::new(json!({ "message": text }).to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    allow_all_origins(response.headers_mut());
    response
}

/// What a browser asks before it sends a request to another origin.
pub(super) fn preflight() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    allow_all_origins(headers);
    for (name, value) in [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET,POST,PUT,PATCH,DELETE",
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization,content-type,idempotency-key,if-match",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn allow_all_origins(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
}

/// The answer of a function, or `None` if it is none API Gateway would send on.
pub(super) fn from_event(event: &Value) -> Option<Response<Bytes>> {
    let status = event.get("statusCode")?.as_u64()?.try_into().ok()?;
    let text = event.get("body").and_then(Value::as_str).unwrap_or("");
    let encoded = event.get("isBase64Encoded").and_then(Value::as_bool);
    let body = match encoded {
        // The adapter sends in base64 what it does not know as text.
        Some(true) => STANDARD.decode(text).ok()?,
        _ => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    *response.headers_mut() = headers(event)?;
    Some(response)
}

fn headers(event: &Value) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let named = event.get("headers").and_then(Value::as_object);
    for (name, value) in named.into_iter().flatten() {
        let name: header::HeaderName = name.parse().ok()?;
        // The length is counted anew by whoever sends the answer.
        if name != header::CONTENT_LENGTH {
            headers.insert(name, value.as_str()?.parse().ok()?);
        }
    }
    let cookies = event.get("cookies").and_then(Value::as_array);
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie.as_str()?.parse().ok()?);
    }
    Some(headers)
}
