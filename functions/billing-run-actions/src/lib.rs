//! `/billingRunActions`: what a run is going to do, or has done, to each member.
//! Planning makes actions; staff may exclude, bring back and retry them.

mod hooks;
mod lookups;

use axum::Router;
use axum::routing::{get, post, put};
use hooks::Rules;
use model::Scope;
use model::resources::BillingRunActions;
use web::{at, batch, crud};

/// The routes of this function.
pub fn router(app: web::App) -> Router {
    let router = Router::new()
        .route(
            "/billingRunActions/{tenantId}/batch",
            at(
                Scope::Billing,
                post(batch::run_changes::<BillingRunActions, Rules>),
            ),
        )
        .route(
            "/billingRunActions/{tenantId}/billingRun/{billing_run_id}",
            at(Scope::Read, get(lookups::of_run)),
        )
        .route(
            "/billingRunActions/{tenantId}/membership/{membership_id}",
            at(Scope::Read, get(lookups::of_membership)),
        )
        .route(
            "/billingRunActions/{tenantId}/{id}",
            at(Scope::Read, get(lookups::read)).merge(at(
                Scope::Billing,
                put(crud::replace::<BillingRunActions, Rules>)
                    .patch(crud::patch::<BillingRunActions, Rules>),
            )),
        );
    web::finish(router.with_state(app))
}
