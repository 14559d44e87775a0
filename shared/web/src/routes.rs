//! A function's operations with what carries each out: the one list of paths,
//! scopes, bodies and answers.

use crate::batch;
use crate::client_write::Hooks;
use crate::context::{App, RouteRules};
use crate::crud;
use crate::error::Failure;
use crate::idempotency::{Idempotent, ReplayPolicy};
use crate::noun::{plural, with_article};
use crate::operation::{LOOK_UP, Operation, READ, RequestBody, ResponseBody, SEARCH};
use crate::{response, search};
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use axum::{Extension, Router, middleware};
use model::search::Searchable;
use model::{Error, Resource, Scope};

/// Operations in the order they are described, and the router that serves them.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    operations: Vec<Operation>,
}

impl Routes {
    pub fn new() -> Routes {
        Routes::default()
    }

    /// Serves `operation` by `handler`. A POST that changes something is carried
    /// out once for an `Idempotency-Key`.
    pub fn on<H, T>(self, operation: Operation, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        if operation.takes_idempotency_key() {
            self.idempotent(operation, handler, ReplayPolicy::FullResponse)
        } else {
            self.serve_by(operation, handler)
        }
    }

    fn idempotent<H, T>(self, operation: Operation, handler: H, policy: ReplayPolicy) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.serve_by(operation, Idempotent { handler, policy })
    }

    fn serve_by<H, T>(mut self, operation: Operation, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        // Only the methods that operations have constructors for get here.
        let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
        let rules = RouteRules {
            scope: operation.scope,
            or_member: operation.or_member,
            query: operation.query,
        };
        // Laid on the route, so that `Ctx` finds the rules of the operation that was matched.
        let served = on(filter, handler).layer(Extension(rules));
        self.router = self.router.route(&operation.path, served);
        self.operations.push(operation);
        self
    }

    pub fn merge(mut self, more: Routes) -> Routes {
        self.router = self.router.merge(more.router);
        self.operations.extend(more.operations);
        self
    }

    /// What is served, for documents and tests.
    pub fn operations(self) -> Vec<Operation> {
        self.operations
    }

    /// The router, over `app`; anything else under it is not found.
    pub fn serve(self, app: App) -> Router {
        finish(self.router.with_state(app))
    }

    /// The same with a value that handlers find in each request, see [`crate::Ctx::extension`].
    pub fn serve_with<T: Clone + Send + Sync + 'static>(self, app: App, extension: T) -> Router {
        finish(self.router.with_state(app).layer(Extension(extension)))
    }
}

/// The operations that most groups have.
impl Routes {
    /// POST, GET, PUT, PATCH and DELETE of single records.
    pub fn crud<R: Resource, H: Hooks<R>>(self, write: Scope) -> Routes {
        self.create::<R, H>(write)
            .read::<R>()
            .replace::<R, H>(write)
            .patch::<R, H>(write)
            .delete::<R, H>(write)
    }

    pub fn create<R: Resource, H: Hooks<R>>(self, scope: Scope) -> Routes {
        let operation = Operation::post(collection::<R>(), scope)
            .about(
                format!("Create {}", with_article(title::<R>())),
                "The server sets its id and the fields that are its own.",
            )
            .body(RequestBody::Record(R::SCHEMA))
            .response(ResponseBody::Record(R::SCHEMA));
        self.idempotent(
            operation,
            crud::create::<R, H>,
            ReplayPolicy::RecordById(crud::read_again::<R>),
        )
    }

    pub fn read<R: Resource>(self) -> Routes {
        let operation = Operation::get(one::<R>())
            .about(
                format!("Read {}", with_article(title::<R>())),
                "Answers the record of this id, whole or the fields that are asked for.",
            )
            .query(READ)
            .response(ResponseBody::Record(R::SCHEMA));
        self.on(operation, crud::read::<R>)
    }

