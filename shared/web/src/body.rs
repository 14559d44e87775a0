//! Request bodies: JSON within explicit limits.

use crate::error::Failure;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use model::{Error, Problems, Result};
use serde_json::{Map, Value};

/// Bytes of a request body.
pub const BODY_MAX: usize = 1_000_000;
/// Levels of nesting.
pub const DEPTH_MAX: usize = 64;

/// Any JSON value.
pub struct Json(pub Value);

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> std::result::Result<Self, Failure> {
        Ok(Json(parse(&bytes(request.into_body()).await?)?))
    }
}

/// A JSON object; no body at all is an empty one.
pub struct OptionalJson(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for OptionalJson {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> std::result::Result<Self, Failure> {
        let bytes = bytes(request.into_body()).await?;
        // Clients send a POST without a body where nothing in it is required.
        if bytes.is_empty() {
            return Ok(OptionalJson(Map::new()));
        }
        Ok(OptionalJson(object(parse(&bytes)?)?))
    }
}

/// No body, or an empty one: what is in one that nobody reads would be ignored.
pub struct Nothing;

impl<S: Send + Sync> FromRequest<S> for Nothing {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> std::result::Result<Self, Failure> {
        let bytes = bytes(request.into_body()).await?;
        if bytes.is_empty() {
            return Ok(Nothing);
        }
        let mut problems = Problems::default();
        match parse(&bytes)? {
            Value::Null => {}
            body => {
                for name in object(body)?.keys() {
                    let path = format!("/{}", model::schema::escape(name));
                    problems.add(path, "is not taken: this operation has no body");
                }
            }
        }
        problems.into_result()?;
        Ok(Nothing)
    }
}

/// The body's bytes, if they are within the limit.
pub async fn bytes(body: Body) -> Result<Bytes> {
    to_bytes(body, BODY_MAX)
        .await
        .map_err(|_| Error::invalid("", format!("must be at most {BODY_MAX} bytes")))
}

fn parse(bytes: &[u8]) -> Result<Value> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|cause| Error::invalid("", format!("is not valid JSON: {cause}")))?;
    if depth(&value) > DEPTH_MAX {
        return Err(Error::invalid(
            "",
            format!("must be nested at most {DEPTH_MAX} levels deep"),
        ));
    }
    Ok(value)
}

/// serde_json itself refuses more than 128 levels, so this cannot run deep.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// A JSON object, as a record's body must be.
pub fn object(value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::invalid("", "must be a JSON object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_bounded_without_a_panic() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(64).as_bytes()).is_ok());
        for levels in [65, 127, 128, 100_000] {
            assert!(parse(nested(levels).as_bytes()).is_err(), "{levels}");
        }
    }
}
