//! `Idempotency-Key`: a POST that is sent again is not carried out again. The
//! key is claimed by a conditional write, and the response is stored for a day.
//! Only a response that a second attempt would repeat is replayed: a success or
//! a validation error. After any other outcome the request may be tried again.

mod stored;

use crate::context::{App, Ctx};
use crate::error::Failure;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use model::{Error, Result};
use serde_json::Value;
use store::Versioned;
use stored::{Claim, StoredRequest, StoredResponse, claim, finish};

pub use stored::document_key;

/// The header's name.
pub const KEY: &str = "idempotency-key";
/// Characters of a key.
pub const KEY_MAX: usize = 200;
/// The header that marks a response as a replay.
const REPLAYED: &str = "idempotency-replayed";

/// Reads the record that was created, as its GET would answer it.
pub type ReadAgain = fn(Ctx, String) -> BoxFuture<'static, Response>;

/// What of a successful response is stored for a replay. Records are read again,
/// never copied: the ledger is no second place for them.
#[derive(Clone, Copy)]
pub enum ReplayPolicy {
    FullResponse,
    /// A batch's outcomes without their objects.
    WithoutObjects,
    /// The id of the record that was created.
    RecordById(ReadAgain),
}

/// A handler that is carried out once for a key, if the request has one.
#[derive(Clone)]
pub struct Idempotent<H> {
    pub handler: H,
    pub policy: ReplayPolicy,
}

impl<H, T> Handler<T, App> for Idempotent<H>
where
    H: Handler<T, App>,
    T: 'static,
{
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: Request, app: App) -> Self::Future {
        Box::pin(async move {
            match request.headers().get(KEY) {
                None => self.handler.call(request, app).await,
                Some(_) => {
                    let response = self.call_once(request, app).await;
                    response.unwrap_or_else(|error| Failure(error).into_response())
                }
            }
        })
    }
}

impl<H> Idempotent<H> {
    async fn call_once<T>(self, request: Request, app: App) -> Result<Response>
    where
        H: Handler<T, App>,
    {
        let (mut parts, body) = request.into_parts();
        // Before the key: who may not call the operation neither claims one nor is answered what
        // it stored.
        let ctx = match Ctx::from_request_parts(&mut parts, &app).await {
            Ok(ctx) => ctx,
            Err(failure) => return Ok(failure.into_response()),
        };
        let key = key(&parts.headers)?;
        let body = crate::body::bytes(body).await?;
        let target = format!("{} {}", parts.method, parts.uri);
        let wanted = StoredRequest::new(&ctx.caller.user, key, &target, &body);
        let claim = match claim(&ctx.store, wanted).await? {
            Claim::Completed(stored) => return replay(ctx, self.policy, stored).await,
            Claim::Ours(claim) => claim,
        };
        // Ids derive from the key, so that a request that was cut off and is
        // sent again creates the same records.
        parts.extensions.insert(claim.value.id_seed());
        let request = Request::from_parts(parts, Body::from(body));
        let response = self.handler.call(request, app).await;
        record_response(&ctx, claim, self.policy, response).await
    }
}

fn key(headers: &HeaderMap) -> Result<String> {
    let text = headers
        .get(KEY)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if text.is_empty() || text.len() > KEY_MAX {
        let rule = format!("must have 1 to {KEY_MAX} visible ASCII characters");
        return Err(Error::invalid("Idempotency-Key", rule));
    }
    Ok(text.to_owned())
}

/// Stores the response if it may be replayed, else releases the key.
async fn record_response(
    ctx: &Ctx,
    claim: Versioned<StoredRequest>,
    policy: ReplayPolicy,
    response: Response,
) -> Result<Response> {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let stored = match status {
        // A validation error is the same the next time. A 404, 409, 429 or 500 depends on what
        // else is there by then.
        StatusCode::OK | StatusCode::BAD_REQUEST => Some(StoredResponse {
            status: status.as_u16(),
            body: stored_body(policy, status, &body),
        }),
        _ => None,
    };
    finish(&ctx.store, claim, stored).await;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn stored_body(policy: ReplayPolicy, status: StatusCode, body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    // Empty bodies and CSV are kept as they are.
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
        return text;
    };
    match policy {
        ReplayPolicy::RecordById(_) if status == StatusCode::OK => {
            value["id"].as_str().unwrap_or_default().to_owned()
        }
        ReplayPolicy::WithoutObjects => {
            let results = value.get_mut("results").and_then(Value::as_array_mut);
            for result in results
                .into_iter()
                .flatten()
                .filter_map(Value::as_object_mut)
            {
                result.remove("object");
            }
            value.to_string()
        }
        _ => text,
    }
}

async fn replay(ctx: Ctx, policy: ReplayPolicy, stored: StoredResponse) -> Result<Response> {
    let status = StatusCode::from_u16(stored.status).map_err(Error::internal)?;
    let mut response = match policy {
        ReplayPolicy::RecordById(read_again) if status == StatusCode::OK => {
            read_again(ctx, stored.body).await
        }
        _ if stored.body.is_empty() => status.into_response(),
        _ => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            (status, json, stored.body).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
