//! The names of the chapters, sections and add-ons that a membership holds (rule
//! MEM-19). Each is kept by its id, so that the lists can change without a look-up.

use super::affiliations::{ALL, Affiliation};
use super::computed::fill_computed;
use super::derive::Affiliated;
use super::fields::AFFILIATION_NAMES;
use crate::field::TEXT_MAX;
use crate::record::Record;
use crate::resource::ID_FIELD;
use crate::resources::catalogue::NAME;
use crate::resources::lists::ids_of;
use crate::sys;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Characters of one name: those of all have to fit into the item.
const NAME_MAX: usize = 300;

/// The records, by resource and id, whose names a write of `after` has to look up.
pub fn wanted(before: Option<&Record>, after: &Record) -> BTreeSet<(&'static str, String)> {
    // What changed while it was locked was kept from it.
    let unlocked = before.is_some_and(|before| before.is(sys::LOCKED)) && !after.is(sys::LOCKED);
    let of = |kind: Affiliation| {
        let ids = ids_of(after, kind.held, kind.key).into_iter();
        ids.filter(move |id| unlocked || name_of(after, kind, id).is_none())
            .map(move |id| (kind.resource, id))
    };
    ALL.into_iter().flat_map(of).collect()
}

/// Everything that is held, by resource and id.
pub fn held(record: &Record) -> BTreeSet<(&'static str, String)> {
    let of = |kind: Affiliation| {
        let ids = ids_of(record, kind.held, kind.key).into_iter();
        ids.map(move |id| (kind.resource, id))
    };
    ALL.into_iter().flat_map(of).collect()
}

/// Takes over the names of what is held, as far as they were looked up.
pub(super) fn learn(record: &mut Record, known: &Affiliated) {
    for kind in ALL {
        for id in ids_of(record, kind.held, kind.key) {
            if let Some(named) = known.get(&(kind.resource, id)) {
                note(record, kind, named);
            }
        }
    }
}

/// Notes the name of one that is held.
pub fn note(membership: &mut Record, kind: Affiliation, named: &Record) {
    let mut names = membership.get(AFFILIATION_NAMES).unwrap_or(json!({}));
    let name: String = named.text(NAME).chars().take(NAME_MAX).collect();
    names[kind.resource][named.text(ID_FIELD)] = name.into();
    membership.set(AFFILIATION_NAMES, names);
}

/// Fills the names that are shown, and forgets those of what is no longer held.
pub(super) fn fill(record: &mut Record) {
    let mut kept = json!({});
    for kind in ALL {
        let ids = ids_of(record, kind.held, kind.key).into_iter();
        let named = ids.filter_map(|id| Some((name_of(record, kind, &id)?, id)));
        let mut names = Vec::new();
        for (name, id) in named {
            kept[kind.resource][id] = name.clone().into();
            names.push(name);
        }
        let shown: String = names.join(", ").chars().take(TEXT_MAX).collect();
        record.put(kind.names, Some(shown).filter(|_| !names.is_empty()));
    }
    let any = kept.as_object().is_some_and(|kept| !kept.is_empty());
    record.put(AFFILIATION_NAMES, any.then_some(kept));
}

fn name_of(record: &Record, kind: Affiliation, id: &str) -> Option<String> {
    let names = record.raw(AFFILIATION_NAMES.name())?;
    names
        .get(kind.resource)?
        .get(id)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// Whether memberships would show something else of a record that changes so.
pub fn renames(before: &Record, after: &Record) -> bool {
    before.text(NAME) != after.text(NAME)
}

/// What a membership becomes that holds `named` as it is; `None` if it shows that
/// already, or holds it no longer.
pub fn renamed(kind: Affiliation, named: &Record, membership: &Record) -> Option<Record> {
    let mut after = membership.clone();
    if !kind.is_held(membership, named.text(ID_FIELD)) {
        return None;
    }
    note(&mut after, kind, named);
    fill_computed(&mut after);
    (after != *membership).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::super::affiliations::{ADD_ON, CHAPTER};
    use super::*;

    fn record(fields: Value) -> Record {
        Record::new(fields.as_object().unwrap().clone())
    }

    fn named(id: &str, name: &str) -> Record {
        record(json!({ "id": id, "name": name }))
    }

    #[test]
    fn names_stand_in_the_order_of_the_list_and_go_with_what_is_left() {
        let mut member = record(json!({
            "chapters": [{ "chapter_id": "b" }, { "chapter_id": "a" }, { "chapter_id": "new" }],
            "add_ons": [{ "add_on_id": "a" }],
        }));
        for (kind, named) in [
            (CHAPTER, named("a", "Alps")),
            (CHAPTER, named("b", "Basel")),
            (ADD_ON, named("a", "Journal")),
        ] {
            note(&mut member, kind, &named);
        }
        fill(&mut member);
        assert_eq!(member.text(CHAPTER.names), "Basel, Alps");
        assert_eq!(member.text(ADD_ON.names), "Journal");
        let unknown = BTreeSet::from([("chapters", "new".to_owned())]);
        assert_eq!(wanted(None, &member), unknown);
        member.clear(ADD_ON.held);
        member.set(CHAPTER.held, vec![json!({ "chapter_id": "a" })]);
        fill(&mut member);
        assert_eq!(member.text(CHAPTER.names), "Alps");
        assert_eq!(member.raw("add_on_names"), None);
        let kept = member.get(AFFILIATION_NAMES).unwrap();
        assert_eq!(kept, json!({ "chapters": { "a": "Alps" } }));
    }

    #[test]
    fn a_renaming_is_for_those_who_hold_it() {
        let member = record(json!({ "chapters": [{ "chapter_id": "a" }] }));
        let after = renamed(CHAPTER, &named("a", "Alps"), &member).unwrap();
        assert_eq!(after.text(CHAPTER.names), "Alps");
        assert_eq!(renamed(CHAPTER, &named("a", "Alps"), &after), None);
        assert_eq!(renamed(CHAPTER, &named("b", "Basel"), &member), None);
        assert_eq!(renamed(ADD_ON, &named("a", "Alps"), &member), None);
    }

    #[test]
    fn after_a_lock_every_name_is_looked_up_again() {
        let member = record(json!({ "chapters": [{ "chapter_id": "a" }] }));
        let free = renamed(CHAPTER, &named("a", "Alps"), &member).unwrap();
        assert!(wanted(Some(&free), &free).is_empty());
        let mut locked = free.clone();
        locked.set(sys::LOCKED, true);
        assert_eq!(wanted(Some(&locked), &free).len(), 1);
    }
}
