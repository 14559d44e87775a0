//! Chapters, sections and add-ons: held, left, and the links that their members
//! are found by (rules AFF-2 to AFF-5).

use super::fields::{
    ADD_ON_IDS, ADD_ON_NAMES, ADD_ONS, AFFILIATION_NAMES, CHAPTER_IDS, CHAPTER_NAMES, CHAPTERS,
    PAST_CHAPTERS, PAST_SECTIONS, SECTION_IDS, SECTION_NAMES, SECTIONS, STATUS, Status,
};
use crate::error::Problems;
use crate::field::{Field, moment};
use crate::ids::ID_MAX;
use crate::record::Record;
use crate::resource::Resource;
use crate::resources::{AddOns, Chapters, Sections};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

crate::choice! {
    /// Which of those that have ever belonged.
    pub enum Standing {
        Current = "current",
        NotCurrent = "not current",
        All = "all",
    }
}

/// What a membership can belong to, or have.
#[derive(Clone, Copy)]
pub struct Affiliation {
    pub name: &'static str,
    /// The resource whose records are held.
    pub resource: &'static str,
    /// The field of an entry that says which.
    pub key: &'static str,
    pub held: Field<Vec<Value>>,
    pub(super) ids: Field<Vec<String>>,
    pub(super) names: Field<String>,
    /// Where what is left goes; an add-on is only given up.
    past: Option<Field<Vec<Value>>>,
}

pub const CHAPTER: Affiliation = Affiliation {
    name: "chapter",
    resource: Chapters::NAME,
    key: "chapter_id",
    held: CHAPTERS,
    ids: CHAPTER_IDS,
    names: CHAPTER_NAMES,
    past: Some(PAST_CHAPTERS),
};
pub const SECTION: Affiliation = Affiliation {
    name: "section",
    resource: Sections::NAME,
    key: "section_id",
    held: SECTIONS,
    ids: SECTION_IDS,
    names: SECTION_NAMES,
    past: Some(PAST_SECTIONS),
};
pub const ADD_ON: Affiliation = Affiliation {
    name: "addOn",
    resource: AddOns::NAME,
    key: "add_on_id",
    held: ADD_ONS,
    ids: ADD_ON_IDS,
    names: ADD_ON_NAMES,
    past: None,
};
pub const ALL: [Affiliation; 3] = [CHAPTER, SECTION, ADD_ON];

/// What the records of a resource are to memberships, if these hold them.
pub fn affiliation<R: Resource>() -> Option<&'static Affiliation> {
    const KINDS: &[Affiliation] = &ALL;
    KINDS.iter().find(|kind| kind.resource == R::NAME)
}

/// Chapters and sections held at a time: leaving all of them, as a drop does,
/// has to fit into one transaction with what else a drop writes.
pub const HELD_MAX: usize = 40;
/// Add-ons held at a time: each has a link, as they have.
pub const ADD_ONS_MAX: usize = 40;

impl Affiliation {
    /// Where the links stand to those that belong or have belonged to `id`.
    pub fn links_to(self, id: &str, standing: Standing) -> Vec<String> {
        match standing {
            Standing::Current => vec![self.link(id, true)],
            Standing::NotCurrent => vec![self.link(id, false)],
            Standing::All => vec![self.link(id, true), self.link(id, false)],
        }
    }

    fn link(self, id: &str, current: bool) -> String {
        let when = if current { "current" } else { "past" };
        format!("{}#{id}#{when}", self.name)
    }

    fn ids(self, record: &Record, list: Field<Vec<Value>>) -> BTreeSet<String> {
        let entries = record.get(list).unwrap_or_default();
        let ids = entries
            .iter()
            .filter_map(|entry| entry.get(self.key)?.as_str());
        // An import may bring what no key could hold; nobody can ask for it.
        ids.filter(|id| !id.is_empty() && id.chars().count() <= ID_MAX)
            .map(str::to_owned)
            .collect()
    }

    /// Whether a membership holds the one of this id.
    pub fn is_held(self, record: &Record, id: &str) -> bool {
        self.ids(record, self.held).contains(id)
    }

    fn links(self, record: &Record) -> Vec<String> {
        let held = self.ids(record, self.held);
        let Some(past) = self.past else {
            // Only with their names came links: before, a membership had none to take away.
            let linked = held.iter().filter(|_| record.has(AFFILIATION_NAMES));
            return linked.map(|id| self.link(id, true)).collect();
        };
        let active = record.get(STATUS) != Some(Status::Inactive);
        let left = self.ids(record, past);
        let of_held = held.iter().map(|id| self.link(id, active));
        // Who has come back is found as current, not as both.
        let of_left = left.difference(&held).map(|id| self.link(id, false));
        of_held.chain(of_left).collect()
    }

