//! `/billingNotices`: the e-mails that billing runs send.

mod hooks;

use axum::Router;
use hooks::Rules;
use model::Scope;
use model::resources::BillingNotices;
use web::Routes;

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .list::<BillingNotices>()
        .crud::<BillingNotices, Rules>(Scope::Write)
        .batch::<BillingNotices, Rules>(Scope::Write)
}

/// The function over its tables.
pub fn router(app: web::App) -> Router {
    routes().serve(app)
}
