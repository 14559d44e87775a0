//! What the tests stand on: the functions over an embedded database, called
//! with the events that API Gateway sends.

mod app;
pub mod billing;
mod call;
pub mod records;
mod tables;

pub use app::{TENANT, TestApp, import};
pub use call::{Answer, Call};
pub use tables::template;
