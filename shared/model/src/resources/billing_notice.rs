//! Billing notices: the e-mails that billing runs send.

pub use super::catalogue::is_active;
use super::common::EMAIL;
use crate::field::{Field, FieldDef};
use crate::index::Table;
use crate::resource::{ID_FIELD, Resource};
use crate::schema::{Group, Schema};
use serde_json::Value;

pub use super::common::NAME;
pub const IS_ACTIVE: Field<bool> = Field::with(
    Field::<bool>::new("is_active")
        .def
        .about("Only an active notice can be sent; absent means active."),
);
pub const EMAIL_TEMPLATE: Field<Value> =
    Field::with(FieldDef::new("email", EMAIL).about("What is sent."));
pub const CONTACT_ROLE_IDS: Field<Vec<String>> = Field::with(
    Field::<Vec<String>>::new("contact_role_ids")
        .def
        .about("Which people of an organization get it; ignored for a contact's membership."),
);

pub enum BillingNotices {}

impl Resource for BillingNotices {
    const NAME: &'static str = "billingNotices";
    const TABLE: Table = Table::BillingNotices;
    const LAYOUT: crate::resource::Layout = crate::resource::Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "BillingNotice",
        groups: &[
            Group {
                title: "Notice",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    IS_ACTIVE.def,
                    EMAIL_TEMPLATE.def,
                    CONTACT_ROLE_IDS.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
