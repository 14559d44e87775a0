//! What a derived membership takes from its parent (rule FLOW-6), and which changes
//! have to be followed (rule FLOW-7).

use super::fields::{
    ADD_ONS, ASSIGNED, CHAPTERS, DO_NOT_DROP, DO_NOT_RENEW, EXPIRATION_DATE, FLOWDOWN_DEPTH,
    FLOWDOWN_DUE, JOIN_DATE, JOIN_OR_RENEWAL_DATE, LAPSE_DATE, MASTER_ID, ORIGIN,
    OVERRIDDEN_FIELDS, OWNER_TYPE, Origin, OwnerType, PACKAGE_ID, REINSTATEMENT_DATE, RENEWAL_DATE,
    SECTIONS, STATUS, STATUS_REASON_ID, Status, TERM_START_DATE, TERMINATION_DATE, TYPE_ID,
};
use crate::error::Problems;
use crate::field::Field;
use crate::record::Record;
use crate::sys;
use jiff::Timestamp;
use serde_json::Value;

/// Taken from the parent as they are there.
pub const INHERITED_AS_THEY_ARE: [&str; 8] = [
    PACKAGE_ID.name(),
    JOIN_DATE.name(),
    JOIN_OR_RENEWAL_DATE.name(),
    TERM_START_DATE.name(),
    EXPIRATION_DATE.name(),
    RENEWAL_DATE.name(),
    REINSTATEMENT_DATE.name(),
    DO_NOT_RENEW.name(),
];

/// Taken from the parent with its status.
const OF_STATUS: [&str; 4] = [
    STATUS.name(),
    STATUS_REASON_ID.name(),
    TERMINATION_DATE.name(),
    LAPSE_DATE.name(),
];

/// What an entry of `assigned_memberships` gives: its list of ids, the list that they
/// stand in, and under which name.
pub const ASSIGNED_LISTS: [(&str, Field<Vec<Value>>, &str); 3] = [
    ("chapter_ids", CHAPTERS, "chapter_id"),
    ("section_ids", SECTIONS, "section_id"),
    ("add_on_ids", ADD_ONS, "add_on_id"),
];

pub fn is_derived(record: &Record) -> bool {
    record
        .get(ORIGIN)
        .is_some_and(|origin| origin != Origin::Principal)
}

/// The names that a derived membership takes from elsewhere.
fn inherited(record: &Record) -> Vec<&'static str> {
    let lists = ASSIGNED_LISTS.map(|(_, list, _)| list.name());
    let lists = lists
        .into_iter()
        .filter(|_| record.get(ORIGIN) == Some(Origin::Assigned));
    let all = INHERITED_AS_THEY_ARE.into_iter().chain(OF_STATUS);
    all.chain([TYPE_ID.name()]).chain(lists).collect()
}

/// Notes what somebody changes by hand on a derived membership; a name that the same
/// write takes out stays out.
pub fn note_overridden(before: &Record, after: &mut Record) {
    // One of another kind is told, not overwritten.
    let is_readable = after.has(OVERRIDDEN_FIELDS) == after.get(OVERRIDDEN_FIELDS).is_some();
    if !is_derived(before) || !is_derived(after) || !is_readable {
        return;
    }
    let was = before.get(OVERRIDDEN_FIELDS).unwrap_or_default();
    let mut names = after.get(OVERRIDDEN_FIELDS).unwrap_or_default();
    for name in inherited(before) {
        let known = |names: &[String]| names.iter().any(|one| one == name);
        if before.raw(name) != after.raw(name) && !known(&was) && !known(&names) {
            names.push(name.to_owned());
        }
    }
    let some = Some(names).filter(|names| !names.is_empty() || after.has(OVERRIDDEN_FIELDS));
    after.put(OVERRIDDEN_FIELDS, some);
}

/// Marks what a change has made due, for every writer.
pub(super) fn mark(before: Option<&Record>, after: &mut Record, at: Timestamp) {
    let moves = match before {
        Some(before) => moves_others(before, after),
        None => is_organizations(after),
    };
    let skips = after.raw(sys::DIRECTIVE.name).and_then(Value::as_str) == Some(sys::SKIP_FLOWDOWN);
    if moves && !skips {
        after.set(FLOWDOWN_DUE, at);
    }
}

/// Whether memberships that derive from it, or it as one that derives, follow a change.
pub fn moves_others(before: &Record, after: &Record) -> bool {
    (is_organizations(after) && shows(before) != shows(after))
        || takes_back(before, after)
        || is_let_go(before, after)
}

fn is_organizations(record: &Record) -> bool {
    record.get(OWNER_TYPE) == Some(OwnerType::Organization)
}

/// All that others may take from it.
fn shows(record: &Record) -> Vec<Option<&Value>> {
    let own = [
        TYPE_ID.name(),
        ASSIGNED.name(),
        FLOWDOWN_DEPTH.name(),
        MASTER_ID.name(),
    ];
    let names = INHERITED_AS_THEY_ARE.into_iter().chain(OF_STATUS);
    names.chain(own).map(|name| record.raw(name)).collect()
}

/// A name is taken out: what it names is inherited again.
fn takes_back(before: &Record, after: &Record) -> bool {
    let now = after.get(OVERRIDDEN_FIELDS).unwrap_or_default();
    let was = before.get(OVERRIDDEN_FIELDS).unwrap_or_default();
    is_derived(after) && was.iter().any(|name| !now.contains(name))
}

/// What has kept a derived membership as it was is gone: a lock, or that it is not to be
/// dropped.
fn is_let_go(before: &Record, after: &Record) -> bool {
    let is_off = |field| before.is(field) && !after.is(field);
    is_derived(after) && (is_off(sys::LOCKED) || is_off(DO_NOT_DROP))
}

/// Adds what `overridden_fields` cannot name. What was stored is not judged again.
pub(super) fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let names = after.get(OVERRIDDEN_FIELDS).unwrap_or_default();
    if before.is_some_and(|before| before.get(OVERRIDDEN_FIELDS).as_ref() == Some(&names)) {
        return;
    }
    let at = format!("/{}", OVERRIDDEN_FIELDS.name());
    if !names.is_empty() && !is_derived(after) {
        let rule = "is of derived memberships only: this one takes nothing from another";
        problems.add(at, rule);
        return;
    }
    let known = inherited(after);
    for (place, name) in names.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let rule = format!(
                "{name} is not inherited: what can be overridden is {}",
                known.join(", ")
            );
            problems.add(format!("{at}/{place}"), rule);
        }
    }
}

/// Whether somebody becomes a member by themselves, or no longer is one: a membership
/// of their organization's then ends, or begins.
pub fn turns(before: Option<&Record>, after: &Record) -> bool {
    let counts = |record: &Record| record.get(STATUS) != Some(Status::Inactive);
    !is_derived(after) && before.is_some_and(counts) != counts(after)
}
