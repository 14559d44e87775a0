//! The one table from errors to the wire: status, code and envelope.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Error, Problem};
use serde_json::{Value, json};

/// An error on its way to the wire.
#[derive(Debug)]
pub struct Failure(pub Error);

/// What a handler returns.
pub type HandlerResult = std::result::Result<Response, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure(error)
    }
}

/// Status and code of an error. The documents name 200, 400, 401, 403, 404,
/// 409, 429 and 500; no other is ever an error's.
pub fn status(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
        Error::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
        Error::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
        Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
        Error::Conflict(_) | Error::Stale { .. } | Error::Exists { .. } => {
            (StatusCode::CONFLICT, "conflict")
        }
        Error::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, "throttled"),
        Error::Unknown(_) => (StatusCode::INTERNAL_SERVER_ERROR, "outcome_unknown"),
        Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

/// What a client is told. `request_id` is added on the way out.
pub fn envelope(error: &Error) -> Value {
    let (_, code) = status(error);
    let problems = error.problems();
    let message = match error {
        Error::Invalid(_) => summary("the request is not valid", &problems),
        Error::Conflict(_) | Error::Stale { .. } | Error::Exists { .. } => {
            summary("the request conflicts with what is stored", &problems)
        }
        // The cause of these two is logged, never answered: it may name tables or quote AWS.
        Error::Unknown(_) => "whether the change was made is unknown: read the record again".into(),
        Error::Internal(_) => {
            "something went wrong on our side; the request_id helps us to find out what".into()
        }
        other => other.to_string(),
    };
    json!({ "code": code, "message": message, "errors": problems })
}

/// One violation is the message; of several, the first is, with their number.
fn summary(general: &str, problems: &[Problem]) -> String {
    let one = |p: &Problem| format!("{} {}", p.path, p.message).trim().to_owned();
    match problems {
        [] => general.to_owned(),
        [only] => one(only),
        [first, rest @ ..] => format!("{} (and {} more)", one(first), rest.len()),
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, _) = status(&self.0);
        // Only these: the others are the caller's, are answered whole, and may quote what the
        // caller sent.
        if let Error::Internal(cause) | Error::Unknown(cause) = &self.0 {
            tracing::error!(%cause, "request failed");
        }
        let mut response = (status, axum::Json(envelope(&self.0))).into_response();
        if let Error::Throttled {
            retry_after_seconds,
        } = self.0
        {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
        response
    }
}
