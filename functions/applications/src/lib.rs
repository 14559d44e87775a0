//! `/applications`: what people and organizations apply for, up to the decision.

mod hooks;
mod lookups;
mod process;

use axum::Router;
use axum::routing::{get, post, put};
use hooks::Rules;
use model::Scope;
use model::resources::Applications;
use web::{at, crud};

/// The routes of this function.
pub fn router(app: web::App) -> Router {
    let router = Router::new()
        .route(
            "/applications/{tenantId}",
            at(Scope::Write, post(crud::create::<Applications, Rules>)),
        )
        .route(
            "/applications/{tenantId}/contact/{contact_id}",
            at(Scope::Read, get(lookups::of_contact)),
        )
        .route(
            "/applications/{tenantId}/organization/{organization_id}",
            at(Scope::Read, get(lookups::of_organization)),
        )
        .route(
            "/applications/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<Applications>)).merge(at(
                Scope::Write,
                put(crud::replace::<Applications, Rules>)
                    .patch(crud::patch::<Applications, Rules>)
                    .delete(crud::delete::<Applications, Rules>),
            )),
        );
    web::finish(router.with_state(app))
}
