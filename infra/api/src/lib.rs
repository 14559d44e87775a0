//! The API as a whole: the functions that answer it, its operations and its
//! OpenAPI description, put together from what each function says of itself.

mod groups;

pub use groups::GROUPS;

use axum::Router;
use ledger::context::Ports;
use serde_json::Value;
use web::App;

/// Each first segment of a path with the function that answers it.
pub fn routes(app: &App, billing: &Ports) -> Vec<(&'static str, Router)> {
    let configuration = configuration::router(app.clone());
    let shared = configuration::groups().map(|group| (group, configuration.clone()));
    let runs = billing_runs::router(billing.clone());
    let members = of_memberships(app, billing);
    let own = [
        ("memberships", members.clone()),
        ("statistics", members),
        ("applications", applications::router(billing.clone())),
        ("billingRuns", runs.clone()),
        ("recurringBillingRuns", runs),
        ("orders", orders::router(billing.clone())),
        ("billingNotices", billing_notices::router(billing.clone())),
        (
            "billingRunActions",
            billing_run_actions::router(billing.clone()),
        ),
    ];
    own.into_iter().chain(shared).collect()
}

/// Two functions answer what begins so.
fn of_memberships(app: &App, billing: &Ports) -> Router {
    let routes = memberships::routes().merge(cards::routes());
    routes.serve_with(app.clone(), billing.clone())
}

/// Every operation of the API, group by group.
pub fn operations() -> Vec<web::Operation> {
    [
        memberships::routes(),
        cards::routes(),
        applications::routes(),
        billing_notices::routes(),
        billing_runs::routes(),
        billing_run_actions::routes(),
        orders::routes(),
        configuration::routes(),
    ]
    .into_iter()
    .flat_map(web::Routes::operations)
    .collect()
}

model::choice! {
    /// Of OpenAPI.
    pub enum OpenApi {
        /// For tools that read no later one; `web::openapi::to_3_0` says what it lacks.
        Older = "3.0",
        /// As `infra/openapi.json` holds it.
        Newer = "3.1",
    }
}

/// The description of every operation.
pub fn document(version: OpenApi) -> Value {
    let document = web::openapi::document(&operations(), GROUPS);
    match version {
        OpenApi::Older => web::openapi::to_3_0(document),
        OpenApi::Newer => document,
    }
}

/// The same as a file.
pub fn document_text(version: OpenApi) -> String {
    format!("{:#}\n", document(version))
}
