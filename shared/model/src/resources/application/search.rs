//! How applications are searched, and the index that narrows a search.

use super::criteria::{CRITERIA, SEARCHED};
use super::fields::DATE;
use super::resource::{Applications, BY_DATE, date_partition};
use crate::field::moment;
use crate::ids::SHARDS;
use crate::lookup::{Lookup, Range};
use crate::schema::{Group, Schema};
use crate::search::{
    Bound, Everything, HIGHEST, LOWEST, Search, SearchIndex, Searchable, Span, lines,
};

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
        indexes: &[SearchIndex {
            index: BY_DATE,
            field: DATE.name(),
            held: SEARCHED,
            lookup: dates,
        }],
        // Those not yet submitted may have no date, and are in no index then.
        everything: Everything::Table(Lookup::all::<Applications>),
        shown: None,
    };
}

/// Years before 0 begin with a minus: they do not sort, but stand before all
/// others.
fn dates(span: &Span) -> Lookup {
    let key = |bound: Option<Bound>, open: &str, early: &str| match bound {
        Some(Bound::Moment(at)) if moment(at).starts_with('-') => early.to_owned(),
        Some(Bound::Moment(at)) => moment(at),
        _ => open.to_owned(),
    };
    let range = Range::Between(key(span.from, LOWEST, LOWEST), key(span.to, HIGHEST, "0"));
    Lookup::index(BY_DATE, (0..SHARDS).map(date_partition).collect()).range(range)
}
