//! The whole stack in one process.

pub mod cli;
mod compact;
pub mod demo;
mod documents;
pub mod engine;
pub mod folder;
pub mod gateway;
mod import_export;
pub mod machines;
mod progress;
pub mod recount;
pub mod reference;
pub mod seed;
pub mod serve;
pub mod site;
pub mod stack;
pub mod tables;
pub mod template;
pub mod tokens;
