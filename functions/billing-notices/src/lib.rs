//! `/billingNotices`: the e-mails that billing runs send.

mod hooks;
mod preview;

use axum::Router;
use hooks::NoticeHooks;
use ledger::context::Ports;
use model::Scope;
use model::resources::BillingNotices;
use web::operation::RequestBody;
use web::{App, Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .list::<BillingNotices>()
        .crud::<BillingNotices, NoticeHooks>(Scope::Write)
        .batch::<BillingNotices, NoticeHooks>(Scope::Write)
        .on(
            Operation::post("/billingNotices/{tenantId}/previewEmail", Scope::Write)
                .about(
                    "Send a preview email",
                    "A template, filled in for one membership, to one address only.",
                )
                .body(RequestBody::Fields(&billing::preview::PREVIEW)),
            preview::email,
        )
}

/// The function over its tables and the mail.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}
