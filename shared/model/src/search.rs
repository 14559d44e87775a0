//! Searches: what records of a resource can be found by, from one list.
//!
//! A resource becomes searchable with a list of [`Criterion`]s and a route:
//!
//! ```
//! use model::search::{Criterion, Everything, Search, Searchable, lines};
//! use model::lookup::Lookup;
//! use model::resources::{Types, catalogue::NAME};
//! use model::{resource::ID_FIELD, schema::{Group, Schema}};
//!
//! const CRITERIA: [Criterion; 2] = [
//!     Criterion::any_of(ID_FIELD),
//!     Criterion::contains(NAME),
//! ];
//! const SEARCH: Search = Search {
//!     criteria: &CRITERIA,
//!     body: &Schema {
//!         title: "TypeSearch",
//!         groups: &[Group { title: "Criteria", fields: &lines(CRITERIA) }],
//!     },
//!     indexes: &[],
//!     everything: Everything::Table(Lookup::all::<Types>),
//!     shown: None,
//! };
//! ```
//!
//! `impl Searchable for …` in this crate names it, and `Routes::search::<R>`
//! of `web` serves `POST /{resource}/{tenantId}/search`.
//!
//! Criteria are AND-ed. One that is null, an empty text, an empty list or a
//! pair with two open ends restricts nothing, so an empty body finds everything
//! (rule API-13).

mod bound;
mod criteria;
mod definition;
mod fold;
mod index;
mod plan;

pub use bound::{Bound, Span};
pub use criteria::Criteria;
pub use definition::{Criterion, Match, Search, Searchable, fields, lines};
pub(crate) use fold::folded;
pub use index::{Everything, SearchIndex};
pub(crate) use index::{HIGHEST, LOWEST};
pub use plan::Plan;

#[cfg(test)]
mod tests;
