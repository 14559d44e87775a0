//! HTTP: axum and lambda_http glue that every function shares.

pub mod batch;
pub mod body;
pub mod context;
pub mod crud;
pub mod edge;
pub mod error;
pub mod fields;
pub mod lambda;
pub mod lookup;
pub mod once;
pub mod openapi;
pub mod operation;
pub mod owner;
pub mod reasons;
pub mod reply;
pub mod routes;
pub mod search;

pub use context::{App, Ctx};
pub use edge::{Hooks, Plain};
pub use error::Failure;
pub use operation::Operation;
pub use routes::Routes;
