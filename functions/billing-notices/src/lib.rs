//! `/billingNotices`: the e-mails that billing runs send.

mod hooks;
mod preview;

use axum::Router;
use hooks::Rules;
use ledger::context::Ports;
use model::Scope;
use model::resources::BillingNotices;
use web::operation::Body;
use web::{App, Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .list::<BillingNotices>()
        .crud::<BillingNotices, Rules>(Scope::Write)
        .batch::<BillingNotices, Rules>(Scope::Write)
        .on(
            Operation::post("/billingNotices/{tenantId}/previewEmail", Scope::Write)
                .summary("Mail a template, filled in for one membership, to one address only.")
                .body(Body::Fields(&billing::preview::PREVIEW)),
            preview::email,
        )
}

/// The function over its tables and the mail.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        test_clock: billing.defaults.test_clock,
    };
    routes().serve_with(app, billing)
}
