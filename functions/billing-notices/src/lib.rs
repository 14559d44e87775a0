//! `/billingNotices`: the e-mails that billing runs send.

mod hooks;

use axum::Router;
use axum::routing::{get, post, put};
use hooks::Rules;
use model::Scope;
use model::resources::BillingNotices;
use web::{at, batch, crud};

/// The routes of this function.
pub fn router(app: web::App) -> Router {
    let router = Router::new()
        .route(
            "/billingNotices/{tenantId}",
            at(Scope::Read, get(crud::list::<BillingNotices>)).merge(at(
                Scope::Write,
                post(crud::create::<BillingNotices, Rules>),
            )),
        )
        .route(
            "/billingNotices/{tenantId}/batch",
            at(Scope::Write, post(batch::run::<BillingNotices, Rules>)),
        )
        .route(
            "/billingNotices/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<BillingNotices>)).merge(at(
                Scope::Write,
                put(crud::replace::<BillingNotices, Rules>)
                    .patch(crud::patch::<BillingNotices, Rules>)
                    .delete(crud::delete::<BillingNotices, Rules>),
            )),
        );
    web::finish(router.with_state(app))
}
