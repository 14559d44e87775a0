//! What the tests stand on: the functions over an embedded database, called
//! with the events that API Gateway sends.

mod app;
pub mod between;
pub mod billing;
mod call;
pub mod conformance;
pub mod fixture;
mod flowdown;
pub mod grants;
pub mod history;
pub mod intercept;
pub mod invariants;
mod jobs;
pub mod machine;
pub mod meter;
pub mod operations;
mod owned;
pub mod planner;
pub mod records;
pub mod routes;
pub mod scenarios;
pub mod server;
mod tables;

pub use app::{TENANT, TestApp, import};
pub use call::{Answer, Call};
pub use tables::template;
