//! `/memberships`: the records of who is a member, until when, of what.

mod facts;
mod hooks;
mod lookups;

use axum::Router;
use axum::routing::{get, post};
use hooks::Rules;
use model::Scope;
use model::resources::Memberships;
use web::{at, batch, crud};

/// The routes of this function.
pub fn router(app: web::App) -> Router {
    let router = Router::new()
        .route(
            "/memberships/{tenantId}",
            at(Scope::Write, post(crud::create::<Memberships, Rules>)),
        )
        .route(
            "/memberships/{tenantId}/batch",
            at(Scope::Write, post(batch::run::<Memberships, Rules>)),
        )
        .route(
            "/memberships/{tenantId}/contact/{contactId}",
            at(Scope::Read, get(lookups::of_contact)),
        )
        .route(
            "/memberships/{tenantId}/organization/{organizationId}",
            at(Scope::Read, get(lookups::of_organization)),
        )
        .route(
            "/memberships/{tenantId}/parentMembership/{parent_membership_id}",
            at(Scope::Read, get(lookups::of_parent)),
        )
        .route(
            "/memberships/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<Memberships>)).merge(at(
                Scope::Write,
                axum::routing::put(crud::replace::<Memberships, Rules>)
                    .patch(crud::patch::<Memberships, Rules>)
                    .delete(crud::delete::<Memberships, Rules>),
            )),
        );
    web::finish(router.with_state(app))
}
