//! Paging tokens: opaque, and good only for the query they come from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::lookup::Lookup;
use model::{Error, Result, TenantId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Records in one page.
pub const PAGE: i32 = 100;

/// Bytes after which a page ends: one request may add another 1 MB, and an
/// answer must stay below Lambda's 6 MB.
pub const PAGE_BYTES: usize = 3_000_000;

/// A page of anything, and where the next begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<PageToken>,
}

/// Where a walk over partitions stands: which partition, after which key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken {
    pub partition: u32,
    /// The attributes of the last item read, by name; empty at a partition's start.
    pub after: Vec<(String, String)>,
}

/// What a query is, so that its token fits no other.
#[derive(Clone, Debug)]
pub struct QueryId(String);

impl QueryId {
    pub fn new(tenant: &TenantId, name: &str, subject: &str) -> Self {
        let digest = Sha256::digest(format!("{tenant}\u{0}{name}\u{0}{subject}"));
        QueryId(URL_SAFE_NO_PAD.encode(&digest[..12]))
    }

    /// The id of a look-up: its index or table, and what it is about.
    pub fn of(tenant: &TenantId, lookup: &Lookup) -> Self {
        let name = match lookup.index {
            Some(index) => format!("{}/{}", index.table.variable(), index.name),
            None => lookup.table.variable().to_owned(),
        };
        QueryId::new(tenant, &name, &lookup.partitions.join("\u{0}"))
    }

    pub fn encode(&self, token: &impl Serialize) -> Result<String> {
        let text = serde_json::to_string(&(&self.0, token)).map_err(Error::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(text))
    }

    /// # Errors
    /// `Invalid` for a token of another tenant or query, or none of ours.
    pub fn decode<T: DeserializeOwned>(&self, text: &str) -> Result<T> {
        let foreign = || {
            Error::invalid(
                "/exclusiveStartKey",
                "is not a key that this query has answered with",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign())?;
        // Nothing is signed. A forged token reads no more than its own query could: the store
        // sets the partition, and only the start within it comes from here.
        let (id, token): (String, T) = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
        if id == self.0 {
            Ok(token)
        } else {
            Err(foreign())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_its_own_query() {
        let tenant = TenantId::parse("acme").unwrap();
        let token = PageToken {
            partition: 3,
            after: vec![("_sk".into(), "a|b".into())],
        };
        let query = QueryId::new(&tenant, "actions", "run-1");
        let text = query.encode(&token).unwrap();
        assert_eq!(query.decode::<PageToken>(&text).unwrap(), token);
        let others = [
            QueryId::new(&tenant, "actions", "run-2"),
            QueryId::new(&tenant, "memberships", "run-1"),
            QueryId::new(&TenantId::parse("other").unwrap(), "actions", "run-1"),
        ];
        for other in others {
            assert!(other.decode::<PageToken>(&text).is_err());
        }
        for junk in ["", "x", "ä", "e30", "bnVsbA"] {
            assert!(query.decode::<PageToken>(junk).is_err(), "{junk}");
        }
    }
}
