//! `/applications`: what people and organizations apply for, up to the decision.

mod generate;
mod hooks;
mod lookups;

use axum::Router;
use hooks::ApplicationHooks;
use ledger::context::Ports;
use ledger::schema;
use model::resources::Applications;
use model::{Resource, Scope};
use web::operation::{LOOK_UP, RequestBody, ResponseBody};
use web::{App, Operation, Routes};

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
        .on(
            Operation::post(
                "/applications/{tenantId}/generateApplication/{processId}/{ownerType}/{id}",
                Scope::Read,
            )
            .about(
                "Draft an application",
                "Of a process for an owner, filled in from their membership. Nothing is saved: send what is answered as a new application.",
            )
            .response(ResponseBody::Draft(Applications::SCHEMA)),
            generate::application,
        )
        .on(
            Operation::post("/applications/{tenantId}/generateOrder", Scope::Read)
                .about(
                    "Draft an application's order",
                    "What it would be billed today, line by line. Nothing is saved.",
                )
                .body(RequestBody::Record(Applications::SCHEMA))
                .response(ResponseBody::Fields(&schema::QUOTE)),
            generate::order,
        )
}

/// The function over its tables and the services that billing needs.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}
