//! Requests for any operation, made from its description.

use crate::{Call, TENANT};
use serde_json::json;
use web::Operation;

/// How a test names an operation: `GET /types/{tenantId}`.
pub fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// Its address, where nothing is: an id for each parameter that names a record,
/// a day or a choice for each that is one.
pub fn path(operation: &Operation) -> String {
    let parts = operation.path.split('/').map(|part| {
        let parameter = part
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match parameter {
            None => part.to_owned(),
            Some("tenantId") => TENANT.into(),
            Some("referenceDate" | "dateToUseAsBasisForCalculation") => "2026-01-01".into(),
            Some("portalContactId") => "c-1".into(),
            Some("ownerType") => "contact".into(),
            Some("id") if operation.group() == "memberships" => "contact:c-1".into(),
            Some(other) => format!("{}-1", other.to_lowercase()),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A request for it at `url`; where it takes a body, an object of nothing.
///
/// # Panics
/// For a method that no operation has.
pub fn call(operation: &Operation, url: &str) -> Call {
    let send = match operation.method.as_str() {
        "GET" => return Call::get(url),
        "DELETE" => return Call::delete(url),
        "POST" => Call::post,
        "PUT" => Call::put,
        "PATCH" => Call::patch,
        other => panic!("no operation is a {other}"),
    };
    send(url, json!({}))
}
