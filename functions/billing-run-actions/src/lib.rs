//! `/billingRunActions`: what a run is going to do, or has done, to each member.
//! Planning makes actions; staff may exclude, bring back and retry them.

mod hooks;
mod lookups;

use axum::Router;
use hooks::ActionHooks;
use model::resources::BillingRunActions;
use model::{Resource, Scope};
use web::operation::{LOOK_UP, READ, ResponseBody};
use web::{Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    const PAGE: ResponseBody = ResponseBody::Page(BillingRunActions::SCHEMA);
    Routes::new()
        .batch_changes::<BillingRunActions, ActionHooks>(Scope::Billing)
        .on(
            Operation::get("/billingRunActions/{tenantId}/billingRun/{billing_run_id}")
                .about(
                    "List a billing run's actions",
                    "What the run is going to do, or has done, to its members.",
                )
                .query(LOOK_UP)
                .response(PAGE),
            lookups::of_run,
        )
        .on(
            Operation::get("/billingRunActions/{tenantId}/membership/{membership_id}")
                .about(
                    "List a membership's actions",
                    "What every run is going to do, or has done, to the membership.",
                )
                .query(LOOK_UP)
                .response(PAGE),
            lookups::of_membership,
        )
        .on(
            Operation::get("/billingRunActions/{tenantId}/{id}")
                .about(
                    "Read a billing run action",
                    "With the outcome of its run's last refresh.",
                )
                .query(READ)
                .response(ResponseBody::Record(BillingRunActions::SCHEMA)),
            lookups::read,
        )
        .replace::<BillingRunActions, ActionHooks>(Scope::Billing)
        .patch::<BillingRunActions, ActionHooks>(Scope::Billing)
}

/// The function over its tables.
pub fn router(app: web::App) -> Router {
    routes().serve(app)
}
