//! Rules of a membership beyond its single fields.

use super::membership::{
    ADD_ON_IDS, ADD_ONS, CHAPTER_IDS, CHAPTERS, CITY, CONTACT_ID, COUNTRY, CUSTOMER_ID,
    EMAIL_ADDRESS, EXPIRATION_DATE, FIRST_NAME, ID, JOB_TITLE, JOIN_DATE, LAST_NAME,
    MEMBERSHIP_JOIN_DATE, NAME, ORIGIN, OWNER_TYPE, Origin, OwnerType, PARENT_ID_FIELD,
    PRIMARY_CHAPTER_ID, SECTION_IDS, SECTIONS, STATE, TERM_START_DATE,
};
use super::owner::{check_owner, owner_field};
use super::people::ADDRESS_FIELD;
use crate::error::Problems;
use crate::field::Field;
use crate::record::Record;
use serde_json::Value;

pub(super) fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    check_owner(after, problems);
    check_same_owner(before, after, problems);
    check_dates(after, problems);
    super::affiliations::check(after, problems);
    let derived = after
        .get(ORIGIN)
        .is_some_and(|origin| origin != Origin::Principal);
    if derived != after.has(PARENT_ID_FIELD) {
        problems.add(
            "/origin",
            "is flowdown or assigned exactly when parent_membership_id is set",
        );
    }
    for (list, key) in [
        (CHAPTERS, "chapter_id"),
        (SECTIONS, "section_id"),
        (ADD_ONS, "add_on_id"),
    ] {
        check_distinct(after, list, key, problems);
    }
}

fn check_same_owner(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let Some(before) = before else { return };
    for field in [CONTACT_ID, CUSTOMER_ID, ID] {
        if before.get(field) != after.get(field) {
            problems.add(
                format!("/{}", field.name()),
                "cannot change: it is part of the membership's id",
            );
        }
    }
    if before.get(OWNER_TYPE) != after.get(OWNER_TYPE) {
        problems.add(
            "/owner_type",
            "cannot change: it is part of the membership's id",
        );
    }
}

fn check_dates(after: &Record, problems: &mut Problems) {
    if let (Some(start), Some(end)) = (after.get(TERM_START_DATE), after.get(EXPIRATION_DATE))
        && end < start
    {
        problems.add("/expiration_date", "must not lie before term_start_date");
    }
}

pub(super) fn check_distinct(
    after: &Record,
    list: Field<Vec<Value>>,
    key: &str,
    problems: &mut Problems,
) {
    let ids = ids_of(after, list, key);
    for (index, id) in ids.iter().enumerate() {
        if ids[..index].contains(id) {
            problems.add(
                format!("/{}/{index}/{key}", list.name()),
                "stands twice in the list",
            );
        }
    }
}

fn ids_of(record: &Record, list: Field<Vec<Value>>, key: &str) -> Vec<String> {
    let items = record.get(list).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.get(key)?.as_str().map(str::to_owned))
        .collect()
}

/// Fills what follows from other fields: ids derived from the lists, and copies.
pub fn derive(record: &mut Record) {
    for (list, key, ids) in [
        (CHAPTERS, "chapter_id", CHAPTER_IDS),
        (SECTIONS, "section_id", SECTION_IDS),
        (ADD_ONS, "add_on_id", ADD_ON_IDS),
    ] {
        let found = ids_of(record, list, key);
        record.put(ids, record.has(list).then_some(found));
    }
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
    match parent.split(':').nth(1) {
        Some(organization) => Some(format!("{principal}:{organization}")),
        None => Some(principal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::membership::ORGANIZATION_ID;

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
