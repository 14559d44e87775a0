//! What the tests stand on: the functions over an embedded database, called
//! with the events that API Gateway sends.

mod app;
pub mod billing;
mod call;
pub mod conformance;
pub mod fates;
pub mod grants;
pub mod invariants;
pub mod machine;
pub mod meter;
pub mod operations;
pub mod records;
pub mod seeded;
pub mod server;
mod tables;
pub mod tap;

pub use app::{TENANT, TestApp, import};
pub use call::{Answer, Call};
pub use tables::template;
