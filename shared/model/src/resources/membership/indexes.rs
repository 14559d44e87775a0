//! By what memberships are found: indexes, an item's keys in them, and look-ups.

use super::fields::{EXPIRATION_DATE, FLOWDOWN_DUE, ID, NUMBER_FIELD, ORDER_ID, PARENT_ID_FIELD};
use super::packing::{DUE_PACKED, SEARCH_PACKED};
use super::rests::newest_rest;
use crate::field::moment;
use crate::ids::{ID_MAX, SHARDS, shard};
use crate::index::{Index, IndexKey, Projection, Table};
use crate::lookup::{Lookup, Range};
use crate::record::Record;
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeSet;

/// Memberships of a tenant by expiration date, a shard at a time, with only
/// what planning reads.
pub const DUE: Index = Index {
    table: Table::Memberships,
    name: "due",
    hash: "_due_shard",
    range: "_due_on",
    projection: Projection::Packed(DUE_PACKED),
    across_tenants: false,
    serves: "planning, and POST /memberships/{tenantId}/search: expiration dates in a range",
};

/// Sparse: memberships that owe for a term that has begun, by the expiration date
/// that its bill was made for, in a few parts; with only what planning reads.
pub const OWING: Index = Index {
    table: Table::Memberships,
    name: "owing",
    hash: "_owing_part",
    range: "_owing_for",
    projection: Projection::Packed(DUE_PACKED),
    across_tenants: false,
    serves: "planning: renewal reminders of a rest for a term that has begun",
};

/// Shards of planning in a part of [`OWING`]: few entries, and each part is a request.
const SHARDS_OF_A_PART: u32 = 4;

/// Memberships of a tenant by number, in 32 parts, with all that they are
/// searched by.
pub const BY_NUMBER: Index = Index {
    table: Table::Memberships,
    name: "by_number",
    hash: "_number_shard",
    range: "_number",
    projection: Projection::Packed(SEARCH_PACKED),
    across_tenants: false,
    serves: "POST /memberships/{tenantId}/search: numbers in a range, and all that no index narrows",
};

pub const BY_PARENT: Index = Index {
    table: Table::Memberships,
    name: "by_parent",
    hash: "_parent",
    range: "_sk",
    projection: Projection::All,
    across_tenants: false,
    serves: "GET /memberships/{tenantId}/parentMembership/{parent_membership_id}",
};

/// Sparse: only what has been billed is in it.
pub const BY_ORDER: Index = Index {
    table: Table::Memberships,
    name: "by_order",
    hash: "_order",
    range: "_sk",
    projection: Projection::Keys,
    across_tenants: false,
    serves: "GET /memberships/{tenantId}/order/{order_id}",
};

/// Sparse, and of all tenants: what flowdown is still to look at.
pub const DUE_FLOWDOWN: Index = Index {
    table: Table::Memberships,
    name: "due_flowdown",
    hash: "_flowdown_part",
    range: "_flowdown_at",
    projection: Projection::Keys,
    across_tenants: true,
    serves: "the scheduler: memberships that others derive from, or that derive, and that have changed",
};

/// Few are in it at a time, so one partition is enough.
const DUE_PARTITION: &str = "due";

/// Memberships, of all tenants, that flowdown is to look at since this moment or longer.
pub fn due_flowdown(until: Timestamp) -> Lookup {
    let until = Range::Between("0000".into(), moment(until));
    Lookup::index(DUE_FLOWDOWN, vec![DUE_PARTITION.into()]).range(until)
}

pub(super) fn index_keys(after: &Record) -> Vec<IndexKey> {
    let due = after.get(EXPIRATION_DATE).map(|date| {
        let part = due_partition(shard(after.text(ID)));
        DUE.sorted(part, date.to_string())
    });
    let number = after
        .get(NUMBER_FIELD)
        .map(|number| BY_NUMBER.sorted(number_partition(number), number_sort_key(number)));
    let parent = after
        .get(PARENT_ID_FIELD)
        .map(|parent| BY_PARENT.key(parent));
    let order = after
        .get(ORDER_ID)
        // An import may bring an id that no key could hold.
        .filter(|order| (1..=ID_MAX).contains(&order.chars().count()))
        .map(|order| BY_ORDER.key(order));
    let owing = newest_rest(after).map(|rest| {
        let part = owing_partition(shard(after.text(ID)));
        OWING.sorted(part, rest.billed_for.to_string())
    });
    let flowdown = after
        .get(FLOWDOWN_DUE)
        .map(|since| DUE_FLOWDOWN.sorted(DUE_PARTITION, moment(since)));
    [due, owing, number, parent, order, flowdown]
        .into_iter()
        .flatten()
        .collect()
}

/// Those derived directly from another.
pub fn of_parent(parent: &str) -> Lookup {
    Lookup::index(BY_PARENT, vec![parent.to_owned()])
}

/// Those whose last order it is.
pub fn of_order(order: &str) -> Lookup {
    Lookup::index(BY_ORDER, vec![order.to_owned()])
}

/// Those of one number; there is at most one.
pub fn of_number(number: i64) -> Lookup {
    let key = number_sort_key(number);
    Lookup::index(BY_NUMBER, vec![number_partition(number)]).range(Range::Between(key.clone(), key))
}

/// Every membership, in 32 parts by its number.
pub fn every() -> Lookup {
    Lookup::index(BY_NUMBER, every_number_partition())
}

/// What one shard of planning reads: those that expire within a range.
pub fn expiring(shard: u32, from: Date, to: Date) -> Lookup {
    let range = Range::Between(from.to_string(), to.to_string());
    Lookup::index(DUE, vec![due_partition(shard)]).range(range)
}

/// What planning reads of these shards beside: those that owe for a term that has
/// begun, billed for an expiration date within a range.
pub fn owing(shards: &[u32], from: Date, to: Date) -> Lookup {
    let parts: BTreeSet<String> = shards.iter().copied().map(owing_partition).collect();
    let range = Range::Between(from.to_string(), to.to_string());
    Lookup::index(OWING, parts.into_iter().collect()).range(range)
}

fn owing_partition(shard: u32) -> String {
    format!("{:02}", shard / SHARDS_OF_A_PART)
}

pub(super) fn due_partition(shard: u32) -> String {
    format!("{shard:02}")
}

/// Above every membership number's magnitude.
pub(super) const NUMBER_LIMIT: i64 = 10_000_000_000_000_000;

/// Neighbouring numbers stand in different parts, so that an import writes to
/// all of them.
pub(super) fn number_partition(number: i64) -> String {
    format!("{:02}", number.rem_euclid(i64::from(SHARDS)))
}

pub(super) fn every_number_partition() -> Vec<String> {
    (0..i64::from(SHARDS)).map(number_partition).collect()
}

/// A text that sorts as the number does.
pub(super) fn number_sort_key(number: i64) -> String {
    // Moved above 0, because a search may ask for bounds below it and a minus sign does not sort.
    format!("{:017}", number + NUMBER_LIMIT)
}
