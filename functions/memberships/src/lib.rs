//! `/memberships`: the records of who is a member, until when, of what.

mod dates;
mod hooks;
mod lookups;
mod owner;
mod reasons;

use axum::Router;
use hooks::Rules;
use model::resources::Memberships;
use model::{Resource, Scope};
use web::operation::{Answer, LOOK_UP, READ};
use web::{Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    const MEMBERSHIP: Answer = Answer::Record(Memberships::SCHEMA);
    const PAGE: Answer = Answer::Page(Memberships::SCHEMA);
    Routes::new()
        .crud::<Memberships, Rules>(Scope::Write)
        .batch::<Memberships, Rules>(Scope::Write)
        .on(
            Operation::get("/memberships/{tenantId}/contact/{contactId}")
                .summary("A contact's membership: the principal one where there are several.")
                .query(READ)
                .answer(MEMBERSHIP),
            lookups::of_contact,
        )
        .on(
            Operation::get("/memberships/{tenantId}/organization/{organizationId}")
                .summary("The membership that an organization itself owns.")
                .query(READ)
                .answer(MEMBERSHIP),
            lookups::of_organization,
        )
        .on(
            Operation::get("/memberships/{tenantId}/parentMembership/{parent_membership_id}")
                .summary("The memberships derived directly from this one.")
                .query(LOOK_UP)
                .answer(PAGE),
            lookups::of_parent,
        )
        .search::<Memberships>()
}

/// The function over its tables.
pub fn router(app: web::App) -> Router {
    routes().serve(app)
}
