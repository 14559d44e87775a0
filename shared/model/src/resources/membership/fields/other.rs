//! History, directory, notes and the association's own fields.

use crate::field::Field;
use crate::resources::common::{CUSTOM_FIELDS, client, flag, own, text, texts};
use crate::schema::Group;
use jiff::Timestamp;
use serde_json::Value;

pub const HISTORY: Field<Vec<Value>> = own(
    "history",
    "What happened to the membership, each with the state before and after.",
);

pub const OTHER: Group = Group {
    title: "Other",
    fields: &[
        HISTORY.def,
        texts(
            "hidden_directory_fields",
            "Fields the member hides in the directory.",
        ),
        flag(
            "do_not_show_in_directory",
            "Keeps the member out of the directory.",
        ),
        client::<Timestamp>(
            "date_last_updated_in_portal",
            "When the member last changed it themselves.",
        )
        .def,
        text("referral_contact_id", "Who referred the member.").refers_to("contacts"),
        text("certificate_uri", "A certificate made elsewhere."),
        text("notes", "Staff's notes."),
        CUSTOM_FIELDS,
    ],
};
