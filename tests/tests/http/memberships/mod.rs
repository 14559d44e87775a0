//! `/memberships`

mod change;
mod chapters;
mod create;
mod delete;
mod expiration;
mod lookups;
mod orders;
mod portal;
mod status;
