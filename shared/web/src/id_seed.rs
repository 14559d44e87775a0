//! Ids that derive from a request instead of chance.

use sha2::{Digest, Sha256};

/// What the ids of records that a request creates are derived from, so that a
/// request that was cut off and is sent again creates the same records.
#[derive(Clone)]
pub struct IdSeed(String);

impl IdSeed {
    pub fn new(parts: &[&str]) -> IdSeed {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        IdSeed(digest(&parts))
    }

    /// The id of the record created at `index` of the request.
    pub fn id(&self, index: usize) -> String {
        let index = index.to_string();
        // As long as a generated id.
        digest(&[self.0.as_bytes(), index.as_bytes()])[..32].to_owned()
    }
}

/// SHA-256 in hexadecimal. Each part's length goes in before it, so that no two
/// lists of parts give the same text.
pub fn digest(parts: &[&[u8]]) -> String {
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
