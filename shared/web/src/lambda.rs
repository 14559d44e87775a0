//! From an API Gateway event to a router and back: the same for Lambda and for
//! the local stack.

use axum::Router;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Service};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Answers one API Gateway v2 event.
///
/// # Errors
/// Only for an event that is none.
pub async fn handle(
    router: Router,
    event: LambdaEvent<Value>,
) -> Result<Value, lambda_http::Error> {
    let LambdaEvent {
        mut payload,
        context,
        ..
    } = event;
    repair_path(&mut payload);
    let request: LambdaRequest = serde_json::from_value(payload)?;
    // In a statement of its own: the adapter is not Send, what it returns is.
    let answered = Adapter::from(router).call(LambdaEvent::new(request, context));
    Ok(serde_json::to_value(answered.await?)?)
}

/// What a path cannot hold as it is: all but the unreserved characters, `:`, `@`
/// and the slash (RFC 3986, section 3.3).
const OUTSIDE_A_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b':')
    .remove(b'@');

/// HTTP APIs deliver `rawPath` decoded, which lambda_http would take for a URI
/// and panic on a space in an id. A slash that was encoded cannot be told from
/// one that was not; such an id is not found.
fn repair_path(event: &mut Value) {
    if let Some(path) = event.get("rawPath").and_then(Value::as_str) {
        event["rawPath"] = utf8_percent_encode(path, OUTSIDE_A_PATH).to_string().into();
    }
}

/// Serves a router on Lambda until the environment ends.
pub async fn serve(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::lambda_runtime::run(lambda_http::service_fn(move |event| {
        handle(router.clone(), event)
    }))
    .await
}

/// Logs as JSON lines to standard output, as CloudWatch reads them.
pub fn start_logging() {
    lambda_http::tracing::init_default_subscriber();
}
