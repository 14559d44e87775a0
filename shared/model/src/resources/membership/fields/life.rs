//! Whether and until when it grants benefits.

use crate::field::Field;
use crate::resources::common::{client, own, reference, text};
use crate::schema::Group;
use jiff::civil::Date;

crate::choice! {
    pub enum Status {
        Active = "active",
        Inactive = "inactive",
        Suspended = "suspended",
        ActiveWithoutBenefits = "active without benefits",
    }
}

crate::choice! {
    pub enum DateStatus {
        Updated = "updated",
        NotYetUpdated = "not yet updated",
    }
}

pub const STATUS: Field<Status> = client(
    "status",
    "Whether benefits are granted; absent means active.",
);
pub const STATUS_REASON_ID: Field<String> = reference(
    "status_reason_id",
    "statusReasons",
    "Refines the status; the first that applies, by priority, when a change of status gives none.",
);
pub const TYPE_ID: Field<String> = Field::with(
    text("type_id", "The membership type.")
        .required()
        .refers_to("types"),
);
pub const PACKAGE_ID: Field<String> = Field::with(
    text("package_id", "The package held.")
        .required()
        .refers_to("packages"),
);
pub const IS_NEW: Field<bool> = client("is_new", "True from joining until the first renewal.");
pub const DATE_STATUS: Field<DateStatus> = own(
    "date_status",
    "Whether a purchase still waits to move the dates.",
);
pub const JOIN_DATE: Field<Date> = client("join_date", "First day as a member.");
pub const MEMBERSHIP_JOIN_DATE: Field<Date> =
    own("membership_join_date", "A copy of join_date for reports.");
pub const JOIN_OR_RENEWAL_DATE: Field<Date> = client(
    "join_or_last_renewal_date",
    "The last of joining, renewing, reinstating.",
);
pub const TERM_START_DATE: Field<Date> = client("term_start_date", "First day of the paid term.");
pub const EXPIRATION_DATE: Field<Date> = client(
    "expiration_date",
    "Last day of the paid term, in the tenant's time zone.",
);
pub const RENEWAL_DATE: Field<Date> = client("renewal_date", "When last renewed.");
pub const REINSTATEMENT_DATE: Field<Date> = client("reinstatement_date", "When last reinstated.");
pub const TERMINATION_DATE: Field<Date> =
    client("termination_date", "When dropped; cleared on return.");
pub const LAPSE_DATE: Field<Date> = own("lapse_date", "When last dropped; never cleared.");

pub const LIFE: Group = Group {
    title: "Status and dates",
    fields: &[
        STATUS.def,
        STATUS_REASON_ID.def,
        TYPE_ID.def,
        PACKAGE_ID.def,
        IS_NEW.def,
        DATE_STATUS.def,
        JOIN_DATE.def,
        MEMBERSHIP_JOIN_DATE.def,
        JOIN_OR_RENEWAL_DATE.def,
        TERM_START_DATE.def,
        EXPIRATION_DATE.def,
        RENEWAL_DATE.def,
        REINSTATEMENT_DATE.def,
        TERMINATION_DATE.def,
        LAPSE_DATE.def,
    ],
};
