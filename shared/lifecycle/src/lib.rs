//! What happens to memberships outside a billing run.

pub mod affiliated;
pub mod application;
pub mod copies;
pub mod flowdown;
pub mod history;
pub mod jobs;
mod shown;
pub mod snapshots;
mod walk;

pub use shown::Shown;
