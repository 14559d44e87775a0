//! Routes: each with the scope it needs, and one answer for what is no route.

use crate::context::Needs;
use crate::error::Failure;
use crate::reply;
use axum::routing::MethodRouter;
use axum::{Extension, Router, middleware};
use model::{Error, Scope};

/// A route that needs a scope. Routes without one answer 500 in every test.
pub fn at<S: Clone + Send + Sync + 'static>(
    scope: Scope,
    handlers: MethodRouter<S>,
) -> MethodRouter<S> {
    handlers.layer(Extension(Needs(scope)))
}

/// What every function's router ends with.
pub fn finish(router: Router) -> Router {
    router
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(middleware::from_fn(reply::complete))
}

/// A path or method that is no operation is not found (semantics 8).
async fn no_route() -> Failure {
    Failure(Error::NotFound {
        what: "operation",
        id: "at this path and method".into(),
    })
}
