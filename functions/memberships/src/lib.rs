//! `/memberships`: the records of who is a member, until when, of what.

mod activate;
mod affiliations;
mod expiration;
mod history;
mod hooks;
mod jobs_started;
mod lookups;
mod parents;
mod portal;
mod preview;
mod related;
mod standing;
mod statistics;

use axum::Router;
use hooks::MembershipHooks;
use ledger::context::Ports;
use lifecycle::jobs;
use model::resources::Memberships;
use model::{Resource, Scope};
use web::operation::{LOOK_UP, READ, RequestBody, ResponseBody};
use web::{App, Operation, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    const MEMBERSHIP: ResponseBody = ResponseBody::Record(Memberships::SCHEMA);
    const PAGE: ResponseBody = ResponseBody::Page(Memberships::SCHEMA);
    Routes::new()
        .crud::<Memberships, MembershipHooks>(Scope::Write)
        .batch::<Memberships, MembershipHooks>(Scope::Write)
        .on(
            Operation::get("/memberships/{tenantId}/contact/{contactId}")
                .about(
                    "Find a contact's membership",
                    "The principal one where there are several, unless the settings prefer a derived one.",
                )
                .query(READ)
                .response(MEMBERSHIP),
            lookups::of_contact,
        )
        .on(
            Operation::get("/memberships/{tenantId}/organization/{organizationId}")
                .about(
                    "Find an organization's membership",
                    "The one that the organization itself owns.",
                )
                .query(READ)
                .response(MEMBERSHIP),
            lookups::of_organization,
        )
        .on(
            Operation::get("/memberships/{tenantId}/parentMembership/{parent_membership_id}")
                .about(
                    "List derived memberships",
                    "Those that are derived directly from this one.",
                )
                .query(LOOK_UP)
                .response(PAGE),
            lookups::of_parent,
        )
        .on(
            Operation::get("/memberships/{tenantId}/chapter/{chapter_id}")
                .about(
                    "List a chapter's memberships",
                    "Those that are in the chapter now, or have left it.",
                )
                .query(affiliations::BY_CHAPTER)
                .response(PAGE),
            affiliations::of_chapter,
        )
        .on(
            Operation::get("/memberships/{tenantId}/section/{section_id}")
                .about(
                    "List a section's memberships",
                    "Those that are in the section now, or have left it.",
                )
                .query(affiliations::BY_SECTION)
                .response(PAGE),
            affiliations::of_section,
        )
        .on(
            Operation::get("/memberships/{tenantId}/order/{order_id}")
                .about(
                    "List an order's memberships",
                    "Those whose last order it is.",
                )
                .query(LOOK_UP)
                .response(PAGE),
            lookups::of_order,
        )
        .on(
            Operation::get("/memberships/{tenantId}/portal/contact/{portalContactId}/{id}")
                .or_member()
                .about(
                    "Read a membership as its member",
                    "The contact's own, or one of an organization they stand for. A member's own token will do.",
                )
                .query(READ)
                .response(MEMBERSHIP),
            portal::read,
        )
        .on(
            Operation::get("/memberships/{tenantId}/{id}/history")
                .addition()
                .about(
                    "List a membership's history",
                    "An entry for each event, the newest first: what changed, by whom and which run.",
                )
                .query(LOOK_UP)
                .response(ResponseBody::FieldsPage(&history::ENTRY)),
            history::read,
        )
        .on(
            Operation::get("/memberships/{tenantId}/{id}/standing")
                .addition()
                .about(
                    "Read a membership's standing",
                    "Whether it is in good standing and has benefits, and why, on this or another day. Computed when asked.",
                )
                .query(standing::ON)
                .response(ResponseBody::Fields(&standing::STANDING)),
            standing::read,
        )
        .on(
            Operation::post("/memberships/{tenantId}/previewEmail", Scope::Write)
                .about(
                    "Send a preview email",
                    "A template, filled in for one membership, to one address only.",
                )
                .body(RequestBody::Fields(&billing::preview::PREVIEW)),
            preview::email,
        )
        .on(
            Operation::post(
                "/memberships/{tenantId}/previewGroupApplicationEmail",
                Scope::Write,
            )
            .about(
                "Send a preview for a group",
                "A template, filled in for one group of applications, to one address only.",
            )
            .body(RequestBody::Fields(&billing::preview::GROUP_PREVIEW)),
            preview::group_email,
        )
        .on(
            Operation::post(
                "/memberships/{tenantId}/expirationDateCalculation/{dateToUseAsBasisForCalculation}",
                Scope::Read,
            )
            .about(
                    "Calculate an expiration date",
                    "The last day of a term that is counted from a date, empty for a lifetime. Takes expiration options, an object that holds them as `expiration_options`, or a membership, for its package's.",
                )
            .body(RequestBody::Object)
            .response(ResponseBody::Text),
            expiration::calculate,
        )
        .on(
            Operation::post(
                "/memberships/{tenantId}/activate/{application_id}",
                Scope::Write,
            )
            .about(
                "Activate an application",
                "An approved application is applied to its owner's membership, once. Dates move when what its order asks for is paid.",
            ),
            activate::application,
        )
        .on(
            Operation::post("/memberships/{tenantId}/reprocessFlowDown", Scope::Write)
                .about(
                    "Run flowdown again",
                    "Brings all that derives from organizations' memberships up to date, in the background. Answers the job's id; that of the one under way, if one is. Who is named in `notification_email` is told when it has ended.",
                )
                .body(RequestBody::Fields(&jobs::ASKED))
                .response(ResponseBody::Text),
            jobs_started::reprocess_flowdown,
        )
        .on(
            Operation::post(
                "/memberships/{tenantId}/initiateSnapshotLookback",
                Scope::Write,
            )
            .about(
                "Run the count of past months",
                "Rebuilds from histories who was a member when each of the last 60 months ended, in the background. Answers the job's id; that of the one under way, if one is. The group `statistics` shows what came of it.",
            )
            .response(ResponseBody::Text),
            jobs_started::look_back,
        )
        .on(
            Operation::get("/statistics/{tenantId}/{id}")
                .about(
                    "Read a statistic",
                    "`members`, `joins`, `renewals`, `reinstatements`, `lapses`, `retention`, `members-by-type`, `members-by-status` or `members-by-chapter`: of the last month that is over, beside the month before.",
                )
                .query(READ)
                .response(ResponseBody::Fields(&statistics::STATISTIC)),
            statistics::read,
        )
        .search::<Memberships>()
}

/// The function over its tables and the mail.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}
