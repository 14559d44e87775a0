//! Executing a run: claim, judge again, do, record. What is recorded in one
//! transaction with an action's effect decides how the action goes on after a
//! crash, so every step can run twice with the same result.

mod act;
mod bill;
mod breaker;
mod charge;
mod derived;
mod drop;
mod mail;
mod notify;
mod page;
mod progress;
mod state;
mod steps;

pub use act::Outcome;
pub use page::Worker;
pub use state::MembershipState;
pub use steps::{fail, finish, prepare, work};
