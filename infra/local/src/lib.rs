//! The whole stack in one process.

pub mod cli;
pub mod demo;
pub mod engine;
pub mod folder;
pub mod gateway;
pub mod machines;
mod progress;
pub mod reference;
pub mod routes;
pub mod seed;
pub mod serve;
pub mod stack;
pub mod states;
pub mod tables;
pub mod template;
pub mod tokens;
pub mod transfer;
