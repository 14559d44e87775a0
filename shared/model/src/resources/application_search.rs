//! What applications are searched by, and the index that narrows a search.

use super::application::{
    Applications, DATE, NAME, PACKAGE_ID, STATUS, STATUS_REASON_ID, TYPE, TYPE_ID,
};
use super::owner::OWNER_TYPE;
use crate::field::moment;
use crate::ids::{SHARDS, TenantId};
use crate::index::APPLICATIONS_BY_DATE;
use crate::resource::ID_FIELD;
use crate::schema::{Group, Schema};
use crate::search::{
    Bound, Criterion, HIGHEST, KeyRange, LOWEST, Search, SearchIndex, Searchable, Span, fields,
    lines,
};

const CRITERIA: [Criterion; 9] = [
    Criterion::any_of(ID_FIELD),
    Criterion::exact(OWNER_TYPE),
    Criterion::contains(NAME),
    Criterion::any_of(STATUS),
    Criterion::any_of(STATUS_REASON_ID),
    Criterion::any_of(TYPE),
    Criterion::any_of(TYPE_ID),
    Criterion::any_of(PACKAGE_ID),
    Criterion::range(DATE),
];

/// The field of every criterion.
pub(super) const SEARCHED: &[&str] = &fields(CRITERIA);

/// The attribute that holds them.
pub(super) const PACKED: &str = "_search";

impl Searchable for Applications {
    const SEARCH: &'static Search = &Search {
        criteria: &CRITERIA,
        body: &Schema {
            title: "ApplicationSearch",
            groups: &[Group {
                title: "Criteria",
                fields: &lines(CRITERIA),
            }],
        },
        // Those not yet submitted may have no date, so a search without one
        // walks the table.
        indexes: &[SearchIndex {
            index: APPLICATIONS_BY_DATE,
            field: DATE.name(),
            complete: false,
            packed: PACKED,
            held: SEARCHED,
            key_range: dates,
        }],
        shown: None,
    };
}

/// The `by_date` index's partition for one shard of a tenant.
pub(super) fn date_shard(tenant: &TenantId, shard: u32) -> String {
    format!("{tenant}#{shard:02}")
}

/// Years before 0 begin with a minus: they do not sort, but stand before all
/// others.
fn dates(tenant: &TenantId, span: &Span) -> KeyRange {
    let key = |bound: Option<Bound>, open: &str, early: &str| match bound {
        Some(Bound::Moment(at)) if moment(at).starts_with('-') => early.to_owned(),
        Some(Bound::Moment(at)) => moment(at),
        _ => open.to_owned(),
    };
    KeyRange {
        partitions: (0..SHARDS).map(|shard| date_shard(tenant, shard)).collect(),
        from: key(span.from, LOWEST, LOWEST),
        to: key(span.to, HIGHEST, "0"),
    }
}
