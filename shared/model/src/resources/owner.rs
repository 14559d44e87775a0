//! Whose a membership or an application is: a contact's or an organization's.

use super::common::text;
use super::people::{Contacts, Organizations};
use crate::error::Problems;
use crate::field::{Field, FieldDef, FieldType};
use crate::record::Record;
use crate::resource::Resource;

crate::choice! {
    pub enum OwnerType {
        Contact = "contact",
        Organization = "organization",
    }
}

pub const OWNER_TYPE: Field<OwnerType> = Field::with(
    FieldDef::new("owner_type", OwnerType::KIND)
        .required()
        .about("Whether a person or an organization is the owner."),
);
pub const CONTACT_ID: Field<String> = Field::with(
    text("contact_id", "The owner, if a person.")
        .when_is("owner_type", "contact")
        .refers_to("contacts"),
);
pub const ORGANIZATION_ID: Field<String> = Field::with(
    text("organization_id", "The owner, if an organization.")
        .when_is("owner_type", "organization")
        .refers_to("organizations"),
);

/// What kind of owner a resource's records are, if they own anything.
pub fn owner_type<R: Resource>() -> Option<OwnerType> {
    match R::NAME {
        Contacts::NAME => Some(OwnerType::Contact),
        Organizations::NAME => Some(OwnerType::Organization),
        _ => None,
    }
}

/// The field that names the owner.
pub fn owner_field(record: &Record) -> Field<String> {
    match record.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => ORGANIZATION_ID,
        _ => CONTACT_ID,
    }
}

/// A contact's may name the contact's organization; an organization's names
/// nobody else.
pub(super) fn check_owner(after: &Record, problems: &mut Problems) {
    let both = after.has(CONTACT_ID) && after.has(ORGANIZATION_ID);
    if both && after.get(OWNER_TYPE) != Some(OwnerType::Contact) {
        problems.add(
            "/contact_id",
            "cannot be set when owner_type is organization",
        );
    }
}
