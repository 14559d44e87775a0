//! Shapes that several resources share.

use crate::field::{FieldDef, Kind, NUMBER, Pattern, TEXT, TEXTS, Writer};

/// Long enough for an e-mail template, well within an item.
pub const BODY: Kind = Kind::Text {
    max: 200_000,
    pattern: None,
};

pub const fn text(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, TEXT).about(about)
}

pub const fn texts(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, TEXTS).about(about)
}

pub const fn flag(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Bool).about(about)
}

pub const fn num(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, NUMBER).about(about)
}

pub const fn money(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Money).about(about)
}

pub const fn open(name: &'static str, about: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Open).about(about)
}

pub const fn list(name: &'static str, of: &'static Kind, about: &'static str) -> FieldDef {
    FieldDef::new(
        name,
        Kind::List {
            of,
            min: 0,
            max: 1_000,
        },
    )
    .about(about)
}

pub const fn server(def: FieldDef) -> FieldDef {
    def.writer(Writer::Server)
}

/// An e-mail template: its parts are templates, see `services::notice`.
pub const EMAIL: Kind = Kind::Object(&[
    text("from", "The sender's address."),
    text("from_name", "The sender's name."),
    text("reply_to", "Where answers go."),
    text("cc", "Addresses separated by comma or semicolon."),
    text("bcc", "Addresses separated by comma or semicolon."),
    text("subject", "A plain text template of one line."),
    FieldDef::new("body", BODY).about("An HTML template with merge fields in double braces."),
]);

static CUSTOM_FIELD_ID: Pattern = Pattern::new(r"^[a-z\d:_-]{1,300}__c$");

const CUSTOM_FIELD: Kind = Kind::Object(&[
    FieldDef::new(
        "custom_field_id",
        Kind::Text {
            max: 310,
            pattern: Some(&CUSTOM_FIELD_ID),
        },
    )
    .about("Which field."),
    text("string_value", "Its value, if text."),
    num("numeric_value", "Its value, if a number."),
    flag("boolean_value", "Its value, if yes or no."),
    text("file_url_value", "Its value, if a file."),
    texts("list_value", "Its value, if a list."),
    list("table_value", &Kind::Open, "Its value, if a table."),
]);

pub const CUSTOM_FIELDS: FieldDef = list(
    "custom_field_values",
    &CUSTOM_FIELD,
    "Values of the association's own fields.",
);

pub const ADDRESS: Kind = Kind::Object(&[
    text("line1", "First line."),
    text("line2", "Second line."),
    text("line3", "Third line."),
    text("city", "City."),
    text("state", "State or region."),
    text("postal_code", "Postal code."),
    text("county", "County."),
    text("country", "Country code, ISO 3166."),
    text("country_name", "Country name."),
    num("latitude", "Degrees."),
    num("longitude", "Degrees."),
    text("time_zone_id", "IANA time zone."),
]);
