//! What happens to memberships outside a billing run.

pub mod application;
pub mod copies;
mod walk;
