//! What ID cards look like.

use super::catalogue::{IS_ACTIVE, NAME};
use super::common::{BODY, CUSTOM_FIELDS};
use crate::field::{Field, FieldDef};
use crate::index::Table;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

pub enum IdCardTemplates {}

pub const HTML_TEMPLATE: Field<String> = Field::with(
    FieldDef::new("html_template", BODY)
        .required()
        .about("HTML with merge fields in double braces (rule FILE-6)."),
);

impl Resource for IdCardTemplates {
    const NAME: &'static str = "idCardTemplates";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "IdCardTemplate",
        groups: &[
            Group {
                title: "ID card",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    HTML_TEMPLATE.def,
                    IS_ACTIVE.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
