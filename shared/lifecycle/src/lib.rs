//! What happens to memberships outside a billing run.

pub mod application;
pub mod copies;
pub mod flowdown;
pub mod jobs;
mod walk;
