//! By what memberships are found: the keys of their indexes.

use super::fields::{EXPIRATION_DATE, ID, NUMBER_FIELD, ORDER_ID, PARENT_ID_FIELD};
use crate::ids::{ID_MAX, SHARDS, TenantId, shard};
use crate::index::{BY_NUMBER, BY_ORDER, BY_PARENT, DUE};
use crate::record::Record;

pub(super) fn index_keys(tenant: &TenantId, after: &Record) -> Vec<(&'static str, Option<String>)> {
    let id = after.text(ID);
    let expires = after.get(EXPIRATION_DATE);
    let number = after.get(NUMBER_FIELD);
    vec![
        (DUE.hash, expires.map(|_| due_shard(tenant, shard(id)))),
        (DUE.range, expires.map(|date| date.to_string())),
        (
            BY_PARENT.hash,
            after
                .get(PARENT_ID_FIELD)
                .map(|parent| format!("{tenant}#{parent}")),
        ),
        (
            BY_ORDER.hash,
            after
                .get(ORDER_ID)
                // An import may bring an id that no key could hold.
                .filter(|order| (1..=ID_MAX).contains(&order.chars().count()))
                .map(|order| format!("{tenant}#{order}")),
        ),
        (
            BY_NUMBER.hash,
            number.map(|number| number_shard(tenant, number)),
        ),
        (BY_NUMBER.range, number.map(number_sort_key)),
    ]
}

/// The `due` index's partition for one shard of a tenant.
pub fn due_shard(tenant: &TenantId, shard: u32) -> String {
    format!("{tenant}#{shard:02}")
}

/// Above every membership number's magnitude.
pub(super) const NUMBER_LIMIT: i64 = 10_000_000_000_000_000;

/// The part of [`BY_NUMBER`] that holds a number; those from 0 to 31 are all.
pub fn number_shard(tenant: &TenantId, number: i64) -> String {
    format!("{tenant}#{:02}", number.rem_euclid(i64::from(SHARDS)))
}

/// A text that sorts as the number does.
pub fn number_sort_key(number: i64) -> String {
    format!("{:017}", number + NUMBER_LIMIT)
}
