//! Billing runs: one bulk job over memberships, seven switches, an options
//! object for each.

mod fields;
mod resource;
pub mod rules;
mod search;

pub use fields::*;
pub use resource::*;
