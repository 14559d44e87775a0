//! HTTP: axum and lambda_http glue that every function shares.

pub mod batch;
pub mod body;
pub mod client_write;
pub mod context;
pub mod crud;
pub mod error;
pub mod fields;
mod id_seed;
pub mod idempotency;
pub mod lambda;
pub mod lookup;
mod noun;
pub mod openapi;
pub mod operation;
pub mod owner;
pub mod response;
pub mod routes;
pub mod search;
pub mod status_reasons;

pub use client_write::{Hooks, NoHooks};
pub use context::{App, Ctx};
pub use error::{Failure, HandlerResult};
pub use operation::Operation;
pub use routes::Routes;
