//! `/billingRuns`: planned, looked through, approved and executed bulk jobs.

mod explain;
mod hooks;
mod refresh;
mod report;
mod rules;

use axum::Router;
use billing::engine::Billing;
use hooks::Rules;
use model::Scope;
use model::resources::BillingRuns;
use web::operation::Answer;
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
}

/// The function over its tables and the services that billing needs.
pub fn router(billing: Billing) -> Router {
    let app = App {
        database: billing.database.clone(),
        test_clock: billing.defaults.test_clock,
    };
    routes().serve_with(app, billing)
}
