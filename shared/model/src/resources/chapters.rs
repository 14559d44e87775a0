//! Chapters and their types.

use super::catalogue::{IS_ACTIVE, NAME};
use super::common::{ADDRESS, CUSTOM_FIELDS, EMAIL, flag, num, server, text};
use super::people::{DUE_COPIES, due_key};
use crate::field::FieldDef;
use crate::index::{Index, IndexKey, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

pub enum Chapters {}

impl Resource for Chapters {
    const NAME: &'static str = "chapters";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_COPIES];
    const SCHEMA: &'static Schema = &Schema {
        title: "Chapter",
        groups: &[
            Group {
                title: "Chapter",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    text("type_id", "Its type.").refers_to("chapterTypes"),
                    text("email_address", "Where its mail goes."),
                    text("phone_number", "Its telephone."),
                    text("website", "Its own pages."),
                    text(
                        "linked_organization_id",
                        "The organization that owes dues to the parent body.",
                    )
                    .refers_to("organizations"),
                    flag("enable_dues", "Whether it costs money."),
                    flag("hide_from_portal", "Keeps it out of the portal."),
                    flag(
                        "enable_new_member_email",
                        "Whether new members get new_member_email.",
                    ),
                    FieldDef::new("new_member_email", EMAIL)
                        .when_true("enable_new_member_email")
                        .about("That e-mail."),
                    FieldDef::new("address", ADDRESS).about("Where it is."),
                    text("description", "For members."),
                    IS_ACTIVE.def,
                    CUSTOM_FIELDS,
                    server(text(
                        "sys_search_latlong",
                        "Where it is, for a search by distance.",
                    )),
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        due_key(after)
    }
}

/// The documents name the group; its fields are those of section types.
pub enum ChapterTypes {}

impl Resource for ChapterTypes {
    const NAME: &'static str = "chapterTypes";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "ChapterType",
        groups: &[
            Group {
                title: "Chapter type",
                fields: &[
                    ID_FIELD.def,
                    NAME.def.guessed(),
                    text("portal_description", "For members.").guessed(),
                    num("display_order", "Place in lists.").guessed(),
                    IS_ACTIVE.def.guessed(),
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
