//! The indexes that searches are narrowed by.

use super::bound::Span;
use crate::index::Index;
use crate::lookup::Lookup;

/// An index that narrows a search by a range of the field it is sorted by.
#[derive(Debug)]
pub struct SearchIndex {
    pub index: Index,
    /// The field it is sorted by.
    pub field: &'static str,
    /// The fields in the attribute it carries: what they rule out is not read.
    pub held: &'static [&'static str],
    /// Where in the index a range lies.
    pub lookup: fn(&Span) -> Lookup,
}

/// The way to every record, for a search that no index narrows.
#[derive(Debug)]
pub enum Everything {
    /// An index that every record is in.
    Index(&'static SearchIndex),
    Table(fn() -> Lookup),
}

/// The lowest and the highest sort key of an open end.
pub(crate) const LOWEST: &str = " ";
pub(crate) const HIGHEST: &str = "~";
