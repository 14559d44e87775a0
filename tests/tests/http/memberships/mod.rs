//! `/memberships`

mod activate;
mod change;
mod chapters;
mod copies;
mod create;
mod delete;
mod expiration;
mod lookups;
mod numbers;
mod orders;
mod portal;
mod search;
mod status;
