//! The ports to the outside world and their adapters: what billing asks of
//! other systems, as narrow traits, and an embedded implementation of each.

pub mod mail;
pub mod notice;
pub mod outbox;
