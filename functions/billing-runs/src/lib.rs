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
use hooks::Rules;
use ledger::context::Ports;
use model::resources::{BillingRuns, RecurringBillingRuns};
use model::{Resource, Scope};
use web::operation::{Answer, LOOK_UP};
use web::{App, Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .crud::<BillingRuns, Rules>(Scope::Billing)
        .batch::<BillingRuns, Rules>(Scope::Billing)
        .on(
            Operation::post("/billingRuns/{tenantId}/refresh/{id}", Scope::Billing)
                .summary(
                    "Plan a run, or plan it again, in the background. While that goes on the same execution is answered.",
                )
                .answer(Answer::Fields(&refresh::STARTED)),
            refresh::refresh,
        )
        .search::<BillingRuns>()
        .on(
            Operation::get("/billingRuns/{tenantId}/{id}/report")
                .summary("Every member of a run with what became of them, and why, as CSV.")
                .answer(Answer::Csv),
            report::report,
        )
        .on(
            Operation::get("/billingRuns/{tenantId}/{id}/explain/{membershipId}")
                .summary("For everything a run does, whether it concerns a member, and by which rule not.")
                .answer(Answer::Fields(&explain::EXPLANATION)),
            explain::explain,
        )
        .on(
            Operation::get("/billingRuns/{tenantId}/fromTemplate/{templateId}/{referenceDate}")
                .summary("The run a template makes for a day, YYYY-MM-DD: a body to look through and POST. Nothing is saved.")
                .answer(Answer::Draft(BillingRuns::SCHEMA)),
            template::run,
        )
        .on(
            Operation::get("/billingRuns/{tenantId}/recurringBillingRun/{recurring_billing_run_id}")
                .summary("The runs a recurring one has made.")
                .query(LOOK_UP)
                .answer(Answer::Page(BillingRuns::SCHEMA)),
            recurring::runs,
        )
        .list::<RecurringBillingRuns>()
        .crud::<RecurringBillingRuns, recurring::Rules>(Scope::Billing)
        .batch::<RecurringBillingRuns, recurring::Rules>(Scope::Billing)
}

/// The function over its tables and the services that billing needs.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        test_clock: billing.defaults.test_clock,
    };
    routes().serve_with(app, billing)
}
