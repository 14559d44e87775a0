//! Add-ons and their types.

use super::catalogue::{IS_ACTIVE, NAME};
use super::common::{CUSTOM_FIELDS, flag, num, open, text};
use super::people::{DUE_COPIES, due_key};
use super::sections::{ALLOWED_TYPES, RESTRICTED};
use crate::index::{Index, IndexKey, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

pub enum AddOns {}

impl Resource for AddOns {
    const NAME: &'static str = "addOns";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_COPIES];
    const SCHEMA: &'static Schema = &Schema {
        title: "AddOn",
        groups: &[
            Group {
                title: "Add-on",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    text("type_id", "Its type.")
                        .guessed()
                        .refers_to("addOnTypes"),
                    IS_ACTIVE.def,
                    num("display_order", "Place in lists."),
                    text("portal_description", "For members."),
                    flag("hide_from_portal", "Keeps it out of the portal."),
                    flag("enable_dues", "Whether it costs money."),
                    flag("allow_multiple", "Whether a member may hold more than one."),
                    flag("enable_eligibility", "Whether eligibility_criteria hold."),
                    open(
                        "eligibility_criteria",
                        "Who can hold it. Not judged: the documents do not say how they are read.",
                    )
                    .when_true("enable_eligibility"),
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

pub enum AddOnTypes {}

impl Resource for AddOnTypes {
    const NAME: &'static str = "addOnTypes";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "AddOnType",
        groups: &[
            Group {
                title: "Add-on type",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    IS_ACTIVE.def,
                    num("display_order", "Place in lists."),
                    text("portal_description", "For members."),
                    RESTRICTED,
                    ALLOWED_TYPES,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
