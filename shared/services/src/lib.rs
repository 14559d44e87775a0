//! Ports to the outside, each no wider than billing needs, and their adapters.

pub mod absent;
pub mod documents;
pub mod executions;
pub mod mail;
pub mod notice;
pub mod outbox;
pub mod payments;
pub mod scripted;
pub mod steps;
