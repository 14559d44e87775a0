//! `/billingRuns`: planned, looked through, approved and executed bulk jobs; and
//! `/recurringBillingRuns`, which make them.

mod explain;
mod hooks;
mod recurring;
mod refresh;
mod report;
mod rules;
mod template;

use axum::Router;
use hooks::RunHooks;
use ledger::context::Ports;
use model::resources::{BillingRuns, RecurringBillingRuns};
use model::{Resource, Scope};
use web::operation::{LOOK_UP, ResponseBody, START};
use web::{App, Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .crud::<BillingRuns, RunHooks>(Scope::Billing)
        .batch::<BillingRuns, RunHooks>(Scope::Billing)
        .on(
            Operation::post("/billingRuns/{tenantId}/refresh/{id}", Scope::Billing)
                .about(
                    "Plan a billing run",
                    "For the first time or again, in the background. While that goes on the same execution is answered.",
                )
                .response(ResponseBody::Fields(&refresh::STARTED)),
            refresh::refresh,
        )
        .search::<BillingRuns>()
        .on(
            Operation::get("/billingRuns/{tenantId}/{id}/report")
                .about(
                    "Download a billing run's report",
                    "Every member of the run with what became of them, and why, as CSV. A large report is a redirect: to where it can be fetched for 15 minutes, or, while it is being written, to this operation with a key.",
                )
                .addition()
                .query(&[START, report::SORT])
                .response(ResponseBody::Csv),
            report::report,
        )
        .on(
            Operation::get("/billingRuns/{tenantId}/{id}/explain/{membershipId}")
                .about(
                    "Explain a membership's eligibility",
                    "For everything the run does, whether it concerns the member, and by which rule not.",
                )
                .addition()
                .response(ResponseBody::Fields(&explain::EXPLANATION)),
            explain::explain,
        )
        .on(
            Operation::get("/billingRuns/{tenantId}/fromTemplate/{templateId}/{referenceDate}")
                .about(
                    "Draft a run from a template",
                    "The run that the template makes for a day, YYYY-MM-DD: a body to look through and POST. Nothing is saved.",
                )
                .response(ResponseBody::Draft(BillingRuns::SCHEMA)),
            template::run,
        )
        .on(
            Operation::get("/billingRuns/{tenantId}/recurringBillingRun/{recurring_billing_run_id}")
                .about(
                    "List a recurring run's runs",
                    "The billing runs that the recurring one has made.",
                )
                .query(LOOK_UP)
                .response(ResponseBody::Page(BillingRuns::SCHEMA)),
            recurring::runs,
        )
        .list::<RecurringBillingRuns>()
        .crud::<RecurringBillingRuns, recurring::RecurringHooks>(Scope::Billing)
        .batch::<RecurringBillingRuns, recurring::RecurringHooks>(Scope::Billing)
}

/// The function over its tables and the services that billing needs.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}
