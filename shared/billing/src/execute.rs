//! Executing a run: claim, judge again, do, record. What is recorded in one
//! transaction with an action's effect decides how the action goes on after a
//! crash, so every step can run twice with the same result.

mod act;
mod bill;
mod breaker;
mod case;
mod charge;
mod derived;
mod drop;
mod mail;
mod notify;
mod page;
mod progress;
mod steps;

pub use act::Outcome;
pub use case::Case;
pub use page::Worker;
pub use steps::{fail, prepare, settle, work};
