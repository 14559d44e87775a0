//! The people whom an organization's administrator has picked (rule FLOW-9).

use super::affiliations::HELD_MAX;
use super::fields::{ASSIGNED, OWNER_TYPE, OwnerType, PACKAGE_ID};
use crate::error::Problems;
use crate::record::Record;
use crate::resource::ID_FIELD;
use crate::resources::catalogue::most_contacts;
use crate::resources::lists::{check_named, ids_of};
use serde_json::Value;

/// What the list may hold by itself. One that was stored before is not judged again.
pub(super) fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let entries = after.get(ASSIGNED).unwrap_or_default();
    if entries.is_empty() || before.is_some_and(|b| b.get(ASSIGNED) == after.get(ASSIGNED)) {
        return;
    }
    let at = format!("/{}", ASSIGNED.name());
    if after.get(OWNER_TYPE) != Some(OwnerType::Organization) {
        problems.add(&at, "can be held by an organization's membership only");
    }
    check_named(None, after, ASSIGNED, "contact_id", problems);
    for (place, entry) in entries.iter().enumerate() {
        check_entry(&format!("{at}/{place}"), entry, problems);
    }
}

fn check_entry(at: &str, entry: &Value, problems: &mut Problems) {
    let ids = |name: &str| entry[name].as_array().cloned().unwrap_or_default();
    for name in ["chapter_ids", "section_ids", "add_on_ids"] {
        let ids = ids(name);
        let twice = |place: &usize| ids[..*place].contains(&ids[*place]);
        if let Some(place) = (0..ids.len()).find(twice) {
            problems.add(format!("{at}/{name}/{place}"), "stands twice in the list");
        }
    }
    if ids("chapter_ids").len() + ids("section_ids").len() > HELD_MAX {
        let rule = format!("makes more than {HELD_MAX} chapters and sections together");
        problems.add(format!("{at}/chapter_ids"), rule);
    }
}

/// Whether somebody is picked who was not.
pub fn adds(before: Option<&Record>, after: &Record) -> bool {
    let people = |record: &Record| ids_of(record, ASSIGNED, "contact_id");
    let was = before.map(people).unwrap_or_default();
    people(after).iter().any(|one| !was.contains(one))
}

/// Whether [`check_seats`] needs the package.
pub(super) fn is_due(before: Option<&Record>, after: &Record) -> bool {
    let bought = |record: &Record| (record.get(ASSIGNED), record.get(PACKAGE_ID));
    after.has(ASSIGNED) && before.map(bought) != Some(bought(after))
}

/// No more than the package has seats. Where more are stored, somebody may be taken
/// away and nobody added.
pub(super) fn check_seats(
    before: Option<&Record>,
    after: &Record,
    package: Option<&Record>,
    problems: &mut Problems,
) {
    if !is_due(before, after) {
        return;
    }
    let Some(most) = package.and_then(most_contacts) else {
        return;
    };
    let now = ids_of(after, ASSIGNED, "contact_id");
    let moves = before.is_none_or(|before| before.get(PACKAGE_ID) != after.get(PACKAGE_ID));
    if now.len() > most && (adds(before, after) || moves) {
        let (count, id) = (
            now.len(),
            package.map_or("", |package| package.text(ID_FIELD)),
        );
        let rule = format!("names {count} people: the package {id} has room for {most}");
        problems.add(format!("/{}", ASSIGNED.name()), rule);
    }
}
