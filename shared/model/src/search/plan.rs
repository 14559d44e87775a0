//! The way a search takes: which index, and which part of it.

use super::bound::Span;
use super::criteria::Criteria;
use super::definition::Search;
use super::index::{Everything, SearchIndex};
use crate::lookup::Lookup;
use std::collections::BTreeSet;

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
    Table(Lookup),
}

impl Plan {
    /// Ids before everything; then an index whose range is closed, then one
    /// whose range has one end; else a walk over everything.
    pub fn choose(search: &Search, criteria: &Criteria) -> Plan {
        if let Some(ids) = criteria.listed("id") {
            // Each once and in one order, because a page's key is a place in this list.
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
        let (index, span) = match (best, &search.everything) {
            (Some(narrowest), _) => narrowest,
            (None, Everything::Index(index)) => (*index, Span::default()),
            (None, Everything::Table(all)) => return Plan::Table(all()),
        };
        Plan::Index {
            index,
            span,
            needs_filter: criteria.fields().any(|field| field != index.field),
        }
    }

    /// What a trace calls it, and what a paging key is bound to.
    pub fn name(&self) -> &'static str {
        match self {
            Plan::Ids(_) => "ids",
            Plan::Index { index, .. } => index.index.name,
            Plan::Table(_) => "table",
        }
    }
}
