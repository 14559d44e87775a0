//! ID cards and certificates of members, and their previews.

mod card;
mod certificate;
mod make;

use axum::Router;
use ledger::context::Ports;
use model::Scope;
use model::field::{FieldDef, Kind};
use web::operation::{RequestBody, ResponseBody};
use web::{App, Operation, Routes};

pub use make::fonts;

const AS_HTML: &[FieldDef] = &[FieldDef::new("downloadAsHtml", Kind::Bool)
    .about("`true`: answer with the page as HTML, and keep nothing.")];

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .on(
            Operation::get("/memberships/{tenantId}/idCard/{id}")
                .about(
                    "Download an ID card",
                    "A link to a PDF, good for 15 minutes, from the template of the membership's type.",
                )
                .query(AS_HTML)
                .response(ResponseBody::Text),
            card::make,
        )
        .on(
            Operation::post("/memberships/{tenantId}/previewIdCard/{id}", Scope::Write)
                .about(
                    "Draft an ID card",
                    "A preview of a template, filled in for one membership; `Location` leads to the PDF for 15 minutes. Nobody is mailed.",
                )
                .body(RequestBody::Fields(&card::PREVIEW)),
            card::preview,
        )
        .on(
            Operation::get("/memberships/{tenantId}/certificate/{id}")
                .about(
                    "Download a certificate",
                    "A link to a PDF, good for 15 minutes, or to the certificate that was made elsewhere.",
                )
                .query(AS_HTML)
                .response(ResponseBody::Text),
            certificate::make,
        )
        .on(
            Operation::post("/memberships/{tenantId}/previewCertificate", Scope::Write)
                .about(
                    "Draft a certificate",
                    "A preview of a template, filled in for one membership; `Location` leads to the PDF for 15 minutes. Nobody is mailed.",
                )
                .body(RequestBody::Fields(&certificate::PREVIEW)),
            certificate::preview,
        )
}

/// The function over its tables and the document store.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}
