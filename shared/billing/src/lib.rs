//! billing

pub mod price;
pub mod term;
