//! Contacts and organizations: the small copy of an outside CRM that billing
//! needs. Their ids are the CRM's, so they come by import, never by POST.

use super::common::{ADDRESS, CUSTOM_FIELDS, text, texts};
use crate::field::{Field, FieldDef};
use crate::index::Table;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use serde_json::Value;

pub const NAME: Field<String> = Field::with(text("name", "The full name.").required());
pub const FIRST_NAME: Field<String> = Field::with(text("first_name", "Given name.").guessed());
pub const LAST_NAME: Field<String> = Field::with(text("last_name", "Family name.").guessed());
pub const EMAIL_ADDRESS: Field<String> =
    Field::with(text("email_address", "Where mail goes.").guessed());
pub const JOB_TITLE: Field<String> = Field::with(text("job_title", "Position.").guessed());
pub const ADDRESS_FIELD: Field<Value> = Field::with(
    FieldDef::new("address", ADDRESS)
        .guessed()
        .about("Postal address."),
);
pub const ORGANIZATION_ID: Field<String> =
    Field::with(text("organization_id", "The organization the person belongs to.").guessed());
pub const ROLE_IDS: Field<Vec<String>> = Field::with(
    texts(
        "contact_role_ids",
        "The roles the person has there: who gets its notices.",
    )
    .guessed(),
);

pub enum Contacts {}

impl Resource for Contacts {
    const NAME: &'static str = "contacts";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Sharded;
    const SCHEMA: &'static Schema = &Schema {
        title: "Contact",
        groups: &[
            Group {
                title: "Contact",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    FIRST_NAME.def,
                    LAST_NAME.def,
                    EMAIL_ADDRESS.def,
                    JOB_TITLE.def,
                    ADDRESS_FIELD.def,
                    ORGANIZATION_ID.def,
                    ROLE_IDS.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}

/// The people who stand for an organization, by id: an organization's notices
/// go to those with the notice's roles.
pub const CONTACT_IDS: Field<Vec<String>> =
    Field::with(texts("contact_ids", "People who stand for the organization.").guessed());

pub enum Organizations {}

impl Resource for Organizations {
    const NAME: &'static str = "organizations";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Sharded;
    const SCHEMA: &'static Schema = &Schema {
        title: "Organization",
        groups: &[
            Group {
                title: "Organization",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    EMAIL_ADDRESS.def,
                    ADDRESS_FIELD.def,
                    CONTACT_IDS.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
