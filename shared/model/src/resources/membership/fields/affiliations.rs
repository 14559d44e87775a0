//! Chapters, sections and add-ons.

use crate::field::{Field, FieldDef, Kind};
use crate::ids::ID_MAX;
use crate::resources::common::{QUANTITY, client, flag, list, own, server, text};
use crate::schema::Group;
use jiff::Timestamp;
use serde_json::Value;

pub const CHAPTERS: Field<Vec<Value>> = Field::with(list(
    "chapters",
    &CHAPTER,
    "Chapters held, with their dues; the first is the primary one.",
));
pub const SECTIONS: Field<Vec<Value>> = Field::with(list(
    "sections",
    &SECTION,
    "Sections held, with their dues.",
));
pub const ADD_ONS: Field<Vec<Value>> =
    Field::with(list("add_ons", &ADD_ON, "Add-ons held, with their dues."));
pub const PRIMARY_CHAPTER_ID: Field<String> = own("primary_chapter_id", "Derived from chapters.");
pub const CHAPTER_IDS: Field<Vec<String>> = own("chapter_ids", "Derived from chapters.");
pub const SECTION_IDS: Field<Vec<String>> = own("section_ids", "Derived from sections.");
pub const ADD_ON_IDS: Field<Vec<String>> = own("add_on_ids", "Derived from add_ons.");
pub const CHAPTER_NAMES: Field<String> = own(
    "chapter_names",
    "The names of the chapters, in their order, separated by commas.",
);
pub const SECTION_NAMES: Field<String> = own(
    "section_names",
    "The names of the sections, in their order, separated by commas.",
);
pub const ADD_ON_NAMES: Field<String> = own(
    "add_on_names",
    "The names of the add-ons, in their order, separated by commas.",
);
pub const PAST_CHAPTERS: Field<Vec<Value>> = Field::with(server(list(
    "past_chapter_memberships",
    &Kind::Open,
    "Chapters left.",
)));
pub const PAST_SECTIONS: Field<Vec<Value>> = Field::with(server(list(
    "past_section_memberships",
    &Kind::Open,
    "Sections left.",
)));

const DUES: FieldDef = FieldDef::new("dues", Kind::Money).about("What it costs for a term.");
const JOINED: FieldDef = FieldDef::new("join_date", Kind::Timestamp).about("Since when.");
const NEW_MEMBER: FieldDef = flag("is_new_member", "Whether joined in this term.");
const WAS_RENEWED: FieldDef = flag("was_renewed", "Whether carried over at the last renewal.");
const ON_ORDER: FieldDef = text("order_id", "The order it was bought with.").refers_to("orders");
const ON_LINE: FieldDef = text("order_line_item_id", "That order's line.");

/// An id that a link's key can hold.
const fn which(name: &'static str) -> FieldDef {
    let kind = Kind::Text {
        max: ID_MAX,
        pattern: None,
    };
    FieldDef::new(name, kind).about("Which.")
}

const CHAPTER: Kind = Kind::Object(&[
    which("chapter_id").refers_to("chapters"),
    JOINED,
    DUES,
    NEW_MEMBER,
    WAS_RENEWED,
    ON_ORDER,
    ON_LINE,
]);
const SECTION: Kind = Kind::Object(&[
    which("section_id").refers_to("sections"),
    JOINED,
    DUES,
    NEW_MEMBER,
    WAS_RENEWED,
    ON_ORDER,
    ON_LINE,
]);
const ADD_ON: Kind = Kind::Object(&[
    text("add_on_id", "Which.").refers_to("addOns"),
    QUANTITY,
    DUES,
    ON_ORDER,
    ON_LINE,
]);

pub const AFFILIATIONS: Group = Group {
    title: "Chapters, sections, add-ons",
    fields: &[
        CHAPTERS.def,
        SECTIONS.def,
        ADD_ONS.def,
        PRIMARY_CHAPTER_ID.def,
        CHAPTER_IDS.def,
        SECTION_IDS.def,
        ADD_ON_IDS.def,
        CHAPTER_NAMES.def,
        SECTION_NAMES.def,
        ADD_ON_NAMES.def,
        PAST_CHAPTERS.def,
        PAST_SECTIONS.def,
        client::<Timestamp>("last_change_affiliation_date", "When they last changed.").def,
    ],
};
