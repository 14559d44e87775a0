//! billing

pub mod term;
