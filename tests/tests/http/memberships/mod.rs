//! `/memberships`

mod change;
mod create;
mod delete;
mod lookups;
mod search;
mod status;
