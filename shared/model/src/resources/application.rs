//! Applications: what somebody applies for, and what became of it (rule APPL-1).

use super::common::{QUANTITY, list, text};
use super::owner::OwnerType;
use crate::field::{Field, FieldDef, FieldType, Kind};
use crate::ids::TenantId;
use jiff::Timestamp;
use serde_json::Value;

crate::choice! {
    /// What an application asks for.
    pub enum ApplicationType {
        Join = "join",
        Renewal = "renewal",
        Reinstatement = "reinstatement",
        ChangeAffiliations = "change affiliations",
    }
}

crate::choice! {
    pub enum ApplicationStatus {
        NotYetSubmitted = "not yet submitted",
        UnderReview = "under review",
        Approved = "approved",
        Rejected = "rejected",
    }
}

impl ApplicationStatus {
    /// Whether a caller may move an application on from here. Nothing leads back.
    pub fn may_become(self, to: ApplicationStatus) -> bool {
        use ApplicationStatus::{Approved, NotYetSubmitted, Rejected, UnderReview};
        match self {
            NotYetSubmitted => to == UnderReview,
            UnderReview => matches!(to, Approved | Rejected),
            Approved | Rejected => false,
        }
    }
}

pub const TYPE: Field<ApplicationType> = Field::with(
    FieldDef::new("type", ApplicationType::KIND)
        .required()
        .about("What is applied for; the process's type."),
);
pub const PROCESS_ID: Field<String> = Field::with(
    text("process_id", "The process that governs it.")
        .required()
        .refers_to("applicationProcesses"),
);
pub const NAME: Field<String> =
    Field::with(text("name", "The owner's name when it is left out.").filled());
pub const DATE: Field<Timestamp> = Field::with(
    FieldDef::new("date", Kind::Timestamp)
        .about("When it was made; the moment of its submission when it is left out."),
);
pub const ORDER_ID: Field<String> = Field::with(text("order_id", "The order it is paid by."));
pub const STATUS: Field<ApplicationStatus> = Field::with(
    FieldDef::new("status", ApplicationStatus::KIND)
        .filled()
        .about("How far it has come; a new one is not yet submitted unless it says otherwise."),
);
pub const STATUS_REASON_ID: Field<String> = Field::with(
    text(
        "status_reason_id",
        "Refines the status; the first that applies, by priority, when a change of status gives none.",
    )
    .refers_to("applicationStatusReasons"),
);
pub const PACKAGE_ID: Field<String> =
    Field::with(text("membership_package_id", "The package wanted.").refers_to("packages"));
pub const TYPE_ID: Field<String> =
    Field::with(text("membership_type_id", "The membership type wanted.").refers_to("types"));
pub const ADD_ONS: Field<Vec<Value>> =
    Field::with(list("add_ons", &ADD_ON, "Add-ons applied for."));

const ADD_ON: Kind = Kind::Object(&[text("add_on_id", "Which.").refers_to("addOns"), QUANTITY]);

pub enum Applications {}

/// The `by_owner` index's partition for one owner.
pub fn of_owner(tenant: &TenantId, owner_type: OwnerType, owner: &str) -> String {
    format!("{tenant}#{owner_type}:{owner}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_stays_so_and_nothing_is_decided_unseen() {
        let moves = ApplicationStatus::ALL.iter().flat_map(|from| {
            let to = ApplicationStatus::ALL.iter();
            to.filter(|to| from.may_become(**to))
                .map(move |to| format!("{from} -> {to}"))
        });
        assert_eq!(
            moves.collect::<Vec<_>>(),
            [
                "not yet submitted -> under review",
                "under review -> approved",
                "under review -> rejected",
            ]
        );
    }
}
