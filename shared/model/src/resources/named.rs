//! Groups of which the documents tell the name and little more.

use super::catalogue::NAME;
use super::common::{flag, open};
use crate::index::Table;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

pub enum Directories {}

impl Resource for Directories {
    const NAME: &'static str = "directories";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "Directory",
        groups: &[
            Group {
                title: "Directory",
                fields: &[ID_FIELD.def, NAME.def.guessed()],
            },
            crate::sys::GROUP,
        ],
    };
}

pub enum AppReferenceTypes {}

impl Resource for AppReferenceTypes {
    const NAME: &'static str = "appReferenceTypes";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "AppReferenceType",
        groups: &[
            Group {
                title: "Reference type",
                fields: &[ID_FIELD.def, NAME.def.guessed()],
            },
            crate::sys::GROUP,
        ],
    };
}

/// Stored here, run elsewhere.
pub enum QueryDefinitions {}

impl Resource for QueryDefinitions {
    const NAME: &'static str = "queryDefinitions";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "QueryDefinition",
        groups: &[
            Group {
                title: "Query",
                fields: &[
                    ID_FIELD.def,
                    NAME.def.guessed(),
                    open(
                        "query",
                        "What is asked, in the language of whatever runs it.",
                    )
                    .guessed(),
                    flag(
                        "requires_post_processing",
                        "Whether this module works on the answer.",
                    )
                    .guessed(),
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
