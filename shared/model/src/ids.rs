//! Identifiers: tenants, generated ids, and what a path may hold.

use crate::error::{Error, Result};
use std::fmt;

/// A tenant's name, `^[a-z0-9][a-z0-9-]{0,62}$`: it can hold none of the
/// separators of a key, so no tenant's key lies inside another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

impl TenantId {
    pub fn parse(text: &str) -> Result<TenantId> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let sound = !text.is_empty()
            && text.len() <= 63
            && !text.starts_with('-')
            && text.chars().all(allowed);
        if sound {
            Ok(TenantId(text.to_owned()))
        } else {
            Err(Error::invalid(
                "/tenantId",
                "must match ^[a-z0-9][a-z0-9-]{0,62}$",
            ))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A new id: sorts by time of making, holds neither `|` nor `#`.
pub fn generate() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// How many parts a large collection is spread over.
pub const SHARDS: u32 = 32;

/// The shard of an id. Stored in keys, so it must never change: FNV-1a, 32 bit.
pub fn shard(id: &str) -> u32 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % SHARDS
}

/// The longest id that any key of ours can carry.
pub const ID_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_no_separator_and_no_capital() {
        for good in ["a", "acme-2", "0", &"x".repeat(63)] {
            assert!(TenantId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a#b", "a|b", "a b", "ä", &"x".repeat(64)] {
            assert!(TenantId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shards_are_stable_and_used_evenly() {
        assert_eq!(shard("contact:c-1"), 10, "stored keys depend on this");
        let mut counts = [0; SHARDS as usize];
        (0..3200).for_each(|n| counts[shard(&format!("contact:{n}")) as usize] += 1);
        assert!(counts.iter().all(|&n| n > 50), "{counts:?}");
    }
}
