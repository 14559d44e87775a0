//! How memberships are searched: the indexes that narrow a search.

use super::criteria::{CRITERIA, SEARCHED};
use super::fields::{EXPIRATION_DATE, NUMBER_FIELD};
use super::indexes::{
    BY_NUMBER, DUE, NUMBER_LIMIT, due_partition, every_number_partition, number_partition,
    number_sort_key,
};
use super::packing::PLANNED;
use super::resource::Memberships;
use crate::ids::SHARDS;
use crate::lookup::{Lookup, Range};
use crate::schema::{Group, Schema};
use crate::search::{
    Bound, Everything, HIGHEST, LOWEST, Search, SearchIndex, Searchable, Span, lines,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

const NUMBERS: SearchIndex = SearchIndex {
    index: BY_NUMBER,
    field: NUMBER_FIELD.name(),
    held: SEARCHED,
    lookup: numbers,
};

const EXPIRATIONS: SearchIndex = SearchIndex {
    index: DUE,
    field: EXPIRATION_DATE.name(),
    held: PLANNED,
    lookup: expirations,
};

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
        indexes: &[NUMBERS, EXPIRATIONS],
        everything: Everything::Index(&NUMBERS),
        shown: None,
    };
}

fn expirations(span: &Span) -> Lookup {
    let key = |bound: Option<Bound>, open: &str| match bound {
        Some(Bound::Day(day)) => day.to_string(),
        _ => open.to_owned(),
    };
    let range = Range::Between(key(span.from, LOWEST), key(span.to, HIGHEST));
    Lookup::index(DUE, (0..SHARDS).map(due_partition).collect()).range(range)
}

/// A narrow range of numbers stands in few partitions.
fn numbers(span: &Span) -> Lookup {
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
        // So few neighbours stand in a part each, so no part is named twice.
        (Some(from), Some(to)) if to - from < i64::from(SHARDS) => {
            (from..=to).map(number_partition).collect()
        }
        _ => every_number_partition(),
    };
    let range = Range::Between(
        from.map_or_else(|| LOWEST.to_owned(), number_sort_key),
        to.map_or_else(|| HIGHEST.to_owned(), number_sort_key),
    );
    Lookup::index(BY_NUMBER, partitions).range(range)
}
