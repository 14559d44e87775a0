//! `/applications`: what people and organizations apply for, up to the decision.

mod hooks;
mod lookups;
mod process;

use axum::Router;
use hooks::ApplicationHooks;
use model::resources::Applications;
use model::{Resource, Scope};
use web::operation::{LOOK_UP, ResponseBody};
use web::{Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    const PAGE: ResponseBody = ResponseBody::Page(Applications::SCHEMA);
    Routes::new()
        .crud::<Applications, ApplicationHooks>(Scope::Write)
        .search::<Applications>()
        .on(
            Operation::get("/applications/{tenantId}/contact/{contact_id}")
                .about(
                    "List a contact's applications",
                    "Those the contact owns, a page at a time.",
                )
                .query(LOOK_UP)
                .response(PAGE),
            lookups::of_contact,
        )
        .on(
            Operation::get("/applications/{tenantId}/organization/{organization_id}")
                .about(
                    "List an organization's applications",
                    "What the organization itself applies for, not its people.",
                )
                .query(LOOK_UP)
                .response(PAGE),
            lookups::of_organization,
        )
}

/// The function over its tables.
pub fn router(app: web::App) -> Router {
    routes().serve(app)
}
