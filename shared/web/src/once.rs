//! `Idempotency-Key`: a POST that is sent again is not carried out again. The
//! key is claimed by a conditional write, and what was answered is kept for a
//! day. Only what would come out the same again is replayed: a success and a
//! validation error; after anything else the request may be tried anew.

use crate::context::{App, Ctx};
use crate::error::Failure;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use model::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Document, Store, Versioned};

/// The header's name.
pub const KEY: &str = "idempotency-key";
/// Characters of a key.
pub const KEY_MAX: usize = 200;
/// Says that an answer is a repetition.
const REPLAYED: &str = "idempotency-replayed";
/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a request may take: longer than a function may run, so that nobody
/// takes over from one that lives.
const HELD: SignedDuration = SignedDuration::from_secs(120);

/// Reads the record that was made, as its GET would answer it.
pub type Reread = fn(Ctx, String) -> BoxFuture<'static, Response>;

/// What of a success is kept: records are read again, never copied.
#[derive(Clone, Copy)]
pub enum Keep {
    Answer,
    /// A batch's outcomes without their objects.
    Outcomes,
    /// The id of the record that was made.
    Id(Reread),
}

/// One key's request.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    user: String,
    key: String,
    /// Of method, path and body: what the key was first used for.
    fingerprint: String,
    held_until: Timestamp,
    kept_until: Timestamp,
    answer: Option<KeptAnswer>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    body: String,
}

impl Document for Kept {
    const WHAT: &'static str = "request";
    fn place(&self) -> (String, String) {
        place(&self.user, &self.key)
    }
    fn expires(&self) -> Option<i64> {
        Some(self.kept_until.as_second())
    }
}

/// Where a user's request with a key stands in the ledger, after the tenant.
pub fn place(user: &str, key: &str) -> (String, String) {
    (format!("once#{}", digest(&[user, key])), "once".into())
}

/// What ids of records are derived from, so that a request that was cut off and
/// is sent again makes the same records.
#[derive(Clone)]
pub struct Seed(String);

impl Seed {
    /// The id of the record made at `place` of the request.
    pub fn id(&self, place: usize) -> String {
        digest(&[&self.0, &place.to_string()])[..32].to_owned()
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A handler that is carried out once for a key, if the request names one.
#[derive(Clone)]
pub struct Once<H> {
    pub handler: H,
    pub keep: Keep,
}

impl<H, T> Handler<T, App> for Once<H>
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
                    let answered = self.call_once(request, app).await;
                    answered.unwrap_or_else(|error| Failure(error).into_response())
                }
            }
        })
    }
}

impl<H> Once<H> {
    async fn call_once<T>(self, request: Request, app: App) -> Result<Response>
    where
        H: Handler<T, App>,
    {
        let (mut parts, body) = request.into_parts();
        let ctx = match Ctx::from_request_parts(&mut parts, &app).await {
            Ok(ctx) => ctx,
            Err(failure) => return Ok(failure.into_response()),
        };
        let key = key(&parts.headers)?;
        let body = to_bytes(body, crate::body::BODY_MAX).await.map_err(|_| {
            Error::invalid(
                "",
                format!("must be at most {} bytes", crate::body::BODY_MAX),
            )
        })?;
        let asked = format!("{} {}", parts.method, parts.uri);
        let text = String::from_utf8_lossy(&body);
        let wanted = Kept::claimed(&ctx.caller.user, key, digest(&[&asked, &text]));
        let claim = match claim(&ctx.store, wanted).await? {
            Claim::Answered(answer) => return replay(ctx, self.keep, answer).await,
            Claim::Ours(claim) => claim,
        };
        parts.extensions.insert(claim.value.seed());
        let request = Request::from_parts(parts, Body::from(body));
        let response = self.handler.call(request, app).await;
        settle(&ctx.store, claim, self.keep, response).await
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

impl Kept {
    fn seed(&self) -> Seed {
        Seed(digest(&[&self.user, &self.key, &self.fingerprint]))
    }

    fn claimed(user: &str, key: String, fingerprint: String) -> Kept {
        let now = Timestamp::now();
        Kept {
            user: user.to_owned(),
            key,
            fingerprint,
            held_until: now + HELD,
            kept_until: now + KEPT,
            answer: None,
        }
    }
}

enum Claim {
    Ours(Versioned<Kept>),
    Answered(KeptAnswer),
}

/// Takes the key, unless it has an answer or is somebody else's.
async fn claim(store: &Store, wanted: Kept) -> Result<Claim> {
    let (partition, sort) = wanted.place();
    let found = store.document::<Kept>(&partition, &sort).await?;
    let now = Timestamp::now();
    let claim = match found {
        None => Versioned::new(wanted),
        Some(old) if old.value.kept_until < now => old.with(wanted),
        Some(old) if old.value.fingerprint != wanted.fingerprint => {
            return Err(refused("was used for another request: choose a new one"));
        }
        Some(Versioned {
            value: Kept {
                answer: Some(answer),
                ..
            },
            ..
        }) => {
            return Ok(Claim::Answered(answer));
        }
        Some(old) if old.value.held_until > now => return Err(refused(UNDER_WAY)),
        Some(old) => old.with(wanted),
    };
    let written = store.put(&claim).await?;
    written.map(Claim::Ours).ok_or_else(|| refused(UNDER_WAY))
}

const UNDER_WAY: &str = "is of a request that is still under way: send it again in a while";

fn refused(why: &str) -> Error {
    Error::conflict("Idempotency-Key", why)
}

/// Keeps what came out, or lets the key go.
async fn settle(
    store: &Store,
    claim: Versioned<Kept>,
    keep: Keep,
    response: Response,
) -> Result<Response> {
    let status = response.status();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let mut settled = claim.value.clone();
    match status {
        StatusCode::OK | StatusCode::BAD_REQUEST => {
            settled.answer = Some(KeptAnswer {
                status: status.as_u16(),
                body: kept_body(keep, status, &body),
            });
        }
        _ => settled.held_until = Timestamp::now(),
    }
    // The work is done and is told, whether or not that could be noted.
    if let Err(error) = store.put(&claim.with(settled)).await {
        tracing::warn!(%error, "an answer could not be kept for its Idempotency-Key");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn kept_body(keep: Keep, status: StatusCode, body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
        return text;
    };
    match keep {
        Keep::Id(_) if status == StatusCode::OK => {
            value["id"].as_str().unwrap_or_default().to_owned()
        }
        Keep::Outcomes => {
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

async fn replay(ctx: Ctx, keep: Keep, answer: KeptAnswer) -> Result<Response> {
    let status = StatusCode::from_u16(answer.status).map_err(Error::internal)?;
    let mut response = match keep {
        Keep::Id(reread) if status == StatusCode::OK => reread(ctx, answer.body).await,
        _ if answer.body.is_empty() => status.into_response(),
        _ => (
            status,
            [(header::CONTENT_TYPE, "application/json")],
            answer.body,
        )
            .into_response(),
    };
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
