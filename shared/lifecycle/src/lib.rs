//! What happens to memberships outside a billing run.

pub mod copies;
mod walk;
