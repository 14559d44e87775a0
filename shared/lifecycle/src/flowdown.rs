//! Memberships that derive from an organization's (rules FLOW-5 to FLOW-9).
//!
//! What one becomes is planned by `plan.rs`, pure. Whatever changes that marks itself,
//! in the write that changes it (`Resource::mark`); a request works as far as it can,
//! and the scheduler goes on. A mark goes once all is done that was due by the record
//! as it was read.

mod deletion;
mod due;
mod newcomers;
mod plan;
pub mod reprocess;
mod work;
mod write;

pub use deletion::{delete, has_beside, made_again, marked};
pub use due::{AT_A_LOOK, IN_A_REQUEST, follow, tick};
pub use work::Flow;
