//! The way a search takes: which index, and which part of it.

use super::bound::Span;
use super::{Criteria, Search};
use crate::ids::TenantId;
use crate::index::Index;
use std::collections::BTreeSet;

/// An index that narrows a search by a range of the field it is sorted by.
#[derive(Debug)]
pub struct SearchIndex {
    pub index: Index,
    /// The field it is sorted by.
    pub field: &'static str,
    /// Whether every record is in it.
    pub complete: bool,
    /// The attribute it carries, a JSON object, and the fields in there: what
    /// they rule out is not read.
    pub packed: &'static str,
    pub held: &'static [&'static str],
    /// Where in the index a range lies.
    pub key_range: fn(&TenantId, &Span) -> KeyRange,
}

/// A part of an index: sort keys from `from` to `to`, inclusive, in each of the
/// partitions. No partitions, nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub partitions: Vec<String>,
    pub from: String,
    pub to: String,
}

/// The lowest and the highest sort key of an open end.
pub(crate) const LOWEST: &str = " ";
pub(crate) const HIGHEST: &str = "~";

/// The way a search takes.
#[derive(Debug)]
pub enum Plan {
    /// The records of these ids.
    Ids(Vec<String>),
    Index {
        index: &'static SearchIndex,
        span: Span,
        /// Whether criteria are left that the key range itself does not answer.
        needs_filter: bool,
    },
    /// Every record of the table.
    Table,
}

impl Plan {
    /// Ids before everything; then an index whose range is closed, then one
    /// whose range has one end; else a walk over everything.
    pub fn choose(search: &Search, criteria: &Criteria) -> Plan {
        if let Some(ids) = criteria.listed("id") {
            let ids: BTreeSet<&str> = ids.iter().filter_map(|id| id.as_str()).collect();
            return Plan::Ids(ids.into_iter().map(str::to_owned).collect());
        }
        let narrowed = || {
            let indexes = search.indexes.iter();
            indexes.filter_map(|index| Some((index, criteria.span(index.field)?)))
        };
        let best = narrowed()
            .find(|(_, span)| span.is_closed())
            .or_else(|| narrowed().next());
        let complete = || search.indexes.iter().find(|index| index.complete);
        match best.or_else(|| complete().map(|index| (index, Span::default()))) {
            Some((index, span)) => Plan::Index {
                index,
                span,
                needs_filter: criteria.fields().any(|field| field != index.field),
            },
            None => Plan::Table,
        }
    }

    /// What a trace calls it, and what a paging key is bound to.
    pub fn name(&self) -> &'static str {
        match self {
            Plan::Ids(_) => "ids",
            Plan::Index { index, .. } => index.index.name,
            Plan::Table => "table",
        }
    }
}
