//! `/billingRuns`: planned, looked through, approved and executed bulk jobs.

mod explain;
mod hooks;
mod refresh;
mod report;
mod rules;

use axum::routing::{get, post, put};
use axum::{Extension, Router};
use billing::engine::Billing;
use hooks::Rules;
use model::Scope;
use model::resources::BillingRuns;
use web::{App, at, batch, crud, search};

/// The routes of this function.
pub fn router(billing: Billing) -> Router {
    let app = App {
        database: billing.database.clone(),
        test_clock: billing.defaults.test_clock,
    };
    let router = Router::new()
        .route(
            "/billingRuns/{tenantId}",
            at(Scope::Billing, post(crud::create::<BillingRuns, Rules>)),
        )
        .route(
            "/billingRuns/{tenantId}/batch",
            at(Scope::Billing, post(batch::run::<BillingRuns, Rules>)),
        )
        .route(
            "/billingRuns/{tenantId}/refresh/{id}",
            at(Scope::Billing, post(refresh::refresh)),
        )
        .route(
            "/billingRuns/{tenantId}/search",
            at(Scope::Read, post(search::search::<BillingRuns>)),
        )
        .route(
            "/billingRuns/{tenantId}/{id}/report",
            at(Scope::Read, get(report::report)),
        )
        .route(
            "/billingRuns/{tenantId}/{id}/explain/{membershipId}",
            at(Scope::Read, get(explain::explain)),
        )
        .route(
            "/billingRuns/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<BillingRuns>)).merge(at(
                Scope::Billing,
                put(crud::replace::<BillingRuns, Rules>)
                    .patch(crud::patch::<BillingRuns, Rules>)
                    .delete(crud::delete::<BillingRuns, Rules>),
            )),
        );
    web::finish(router.with_state(app).layer(Extension(billing)))
}
