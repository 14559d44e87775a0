//! Ports to the outside, each no wider than billing needs, and their adapters.

pub mod executions;
pub mod payments;
pub mod scripted;
