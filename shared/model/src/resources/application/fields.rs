//! The fields of an application.

use crate::field::{Field, FieldDef, FieldType, Kind, Writer};
use crate::resource::ID_FIELD;
use crate::resources::common::{
    CUSTOM_FIELDS, QUANTITY, WORDS, client, flag, list, open, reference, text, texts,
};
use crate::resources::membership::PAYMENT;
use crate::resources::owner::{CONTACT_ID, ORGANIZATION_ID, OWNER_TYPE};
use crate::schema::Group;
use jiff::{Timestamp, civil::Date};
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
pub const NAME: Field<String> = Field::with(
    FieldDef::new("name", WORDS)
        .about("The owner's name, which it follows unless another is given.")
        .filled(),
);
pub const DATE: Field<Timestamp> = Field::with(
    FieldDef::new("date", Kind::Timestamp)
        .about("When it was made; the moment of its submission when it is left out."),
);
pub const ORDER_ID: Field<String> = Field::with(
    text(
        "order_id",
        "The order it is paid by, made when it is submitted.",
    )
    .refers_to("orders")
    .writer(Writer::ServerAlone),
);
pub const ORDER_LINE_ITEM_ID: Field<String> = Field::with(
    text("order_line_item_id", "That order's line for the package.").writer(Writer::ServerAlone),
);
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
pub const CHAPTER_ID: Field<String> = reference("chapter_id", "chapters", "The primary chapter.");
pub const ADDITIONAL_CHAPTER_IDS: Field<Vec<String>> =
    Field::with(texts("additional_chapter_ids", "Further chapters.").refers_to("chapters"));
pub const SECTION_IDS: Field<Vec<String>> =
    Field::with(texts("section_ids", "Sections.").refers_to("sections"));
/// The documents have both in newer versions only.
pub const GROUP_ID: Field<String> = Field::with(
    text(
        "application_group_id",
        "The group that it is one of: its order is billed to who administers that.",
    )
    .refers_to("applicationGroups")
    .guessed(),
);
pub const GROUP_PROCESS_ID: Field<String> = Field::with(
    text(
        "group_application_process_id",
        "The process that governs the group; all of its applications name the same.",
    )
    .refers_to("groupApplicationProcesses")
    .guessed(),
);
pub const RENEW_AUTOMATICALLY: Field<bool> = client(
    "renew_automatically",
    "Whether to be charged for each new term.",
);
/// The documents have no card; without one, nobody could opt into automatic
/// renewal by an application.
pub const PAYMENT_INFO: Field<Value> = Field::with(
    FieldDef::new("renewal_payment_info", PAYMENT)
        .guessed()
        .about("The stored card that renews. The provider's token is never returned."),
);
pub const COUPON_ID: Field<String> = Field::with(
    text("coupon_id", "The coupon that lowers its price.")
        .refers_to("coupons")
        .guessed(),
);
pub const OVERRIDE_JOIN_DATE: Field<Date> = client(
    "override_join_date",
    "Becomes the join date instead of the computed one.",
);
/// Whether the name is the owner's, and follows it.
pub const NAME_COPIED: Field<bool> = Field::with(FieldDef::new("_name_copied", Kind::Bool));
/// When it was activated: once, whatever becomes of the membership.
pub const ACTIVATED_AT: Field<Timestamp> =
    Field::with(FieldDef::new("_activated_at", Kind::Timestamp));
/// The chapters and sections that its activation brought, ids by resource.
pub const JOINED: Field<Value> = Field::with(FieldDef::new("_joined", Kind::Open));
pub const ADD_ONS: Field<Vec<Value>> =
    Field::with(list("add_ons", &ADD_ON, "Add-ons applied for."));

const ADD_ON: Kind = Kind::Object(&[text("add_on_id", "Which.").refers_to("addOns"), QUANTITY]);

const ASSIGNED: Kind = Kind::Object(&[
    FieldDef::new("type", Kind::Choice(&["existing", "new"]))
        .guessed()
        .about("Whether the person is known already; `existing` is documented, `new` is not."),
    text("contact_id", "Who, if known.")
        .when_is("type", "existing")
        .refers_to("contacts"),
    open("new_contact_info", "Who, if not yet known.").when_is("type", "new"),
    texts("chapter_ids", "Chapters.").refers_to("chapters"),
    texts("section_ids", "Sections.").refers_to("sections"),
    texts("add_on_ids", "Add-ons.").refers_to("addOns"),
]);

pub(super) const IDENTITY: Group = Group {
    title: "Identity",
    fields: &[
        ID_FIELD.def,
        TYPE.def,
        PROCESS_ID.def,
        GROUP_ID.def,
        GROUP_PROCESS_ID.def,
        OWNER_TYPE.def,
        CONTACT_ID.def,
        ORGANIZATION_ID.def,
        NAME.def,
    ],
};

pub(super) const PROGRESS: Group = Group {
    title: "Progress",
    fields: &[
        DATE.def,
        STATUS.def,
        STATUS_REASON_ID.def,
        ORDER_ID.def,
        ORDER_LINE_ITEM_ID.def,
    ],
};

pub(super) const WANTED: Group = Group {
    title: "What is applied for",
    fields: &[
        PACKAGE_ID.def,
        TYPE_ID.def,
        RENEW_AUTOMATICALLY.def,
        PAYMENT_INFO.def,
        CHAPTER_ID.def,
        ADDITIONAL_CHAPTER_IDS.def,
        SECTION_IDS.def,
        ADD_ONS.def,
        COUPON_ID.def,
        list(
            "assigned_contacts",
            &ASSIGNED,
            "People an organization picks to be members with it.",
        ),
        texts(
            "corporate_member_ids",
            "Contacts who become members with the organization.",
        )
        .refers_to("contacts"),
        OVERRIDE_JOIN_DATE.def,
    ],
};

pub(super) const OTHER: Group = Group {
    title: "Other",
    fields: &[
        text("referral_contact_id", "Who referred the applicant.").refers_to("contacts"),
        flag(
            "do_not_show_in_directory",
            "Keeps the member out of the directory.",
        ),
        flag(
            "do_not_renew",
            "Keeps the member out of everything that renews.",
        ),
        texts(
            "hidden_directory_fields",
            "Fields the member hides in the directory.",
        ),
        text("notes", "Staff's notes."),
        CUSTOM_FIELDS,
    ],
};

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