    pub fn list<R: Resource>(self) -> Routes {
        let operation = Operation::get(collection::<R>())
            .about(
                format!("List {}", plural(title::<R>())),
                "Every record there is, a page at a time.",
            )
            .query(LOOK_UP)
            .response(ResponseBody::List(R::SCHEMA));
        self.on(operation, crud::list::<R>)
    }

    pub fn replace<R: Resource, H: Hooks<R>>(self, scope: Scope) -> Routes {
        let operation = Operation::put(one::<R>(), scope)
            .about(
                format!("Replace {}", with_article(title::<R>())),
                "Whole: a field that is left out is removed, unless the server sets it. Names the version it was made from, in `sys_version` or `If-Match`.",
            )
            .body(RequestBody::Record(R::SCHEMA))
            .response(ResponseBody::Record(R::SCHEMA));
        self.on(operation, crud::replace::<R, H>)
    }

    pub fn patch<R: Resource, H: Hooks<R>>(self, scope: Scope) -> Routes {
        let operation = Operation::patch(one::<R>(), scope)
            .about(
                format!("Change {}", with_article(title::<R>())),
                "By a JSON Patch (RFC 6902), which is applied whole or not at all.",
            )
            .response(ResponseBody::Record(R::SCHEMA));
        self.on(operation, crud::patch::<R, H>)
    }

    pub fn delete<R: Resource, H: Hooks<R>>(self, scope: Scope) -> Routes {
        let operation = Operation::delete(one::<R>(), scope).about(
            format!("Delete {}", with_article(title::<R>())),
            "Refused while something refers to it. Answers its id.",
        );
        self.on(operation, crud::delete::<R, H>)
    }

    /// A page of the records that meet every criterion.
    pub fn search<R: Searchable>(self) -> Routes {
        let operation = Operation::post(format!("{}/search", collection::<R>()), Scope::Read)
            .about(
                format!("Search {}", plural(title::<R>())),
                "Those that meet all criteria; an empty body finds all. A page may come back short, or empty, with a key to go on from.",
            )
            .query(SEARCH)
            .body(RequestBody::Fields(R::SEARCH.body))
            .response(ResponseBody::Found(R::SCHEMA));
        self.on(operation, search::search::<R>)
    }

    /// Up to 100 operations, each on its own.
    pub fn batch<R: Resource, H: Hooks<R>>(self, scope: Scope) -> Routes {
        let operation = batch_operation::<R>(scope, "create, update, patch or delete");
        self.idempotent(operation, batch::run::<R, H>, ReplayPolicy::WithoutObjects)
    }

    /// The same for records that clients neither make nor delete.
    pub fn batch_changes<R: Resource, H: Hooks<R>>(self, scope: Scope) -> Routes {
        let operation = batch_operation::<R>(scope, "update or patch");
        self.idempotent(
            operation,
            batch::run_changes::<R, H>,
            ReplayPolicy::WithoutObjects,
        )
    }
}

fn batch_operation<R: Resource>(scope: Scope, kinds: &str) -> Operation {
    Operation::post(format!("{}/batch", collection::<R>()), scope)
        .about(
            "Run a batch",
            format!(
                "Up to 100 operations ({kinds}), each on its own: a failed one spoils no other. The outcomes stand in the order of the operations."
            ),
        )
        .body(RequestBody::Batch(R::SCHEMA))
        .response(ResponseBody::Batch(R::SCHEMA))
}

fn title<R: Resource>() -> &'static str {
    R::SCHEMA.title
}

fn collection<R: Resource>() -> String {
    format!("/{}/{{tenantId}}", R::NAME)
}

fn one<R: Resource>() -> String {
    format!("/{}/{{tenantId}}/{{id}}", R::NAME)
}

/// What every function's router ends with.
fn finish(router: Router) -> Router {
    router
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(middleware::from_fn(response::add_headers))
}

/// A path or method that is no operation is not found (rule API-1).
async fn no_route() -> Failure {
    Failure(Error::NotFound {
        what: "operation",
        id: "at this path and method".into(),
    })
}
