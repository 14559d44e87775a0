//! History, directory, notes and the association's own fields.

use crate::field::{Field, FieldDef, Kind};
use crate::resources::common::{CUSTOM_FIELDS, client, flag, server, text, texts};
use crate::schema::Group;
use jiff::Timestamp;
use serde_json::Value;

/// The record holds the newest rows, see [`super::super::history`]; an import may
/// bring as many as its file can hold.
pub const HISTORY: Field<Vec<Value>> = Field::with(
    server(FieldDef::new(
        "history",
        Kind::List {
            of: &Kind::Open,
            min: 0,
            max: 100_000,
        },
    ))
    .about("What happened to the membership last, the newest at the end, each with the state before and after. The whole: `GET …/{id}/history`."),
);

/// A link.
pub const CERTIFICATE_URI: Field<String> = Field::with(
    text(
        "certificate_uri",
        "A certificate made elsewhere, which is then the certificate (rule FILE-2).",
    )
    .example("https://association.example/certificates/1042.pdf"),
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
        CERTIFICATE_URI.def,
        text("notes", "Staff's notes."),
        CUSTOM_FIELDS,
    ],
};