    fn add_past(self, record: &mut Record, left: Vec<Value>, at: Timestamp, reason: Option<&str>) {
        let Some(field) = self.past.filter(|_| !left.is_empty()) else {
            return;
        };
        let mut past = record.get(field).unwrap_or_default();
        past.extend(left.into_iter().map(|mut entry| {
            entry["end_date"] = moment(at).into();
            if let Some(reason) = reason {
                entry["reason"] = reason.into();
            }
            entry
        }));
        record.set(field, past);
    }
}

/// A membership is current in what it holds unless it is inactive, and not
/// current in what it has left.
pub(super) fn links(record: &Record) -> BTreeSet<String> {
    ALL.iter().flat_map(|kind| kind.links(record)).collect()
}

pub(super) fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let [chapters, sections, add_ons] =
        ALL.map(|kind| after.get(kind.held).map_or(0, |entries| entries.len()));
    let had = before.and_then(|before| before.get(ADD_ONS));
    if add_ons > ADD_ONS_MAX && had.map_or(0, |had| had.len()) < add_ons {
        let rule = format!("makes {add_ons} add-ons: {ADD_ONS_MAX} may be held");
        problems.add("/add_ons", rule);
    }
    if chapters + sections > HELD_MAX {
        // The rule is about both lists, and a problem has one path: the one with more to take
        // away.
        let longer = if sections > chapters {
            SECTIONS
        } else {
            CHAPTERS
        };
        problems.add(
            format!("/{}", longer.name()),
            format!(
                "makes {chapters} chapters and {sections} sections: {HELD_MAX} in all may be held"
            ),
        );
    }
}

/// Moves everything held into the past.
pub fn leave_all(record: &mut Record, at: Timestamp, reason: &str) {
    for kind in ALL.into_iter().filter(|kind| kind.past.is_some()) {
        let left = record.get(kind.held).unwrap_or_default();
        record.clear(kind.held);
        kind.add_past(record, left, at, Some(reason));
    }
}

/// Moves what `before` held and `after` no longer does into the past, unless
/// whoever changes it has written the past as well.
pub fn leave_missing(before: &Record, after: &mut Record, at: Timestamp) {
    for kind in ALL {
        let past = |record: &Record| record.get(kind.past?);
        if past(before) != past(after) {
            continue;
        }
        let kept = kind.ids(after, kind.held);
        let mut left = before.get(kind.held).unwrap_or_default();
        left.retain(|entry| {
            // An entry that names none has not been left: nobody could say what.
            let id = entry.get(kind.key).and_then(Value::as_str);
            id.is_some_and(|id| !kept.contains(id))
        });
        kind.add_past(after, left, at, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn membership(fields: Value) -> Record {
        Record::new(fields.as_object().unwrap().clone())
    }

    fn links_of(fields: Value) -> Vec<String> {
        links(&membership(fields)).into_iter().collect()
    }

    #[test]
    fn held_is_current_unless_inactive_and_left_is_past() {
        let mut fields = json!({
            "chapters": [{ "chapter_id": "a" }, { "dues": 1 }, { "chapter_id": "" }],
            "past_chapter_memberships": [{ "chapter_id": "a" }, { "chapter_id": "b" }, { "chapter_id": 1 }],
            "sections": [{ "section_id": "a" }],
        });
        let expected = ["chapter#a#current", "chapter#b#past", "section#a#current"];
        assert_eq!(links_of(fields.clone()), expected);
        fields["status"] = "suspended".into();
        assert_eq!(links_of(fields.clone()), expected);
        fields["status"] = "inactive".into();
        assert_eq!(
            links_of(fields),
            ["chapter#a#past", "chapter#b#past", "section#a#past"]
        );
        let long = "x".repeat(ID_MAX + 1);
        assert!(
            links_of(json!({ "past_section_memberships": [{ "section_id": long }] })).is_empty()
        );
    }

    #[test]
    fn what_is_left_out_moves_into_the_past_once() {
        let at = "2026-03-01T10:00:00Z".parse().unwrap();
        let before = membership(json!({
            "chapters": [{ "chapter_id": "a", "dues": 5 }, { "chapter_id": "b" }],
            "past_chapter_memberships": [{ "chapter_id": "old" }],
        }));
        let mut after = before.clone();
        after.set(CHAPTERS, vec![json!({ "chapter_id": "b" })]);
        leave_missing(&before, &mut after, at);
        let past = after.get(PAST_CHAPTERS).unwrap();
        assert_eq!(
            past[1],
            json!({ "chapter_id": "a", "dues": 5, "end_date": "2026-03-01T10:00:00.000Z" })
        );
        assert_eq!(past.len(), 2);
        let again = after.clone();
        leave_missing(&again, &mut after, at);
        assert_eq!(after, again);
        after.clear(CHAPTERS);
        after.set(PAST_CHAPTERS, vec![]);
        leave_missing(&again, &mut after, at);
        assert_eq!(
            after.get(PAST_CHAPTERS),
            Some(vec![]),
            "written by the caller"
        );
    }
}
