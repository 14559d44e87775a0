//! How memberships are searched: the indexes that narrow a search.

use super::criteria::{CRITERIA, SEARCHED};
use super::fields::{EXPIRATION_DATE, NUMBER_FIELD};
use super::indexes::{NUMBER_LIMIT, due_shard, number_shard, number_sort_key};
use super::packing::{DUE_PACKED, PLANNED, SEARCH_PACKED};
use super::resource::Memberships;
use crate::ids::{SHARDS, TenantId};
use crate::index::{BY_NUMBER, DUE};
use crate::schema::{Group, Schema};
use crate::search::{
    Bound, HIGHEST, KeyRange, LOWEST, Search, SearchIndex, Searchable, Span, lines,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

impl Searchable for Memberships {
    const SEARCH: &'static Search = &Search {
        criteria: &CRITERIA,
        body: &Schema {
            title: "MembershipSearch",
            groups: &[Group {
                title: "Criteria",
                fields: &lines(CRITERIA),
            }],
        },
        indexes: &[
            SearchIndex {
                index: BY_NUMBER,
                field: NUMBER_FIELD.name(),
                complete: true,
                packed: SEARCH_PACKED,
                held: SEARCHED,
                key_range: numbers,
            },
            SearchIndex {
                index: DUE,
                field: EXPIRATION_DATE.name(),
                complete: false,
                packed: DUE_PACKED,
                held: PLANNED,
                key_range: expirations,
            },
        ],
        shown: None,
    };
}

fn expirations(tenant: &TenantId, span: &Span) -> KeyRange {
    let key = |bound: Option<Bound>, open: &str| match bound {
        Some(Bound::Day(day)) => day.to_string(),
        _ => open.to_owned(),
    };
    KeyRange {
        partitions: (0..SHARDS).map(|shard| due_shard(tenant, shard)).collect(),
        from: key(span.from, LOWEST),
        to: key(span.to, HIGHEST),
    }
}

/// Neighbouring numbers stand in different parts, so that an import writes to
/// all of them, and one number is looked up in one.
fn numbers(tenant: &TenantId, span: &Span) -> KeyRange {
    let whole = |bound: Option<Bound>, round: fn(&Decimal) -> Decimal| match bound {
        Some(Bound::Number(number)) => {
            let limit = Decimal::from(NUMBER_LIMIT);
            round(&number).clamp(-limit, limit).to_i64()
        }
        _ => None,
    };
    let from = whole(span.from, Decimal::ceil);
    let to = whole(span.to, Decimal::floor);
    let partitions = match (from, to) {
        (Some(from), Some(to)) if to - from < i64::from(SHARDS) => (from..=to)
            .map(|number| number_shard(tenant, number))
            .collect(),
        _ => (0..i64::from(SHARDS))
            .map(|number| number_shard(tenant, number))
            .collect(),
    };
    KeyRange {
        partitions,
        from: from.map_or_else(|| LOWEST.to_owned(), number_sort_key),
        to: to.map_or_else(|| HIGHEST.to_owned(), number_sort_key),
    }
}
