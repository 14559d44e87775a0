//! The whole stack in one process.

pub mod states;
