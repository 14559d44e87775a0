//! model

pub mod money;
