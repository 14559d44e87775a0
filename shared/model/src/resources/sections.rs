//! Sections and their types.

use super::catalogue::{IS_ACTIVE, NAME};
use super::common::{CUSTOM_FIELDS, EMAIL, flag, num, only_certain, text};
use super::people::{DUE_COPIES, due_key};
use crate::field::FieldDef;
use crate::index::{Index, IndexKey, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

/// Whether only certain types of members may join.
pub(super) const RESTRICTED: FieldDef = flag(
    "restrict_membership_types",
    "Restricts it to allowed_membership_type_ids.",
);
pub(super) const ALLOWED_TYPES: FieldDef = only_certain(
    "allowed_membership_type_ids",
    "restrict_membership_types",
    "types",
    "The types of membership it is for.",
);

pub enum Sections {}

impl Resource for Sections {
    const NAME: &'static str = "sections";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_COPIES];
    const SCHEMA: &'static Schema = &Schema {
        title: "Section",
        groups: &[
            Group {
                title: "Section",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    text("type_id", "Its type.")
                        .required()
                        .refers_to("sectionTypes"),
                    text("description", "For members."),
                    IS_ACTIVE.def,
                    flag("hide_from_portal", "Keeps it out of the portal."),
                    flag("enable_dues", "Whether it costs money."),
                    RESTRICTED,
                    ALLOWED_TYPES,
                    flag(
                        "enable_new_member_email",
                        "Whether new members get new_member_email.",
                    ),
                    FieldDef::new("new_member_email", EMAIL)
                        .when_true("enable_new_member_email")
                        .about("That e-mail."),
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        due_key(after)
    }
}

pub enum SectionTypes {}

impl Resource for SectionTypes {
    const NAME: &'static str = "sectionTypes";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "SectionType",
        groups: &[
            Group {
                title: "Section type",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    text("portal_description", "For members."),
                    RESTRICTED,
                    ALLOWED_TYPES.guessed(),
                    num("display_order", "Place in lists.").guessed(),
                    IS_ACTIVE.def.guessed(),
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
