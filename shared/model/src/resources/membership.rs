//! Memberships: who is a member, of what, until when, and how they are billed.

pub mod affiliations;
pub mod assigned;
pub mod computed;
mod criteria;
pub mod derive;
mod fields;
pub mod history;
pub mod indexes;
pub mod inherited;
pub mod names;
pub mod offered;
mod packing;
mod resource;
pub mod rests;
mod rules;
mod search;
pub mod sent;

pub use fields::*;
pub use inherited::{ASSIGNED_LISTS, INHERITED_AS_THEY_ARE};
pub use packing::{DUE_PACKED, PACKING, REST};
pub use resource::{Memberships, of_owner};
