//! `/memberships`

mod activate;
mod change;
mod chapters;
mod copies;
mod create;
mod delete;
mod expiration;
mod history;
mod lookups;
mod names;
mod numbers;
mod orders;
mod portal;
mod reprocess_flow_down;
mod search;
mod status;
