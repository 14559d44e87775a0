//! Shapes that several resources share.

use crate::field::{
    Field, FieldDef, FieldType, Kind, NUMBER, Pattern, TEXT, TEXT_MAX, TEXTS, Writer,
};

/// What a record is called by: something that can be seen. Cells of spreadsheets hold
/// line breaks.
pub const LABEL: Kind = Kind::Text {
    max: TEXT_MAX,
    pattern: Some(&VISIBLE),
};
static VISIBLE: Pattern = Pattern::new(
    r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u3000\ufeff][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
)
.saying("must hold a character that can be seen, and no control characters but tabs and line breaks");
/// A part of a name: nothing but text.
pub const WORDS: Kind = Kind::Text {
    max: TEXT_MAX,
    pattern: Some(&PRINTED),
};
static PRINTED: Pattern = Pattern::new(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")
    .saying("must hold no control characters but tabs and line breaks");

pub const NAME: Field<String> = Field::with(
    FieldDef::new("name", LABEL)
        .about("What staff call it.")
        .required(),
);

/// Long enough for an e-mail template, well within an item.
pub const BODY: Kind = Kind::Text {
    max: 200_000,
    pattern: None,
};

/// A field that a client may write.
pub const fn client<T: FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(FieldDef::new(name, T::KIND).about(about))
}

/// A field that only the server writes.
pub const fn own<T: FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(server(FieldDef::new(name, T::KIND)).about(about))
}

/// The id of a record of `resource`.
pub const fn reference(
    name: &'static str,
    resource: &'static str,
    about: &'static str,
) -> Field<String> {
    Field::with(text(name, about).refers_to(resource))
}

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

/// Texts, at least one.
pub const FILLED: Kind = Kind::List {
    of: &TEXT,
    min: 1,
    max: 1_000,
};

/// Ids of `resource`, needed once the sibling `restricts` is true.
pub const fn only_certain(
    name: &'static str,
    restricts: &'static str,
    resource: &'static str,
    about: &'static str,
) -> FieldDef {
    FieldDef::new(name, TEXTS)
        .when_true(restricts)
        .refers_to(resource)
        .about(about)
}

/// The same fields where the documents only let one guess at them.
pub const fn all_guessed<const N: usize>(mut fields: [FieldDef; N]) -> [FieldDef; N] {
    let mut at = 0;
    while at < N {
        fields[at] = fields[at].guessed();
        at += 1;
    }
    fields
}

pub const fn server(def: FieldDef) -> FieldDef {
    def.writer(Writer::Server)
}

pub const QUANTITY: FieldDef = FieldDef::new(
    "quantity",
    Kind::Number {
        min: 1.0,
        max: 1e6,
        whole: true,
    },
)
.about("How many.");

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

/// A number of things.
pub const COUNT: Kind = Kind::Number {
    min: 0.0,
    max: 9e15,
    whole: true,
};

const ASKED: Kind = Kind::Choice(&["do not show", "optional", "required"]);
const BILL_TO: Kind = Kind::Object(&[
    FieldDef::new("billing_address", ASKED).about("Whether the address is asked for."),
    FieldDef::new("purchase_order_number", ASKED)
        .about("Whether a purchase order's number is asked for."),
    text("reference_number", "What the reference is called."),
]);

/// How something is paid for in the portal.
pub const CHECKOUT: Kind = Kind::Object(&[
    text("business_unit_id", "The business unit that sells it.").required(),
    text("bank_account_id", "Where payments go.").required(),
    flag(
        "allow_customer_to_choose_installment_plan",
        "Whether the customer may pay in instalments.",
    ),
    FieldDef::new("bill_my_organization_options", BILL_TO)
        .about("Billing of the customer's organization."),
    FieldDef::new("bill_my_parent_organization_options", BILL_TO)
        .about("Billing of its parent organization."),
    text("cancellation_fee_product_id", "The fee's product."),
    open("checkout_donation_options", "Donations offered with it."),
]);

static CUSTOM_FIELD_ID: Pattern = Pattern::with_example(r"^[a-z\d:_-]{1,300}__c$", "shoe_size__c");

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
