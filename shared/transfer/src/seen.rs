//! What a file has brought so far, or a walk has met: a value that must not come
//! twice.

use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of a hash: among a million values the odds that two of them share one
/// are 1 in 10^17.
const HASH: usize = 12;

/// Each value's hash and line, 16 bytes a row, so that a file of a million
/// rows needs some 35 MB whatever its values are.
#[derive(Default)]
pub struct Seen(HashMap<[u8; HASH], u32>);

impl Seen {
    /// Remembers the value; answers the line that has brought it before.
    pub fn first(&mut self, value: &str, line: u64) -> Option<u32> {
        // Four bytes: with eight an entry would take 24.
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        match self.0.entry(hash(value)) {
            std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(line);
                None
            }
        }
    }

    pub fn has(&self, value: &str) -> bool {
        self.0.contains_key(&hash(value))
    }
}

fn hash(value: &str) -> [u8; HASH] {
    let digest = Sha256::digest(value.as_bytes());
    std::array::from_fn(|at| digest[at])
}
