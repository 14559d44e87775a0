//! `/billingRunActions`: what a run is going to do, or has done, to each member.
//! Planning makes actions; staff may exclude, bring back and retry them.

mod hooks;
mod lookups;

use axum::extract::Path;
use axum::{Extension, Router};
use hooks::ActionHooks;
use ledger::context::Ports;
use model::resources::BillingRunActions;
use model::{Resource, Scope};
use web::operation::{LOOK_UP, READ, ResponseBody};
use web::{App, Ctx, HandlerResult, Operation, Routes, response};

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
        .on(
            Operation::post("/billingRunActions/{tenantId}/{id}/sendNotice", Scope::Billing)
                .about(
                    "Send a missing notice",
                    "Of an action that is done and whose notice was not sent. Each request sends it once.",
                )
                .addition()
                .response(ResponseBody::Record(BillingRunActions::SCHEMA)),
            send_notice,
        )
        .replace::<BillingRunActions, ActionHooks>(Scope::Billing)
        .patch::<BillingRunActions, ActionHooks>(Scope::Billing)
}

/// The function over its tables and the mail.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}

async fn send_notice(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    _: web::body::Nothing,
) -> HandlerResult {
    let (tenant, user) = (ctx.store.tenant(), &ctx.caller.user);
    let billing = billing.for_tenant(tenant, user, "api").await?;
    let sent = billing::execute::send_again(&billing, &id).await?;
    Ok(response::record::<BillingRunActions>(&sent, None))
}
