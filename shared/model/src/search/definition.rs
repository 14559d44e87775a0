//! What a resource can be searched by.

use super::index::{Everything, SearchIndex};
use crate::field::{Field, FieldDef, FieldType, Kind};
use crate::resource::Resource;
use crate::schema::Schema;
use std::marker::PhantomData;

/// A resource that can be searched.
pub trait Searchable: Resource {
    const SEARCH: &'static Search;
}

/// How a resource is searched.
pub struct Search {
    pub criteria: &'static [Criterion],
    /// The shape of the body: [`lines`] of `criteria`.
    pub body: &'static Schema,
    /// The best first, among those that narrow a search alike.
    pub indexes: &'static [SearchIndex],
    /// What a search walks that no index narrows.
    pub everything: Everything,
    /// The fields of a result, separated by commas, unless `fieldsToReturn`
    /// names others; all without.
    pub shown: Option<&'static str>,
}

/// How a criterion is compared with its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// A list; the field is one of its values.
    AnyOf,
    /// A text that lies anywhere in the field, whatever the case.
    Contains,
    /// One value.
    Exact,
    /// From and to, inclusive; null or "" is an open end.
    Range,
    /// Whether the field holds an address that mail can go to.
    Mailable,
}

/// A criterion, and the record's field it is about.
#[derive(Clone, Copy)]
pub struct Criterion {
    /// Its line in the schema of the body.
    pub line: FieldDef,
    pub field: FieldDef,
    pub how: Match,
}

struct ListOf<T>(PhantomData<T>);

impl<T: FieldType> ListOf<T> {
    const KIND: Kind = Kind::List {
        of: &T::KIND,
        min: 0,
        max: 1_000,
    };
}

const PAIR: Kind = Kind::List {
    of: &Kind::Any,
    min: 2,
    max: 2,
};

impl Criterion {
    const fn new(field: FieldDef, how: Match, kind: Kind, about: &'static str) -> Self {
        Criterion {
            line: FieldDef::new(field.name, kind).about(about),
            field,
            how,
        }
    }

    /// A list of values or, for a yes-or-no field, of `true` and `false`.
    pub const fn any_of<T: FieldType>(field: Field<T>) -> Self {
        let about = "Any of these; an empty list restricts nothing.";
        Criterion::new(field.def, Match::AnyOf, ListOf::<T>::KIND, about)
    }

    pub const fn contains(field: Field<String>) -> Self {
        let about = "Contained in the field, whatever the case.";
        Criterion::new(field.def, Match::Contains, crate::field::TEXT, about)
    }

    pub const fn exact<T: FieldType>(field: Field<T>) -> Self {
        Criterion::new(field.def, Match::Exact, T::KIND, "Exactly this.")
    }

    /// A yes-or-no field asked for by a text, as the contract has it.
    pub const fn yes_or_no(field: Field<bool>) -> Self {
        let kind = Kind::Choice(&["true", "false"]);
        let about = "The text true or false; a record without the field counts as false.";
        Criterion::new(field.def, Match::Exact, kind, about)
    }

    /// Whether mail can go to what a field holds, under a name of its own.
    pub const fn mailable(field: Field<String>, name: &'static str) -> Self {
        let about = "true finds whom mail can reach by the field, false whom it cannot.";
        Criterion::new(field.def, Match::Mailable, ListOf::<bool>::KIND, about).named(name)
    }

    /// Two dates, moments or numbers. A date as an end of a range over moments
    /// means that whole day in UTC; a moment as an end of a range over dates
    /// means the day it is written with.
    pub const fn range<T: FieldType>(field: Field<T>) -> Self {
        let about = "From and to, inclusive; null or an empty text leaves an end open.";
        Criterion::new(field.def, Match::Range, PAIR, about)
    }

    /// Where the body's name differs from the record's.
    pub const fn named(mut self, name: &'static str) -> Self {
        self.line.name = name;
        self
    }
}

/// The lines of a body's schema.
pub const fn lines<const N: usize>(criteria: [Criterion; N]) -> [FieldDef; N] {
    let mut lines = [FieldDef::new("", Kind::Any); N];
    let mut at = 0;
    while at < N {
        lines[at] = criteria[at].line;
        at += 1;
    }
    lines
}

/// The names of the fields that are searched by.
pub const fn fields<const N: usize>(criteria: [Criterion; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = criteria[at].field.name;
        at += 1;
    }
    names
}
