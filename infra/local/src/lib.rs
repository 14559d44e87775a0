//! The whole stack in one process.

pub mod engine;
pub mod folder;
pub mod gateway;
pub mod template;
pub mod tokens;
