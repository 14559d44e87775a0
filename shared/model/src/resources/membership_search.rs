//! What memberships are searched by, and the indexes that narrow a search.

use super::membership::{
    CITY, DUE_PACKED, EMAIL_ADDRESS, EXPIRATION_DATE, ID, IS_NEW, JOB_TITLE, JOIN_DATE,
    Memberships, NAME, NUMBER_FIELD, ORIGIN, OWNER_TYPE, PACKAGE_ID, PLANNED, RENEWAL_DATE, STATE,
    STATUS, STATUS_REASON_ID, TERMINATION_DATE, TYPE_ID, due_shard,
};
use crate::ids::{SHARDS, TenantId};
use crate::index::{BY_NUMBER, DUE};
use crate::schema::{Group, Schema};
use crate::search::{
    Bound, Criterion, HIGHEST, LOWEST, Search, SearchIndex, Searchable, Span, Stretch, fields,
    lines,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

const CRITERIA: [Criterion; 18] = [
    Criterion::any_of(ID),
    Criterion::contains(NAME),
    Criterion::contains(CITY),
    Criterion::contains(STATE),
    Criterion::contains(EMAIL_ADDRESS),
    Criterion::contains(JOB_TITLE),
    Criterion::exact(OWNER_TYPE),
    Criterion::any_of(STATUS),
    Criterion::any_of(STATUS_REASON_ID),
    Criterion::any_of(TYPE_ID),
    Criterion::any_of(PACKAGE_ID),
    Criterion::range(NUMBER_FIELD),
    Criterion::range(JOIN_DATE),
    Criterion::range(EXPIRATION_DATE),
    Criterion::range(RENEWAL_DATE),
    Criterion::range(TERMINATION_DATE),
    Criterion::yes_or_no(IS_NEW),
    Criterion::any_of(ORIGIN),
];

/// The field of every criterion.
pub(super) const SEARCHED: &[&str] = &fields(CRITERIA);

/// The attribute that holds them.
pub(super) const PACKED: &str = "_search";

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
                packed: PACKED,
                held: SEARCHED,
                stretch: numbers,
            },
            SearchIndex {
                index: DUE,
                field: EXPIRATION_DATE.name(),
                complete: false,
                packed: DUE_PACKED,
                held: PLANNED,
                stretch: expirations,
            },
        ],
        shown: None,
    };
}

fn expirations(tenant: &TenantId, span: &Span) -> Stretch {
    let key = |bound: Option<Bound>, open: &str| match bound {
        Some(Bound::Day(day)) => day.to_string(),
        _ => open.to_owned(),
    };
    Stretch {
        partitions: (0..SHARDS).map(|shard| due_shard(tenant, shard)).collect(),
        from: key(span.from, LOWEST),
        to: key(span.to, HIGHEST),
    }
}

/// Neighbouring numbers stand in different parts, so that an import writes to
/// all of them, and one number is looked up in one.
fn numbers(tenant: &TenantId, span: &Span) -> Stretch {
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
            .map(|number| partition(tenant, number))
            .collect(),
        _ => (0..i64::from(SHARDS))
            .map(|number| partition(tenant, number))
            .collect(),
    };
    Stretch {
        partitions,
        from: from.map_or_else(|| LOWEST.to_owned(), sort_key),
        to: to.map_or_else(|| HIGHEST.to_owned(), sort_key),
    }
}

/// Above every membership number's magnitude.
const NUMBER_LIMIT: i64 = 10_000_000_000_000_000;

/// The part of [`BY_NUMBER`] that holds a number; those from 0 to 31 are all.
pub fn partition(tenant: &TenantId, number: i64) -> String {
    format!("{tenant}#{:02}", number.rem_euclid(i64::from(SHARDS)))
}

/// A text that sorts as the number does.
pub fn sort_key(number: i64) -> String {
    format!("{:017}", number + NUMBER_LIMIT)
}
