//! The options of the seven switches, as runs and templates both have them: the
//! same fields, with dates in a run and relative dates in a template.

use super::common::{FILLED, flag, text};
use crate::field::{FieldDef, Kind};

const fn from(range: Kind) -> FieldDef {
    FieldDef::new("expiration_date_range_start", range)
        .required()
        .about("First expiration date concerned, inclusive.")
}
const fn to(range: Kind) -> FieldDef {
    FieldDef::new("expiration_date_range_end", range)
        .required()
        .about("Last expiration date concerned, inclusive.")
}
const BY_TYPE: FieldDef = flag(
    "include_only_certain_membership_types",
    "Restricts it to membership_type_ids.",
);
const TYPE_IDS: FieldDef = FieldDef::new("membership_type_ids", FILLED)
    .when_true("include_only_certain_membership_types")
    .refers_to("types")
    .about("The membership types concerned.");
const BY_PACKAGE: FieldDef = flag(
    "include_only_certain_membership_packages",
    "Restricts it to membership_package_ids.",
);
const PACKAGE_IDS: FieldDef = FieldDef::new("membership_package_ids", FILLED)
    .when_true("include_only_certain_membership_packages")
    .refers_to("packages")
    .about("The packages concerned.");
const BY_REASON: FieldDef = flag(
    "include_only_certain_status_reasons",
    "Restricts it to status_reason_ids.",
);
const REASON_IDS: FieldDef = FieldDef::new("status_reason_ids", FILLED)
    .when_true("include_only_certain_status_reasons")
    .refers_to("statusReasons")
    .about("The status reasons concerned.");
const NEW_REASON: FieldDef = text(
    "new_status_reason_id",
    "Set on the membership once the action succeeds.",
)
.refers_to("statusReasons");

const fn notice(name: &'static str, about: &'static str) -> FieldDef {
    text(name, about).refers_to("billingNotices")
}

pub(super) const fn renewal_notice_options(range: Kind) -> [FieldDef; 10] {
    [
        from(range),
        to(range),
        BY_TYPE,
        TYPE_IDS,
        BY_PACKAGE,
        PACKAGE_IDS,
        BY_REASON,
        REASON_IDS,
        NEW_REASON,
        notice("renewal_notice_id", "The notice mailed."),
    ]
}
pub(super) const fn order_options(range: Kind) -> [FieldDef; 11] {
    [
        from(range),
        to(range),
        BY_TYPE,
        TYPE_IDS,
        BY_PACKAGE,
        PACKAGE_IDS,
        BY_REASON,
        REASON_IDS,
        NEW_REASON,
        notice("renewal_order_notice_id", "Mailed with the order."),
        flag(
            "pro_forma",
            "A forecast: the order holds no term and bills nobody.",
        ),
    ]
}
pub(super) const fn auto_renewal_options(range: Kind) -> [FieldDef; 11] {
    [
        from(range),
        to(range),
        BY_TYPE,
        TYPE_IDS,
        BY_PACKAGE,
        PACKAGE_IDS,
        BY_REASON,
        REASON_IDS,
        NEW_REASON,
        notice(
            "auto_renewal_success_notice_id",
            "Mailed when the charge succeeds.",
        ),
        notice(
            "auto_renewal_failure_notice_id",
            "Mailed when the charge is refused.",
        ),
    ]
}
pub(super) const fn drop_options(range: Kind) -> [FieldDef; 12] {
    [
        from(range),
        to(range),
        BY_TYPE,
        TYPE_IDS,
        BY_PACKAGE,
        PACKAGE_IDS,
        BY_REASON,
        REASON_IDS,
        NEW_REASON,
        notice("drop_notice_id", "Mailed to those dropped."),
        flag(
            "expire_committee_memberships",
            "Told to other services with the drop.",
        ),
        flag(
            "deactivate_certifications",
            "Told to other services with the drop.",
        ),
    ]
}
pub(super) const fn reminder_options(reminder: &'static Kind) -> [FieldDef; 8] {
    [
        BY_TYPE,
        TYPE_IDS,
        BY_PACKAGE,
        PACKAGE_IDS,
        BY_REASON,
        REASON_IDS,
        NEW_REASON,
        FieldDef::new(
            "reminders",
            Kind::List {
                of: reminder,
                min: 1,
                max: 100,
            },
        )
        .required()
        .about("Each with its own range and notice."),
    ]
}
pub(super) const fn reminder(range: Kind) -> [FieldDef; 5] {
    [
        FieldDef::new(
            "id",
            Kind::Number {
                min: 1.0,
                max: 1e6,
                whole: true,
            },
        )
        .required()
        .about("Permanent and unique in the list; the highest that is due and unsent is sent."),
        text("name", "What staff call it."),
        notice("reminder_notice_id", "The notice mailed.").required(),
        from(range),
        to(range),
    ]
}
