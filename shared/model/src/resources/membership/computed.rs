//! Fields that are computed from others: the id, copies of the owner's, the ids
//! of what is held.

use super::affiliations::ALL;
use super::fields::{
    CHAPTER_IDS, CITY, COUNTRY, CUSTOMER_ID, EMAIL_ADDRESS, FIRST_NAME, JOB_TITLE, JOIN_DATE,
    LAST_NAME, MEMBERSHIP_JOIN_DATE, NAME, OWNER_TYPE, OwnerType, PARENT_ID_FIELD,
    PRIMARY_CHAPTER_ID, STATE,
};
use super::names;
use crate::field::Field;
use crate::record::Record;
use crate::resources::lists::ids_of;
use crate::resources::owner::owner_field;
use crate::resources::people::ADDRESS_FIELD;
use serde_json::Value;

/// Fills the ids and names of what is held, and the copies of other fields of the record.
pub fn fill_computed(record: &mut Record) {
    for kind in ALL {
        let found = ids_of(record, kind.held, kind.key);
        record.put(kind.ids, record.has(kind.held).then_some(found));
    }
    names::fill(record);
    let primary = record.get(CHAPTER_IDS).and_then(|ids| ids.first().cloned());
    record.put(PRIMARY_CHAPTER_ID, primary);
    record.put(MEMBERSHIP_JOIN_DATE, record.get(JOIN_DATE));
    record.put(CUSTOMER_ID, record.get(owner_field(record)));
}

/// What a membership shows of its owner.
const FROM_OWNER: [Field<String>; 5] = [NAME, FIRST_NAME, LAST_NAME, EMAIL_ADDRESS, JOB_TITLE];
/// What it shows of the owner's address.
const FROM_ADDRESS: [Field<String>; 3] = [CITY, STATE, COUNTRY];

/// Whether a field is a copy from the owner, whatever a writer says.
pub fn is_copied(name: &str) -> bool {
    let mut copied = FROM_OWNER.iter().chain(&FROM_ADDRESS);
    copied.any(|field| field.name() == name)
}

/// Whether two states of a membership show the same of its owner.
pub fn shows_the_same(before: &Record, after: &Record) -> bool {
    let mut copied = FROM_OWNER.iter().chain(&FROM_ADDRESS);
    copied.all(|field| before.get(*field) == after.get(*field))
}

/// Copies what a membership shows of its owner, a contact or an organization,
/// so that lists and notices need no second look-up.
pub fn copy_owner(owner: &Record, membership: &mut Record) {
    for copied in FROM_OWNER {
        membership.put(copied, owner.get(copied));
    }
    let address = owner.get(ADDRESS_FIELD).unwrap_or_default();
    for copied in FROM_ADDRESS {
        let part = address.get(copied.name()).and_then(Value::as_str);
        membership.put(copied, part.map(str::to_owned));
    }
}

/// What a membership becomes by its owner's present state; `None` if it shows
/// that already.
pub fn refreshed(owner: &Record, membership: &Record) -> Option<Record> {
    let mut after = membership.clone();
    copy_owner(owner, &mut after);
    (after != *membership).then_some(after)
}

/// Whether memberships would show something else of an owner that changes so.
pub fn shows_otherwise(before: &Record, after: &Record) -> bool {
    let mut shown = Record::default();
    copy_owner(before, &mut shown);
    refreshed(after, &shown).is_some()
}

/// The id of an owner's principal membership.
pub fn principal_id(owner_type: OwnerType, owner: &str) -> String {
    format!("{owner_type}:{owner}")
}

/// The id a membership has by its owner and, if derived, the organization it
/// comes from: `contact:<contact id>[:<organization id>]` (rule MEM-2).
/// `None` while the owner is not known.
pub fn id_of(record: &Record) -> Option<String> {
    let owner_type = record.get(OWNER_TYPE)?;
    let owner = record.text(owner_field(record));
    let principal = (!owner.is_empty()).then(|| principal_id(owner_type, owner))?;
    let parent = record.text(PARENT_ID_FIELD);
    // The parent's own organization, which in `organization:<id>:<id>` stands second as well.
    match parent.split(':').nth(1) {
        Some(organization) => Some(format!("{principal}:{organization}")),
        None => Some(principal),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::{CONTACT_ID, ORGANIZATION_ID};
    use super::*;

    #[test]
    fn the_id_follows_the_owner_and_the_parent() {
        let mut record = Record::default();
        assert_eq!(id_of(&record), None);
        record.set(OWNER_TYPE, OwnerType::Contact);
        assert_eq!(id_of(&record), None);
        record.set(CONTACT_ID, "c".into());
        assert_eq!(id_of(&record).as_deref(), Some("contact:c"));
        record.set(PARENT_ID_FIELD, "organization:o:top".into());
        assert_eq!(id_of(&record).as_deref(), Some("contact:c:o"));
        record.set(OWNER_TYPE, OwnerType::Organization);
        record.set(ORGANIZATION_ID, "child".into());
        assert_eq!(id_of(&record).as_deref(), Some("organization:child:o"));
    }
}
