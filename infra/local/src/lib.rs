//! The whole stack in one process.

pub mod engine;
pub mod template;
