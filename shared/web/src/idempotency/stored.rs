//! A request with an `Idempotency-Key`, as the ledger stores it.

use crate::id_seed::{IdSeed, digest};
use jiff::{SignedDuration, Timestamp};
use model::json::canonical;
use model::{Error, Result};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use store::{Document, DocumentKey, Store, Versioned};

/// How long a response can be replayed.
const RETENTION: SignedDuration = SignedDuration::from_hours(24);
/// How long a claim holds: longer than a function may run, so that no request
/// takes over from one that is still running.
const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// A user's request with one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredRequest {
    user: String,
    key: String,
    /// Digest of method, path and body: what the key was first used for.
    fingerprint: String,
    leased_until: Timestamp,
    expires_at: Timestamp,
    response: Option<StoredResponse>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredResponse {
    pub status: u16,
    pub body: String,
}

impl Document for StoredRequest {
    const WHAT: &'static str = "request";
    fn key(&self) -> DocumentKey {
        document_key(&self.user, &self.key)
    }
    fn expires(&self) -> Option<i64> {
        Some(self.expires_at.as_second())
    }
}

/// Where a user's request with a key stands in the ledger.
pub fn document_key(user: &str, key: &str) -> DocumentKey {
    // A digest, because user and key are texts of any characters, and keys are limited in length.
    let partition = format!("idempotency#{}", digest(&[user.as_bytes(), key.as_bytes()]));
    DocumentKey::new(partition, "request")
}

impl StoredRequest {
    /// A request that has just come in, claimed from now on.
    pub fn new(user: &str, key: String, target: &str, body: &[u8]) -> StoredRequest {
        let now = Timestamp::now();
        StoredRequest {
            user: user.to_owned(),
            key,
            fingerprint: digest(&[target.as_bytes(), &by_value(body)]),
            leased_until: now + LEASE,
            expires_at: now + RETENTION,
            response: None,
        }
    }

    pub fn id_seed(&self) -> IdSeed {
        // With the fingerprint: a key that is used for something else after a day must make other
        // records.
        IdSeed::new(&[&self.user, &self.key, &self.fingerprint])
    }
}

/// A JSON body in the one spelling of its value, so that a client which writes
/// a number or an object anew sends the same request; any other body as it is.
fn by_value(body: &[u8]) -> Cow<'_, [u8]> {
    match serde_json::from_slice(body) {
        Ok(value) => canonical(&value).into_bytes().into(),
        Err(_) => body.into(),
    }
}

pub enum Claim {
    Ours(Versioned<StoredRequest>),
    Completed(StoredResponse),
}

/// Claims the key, unless it has a response or another request holds it.
pub async fn claim(store: &Store, wanted: StoredRequest) -> Result<Claim> {
    let found = store.document::<StoredRequest>(&wanted.key()).await?;
    let now = Timestamp::now();
    let claim = match found {
        None => Versioned::new(wanted),
        // DynamoDB removes expired items late, so an expired one may still be read.
        Some(old) if old.value.expires_at < now => old.with(wanted),
        Some(old) if old.value.fingerprint != wanted.fingerprint => {
            return Err(refused("was used for another request: choose a new one"));
        }
        Some(old) => match &old.value.response {
            Some(response) => return Ok(Claim::Completed(response.clone())),
            None if old.value.leased_until > now => return Err(refused(UNDER_WAY)),
            // The request before was cut off. This one makes the same ids, so it finds what that
            // one made.
            None => old.with(wanted),
        },
    };
    let written = store.put(&claim).await?;
    // Another request with the key has claimed it since the read.
    written.map(Claim::Ours).ok_or_else(|| refused(UNDER_WAY))
}

const UNDER_WAY: &str = "is of a request that is still under way: send it again in a while";

fn refused(why: &str) -> Error {
    Error::conflict("Idempotency-Key", why)
}

/// Stores the response; without one, releases the key for another attempt.
pub async fn finish(
    store: &Store,
    claim: Versioned<StoredRequest>,
    response: Option<StoredResponse>,
) {
    let mut finished = claim.value.clone();
    if response.is_none() {
        finished.leased_until = Timestamp::now();
    }
    finished.response = response;
    // The work is committed by now: the client gets its response even when
    // this note of it cannot be written.
    if let Err(error) = store.put(&claim.with(finished)).await {
        tracing::warn!(%error, "a response could not be stored for its Idempotency-Key");
    }
}
