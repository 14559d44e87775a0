//! Which chapters, sections and add-ons may be held (rules AFF-6 to AFF-8): one
//! judgement of a membership that is written and of an application.

mod nearest;
mod numbers;

pub use nearest::nearest;
pub use numbers::{
    Assignment, ChapterMode, ChapterNumbers, SEATS, SectionNumbers, check_bundle, check_chapters,
    check_seats, check_sections, most_contacts,
};

use super::catalogue::{NAME, is_active};
use super::membership::affiliations::{ADD_ON, ALL, Affiliation, CHAPTER, SECTION};
use super::membership::derive::Affiliated;
use super::{AddOnTypes, SectionTypes};
use crate::error::{Problem, Problems};
use crate::field::whole;
use crate::record::Record;
use crate::resource::{ID_FIELD, Resource};
use serde_json::Value;

/// What somebody holds, or asks for: ids, each with how many, by its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held([Vec<(String, i64)>; 3]);

impl Held {
    /// What a membership holds.
    pub fn of(membership: &Record) -> Held {
        Held(ALL.map(|kind| {
            let entries = membership.get(kind.held).unwrap_or_default();
            let entry = |entry: &Value| {
                let quantity = entry.get("quantity").and_then(whole).unwrap_or(1);
                Some((entry.get(kind.key)?.as_str()?.to_owned(), quantity))
            };
            entries.iter().filter_map(entry).collect()
        }))
    }

    pub fn new(
        chapters: impl IntoIterator<Item = String>,
        sections: impl IntoIterator<Item = String>,
        add_ons: impl IntoIterator<Item = (String, u32)>,
    ) -> Held {
        let once = |id| (id, 1);
        let counted = |(id, quantity)| (id, i64::from(quantity));
        Held([
            chapters.into_iter().map(once).collect(),
            sections.into_iter().map(once).collect(),
            add_ons.into_iter().map(counted).collect(),
        ])
    }

    fn list(&self, kind: Affiliation) -> &[(String, i64)] {
        let at = ALL.iter().position(|known| known.resource == kind.resource);
        at.map_or(&[], |at| &self.0[at])
    }

    fn quantity(&self, kind: Affiliation, id: &str) -> Option<i64> {
        let mut list = self.list(kind).iter();
        list.find(|(held, _)| held == id).map(|(_, n)| *n)
    }
}

/// Where a problem is told.
#[derive(Clone, Copy)]
pub enum Place {
    List(Affiliation),
    Entry(Affiliation, usize),
    Quantity(usize),
}

/// What decides.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The membership type, if it is there.
    pub kind: Option<&'a Record>,
    pub package: Option<&'a Record>,
    /// Of an application.
    pub process: Option<&'a Record>,
    /// The tenant's chapter configuration.
    pub chapters: Option<&'a Value>,
    /// What is held or asked for, with the types of sections and add-ons.
    pub known: &'a Affiliated,
    /// Whether there have to be as many as are asked of a member at least.
    pub asks_least: bool,
}

/// What it is compared with.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// What is held already: it is not judged again.
    pub held: &'a Held,
    /// Whether the membership type stays as it is.
    pub same_type: bool,
    /// Whether numbers are judged only where they change.
    pub same_numbers: bool,
}

impl Rules<'_> {
    /// Adds what is broken by what `wanted` has and was not held before.
    pub fn check(
        &self,
        wanted: &Held,
        before: Before<'_>,
        at: impl Fn(Place) -> String,
        problems: &mut Problems,
    ) {
        for kind in ALL {
            for (index, (id, _)) in wanted.list(kind).iter().enumerate() {
                let is_new = before.held.quantity(kind, id).is_none();
                let broken = self.broken(kind, id, is_new, before.same_type);
                let path = at(Place::Entry(kind, index));
                problems.extend_new(broken.map(|rule| Problem::new(path, rule)));
            }
        }
        for (index, (id, quantity)) in wanted.list(ADD_ON).iter().enumerate() {
            let kept = before.held.quantity(ADD_ON, id) == Some(*quantity);
            if !kept && *quantity > 1 && !self.allows_several(id) {
                let rule = format!("must be 1: add-on {id} can be held once only");
                problems.extend_new([Problem::new(at(Place::Quantity(index)), rule)]);
            }
        }
        self.check_numbers(wanted, before, at, problems);
    }

    /// The rule that one which is held breaks, if any.
    fn broken(&self, kind: Affiliation, id: &str, is_new: bool, same: bool) -> Option<String> {
        let record = self.record(kind.resource, id)?;
        let named = format!("{} {} ({id})", kind.resource, record.text(NAME));
        if is_new && !is_active(record) {
            return Some(format!("{named} is not active"));
        }
        let of_type = match kind.resource {
            r if r == SECTION.resource => self.type_of(SectionTypes::NAME, record),
            r if r == ADD_ON.resource => self.type_of(AddOnTypes::NAME, record),
            _ => None,
        };
        let held_as = self.kind.map(|kind| kind.text(ID_FIELD))?;
        let restricts = [Some(record), of_type].into_iter().flatten();
        let mut allowed = restricts.filter_map(allowed_types);
        let refused = (is_new || !same) && allowed.any(|ids| !ids.contains(&held_as));
        refused.then(|| format!("{named} is not for the membership type {held_as}"))
    }

    fn record(&self, resource: &'static str, id: &str) -> Option<&Record> {
        self.known.get(&(resource, id.to_owned()))
    }

    fn type_of(&self, resource: &'static str, record: &Record) -> Option<&Record> {
        self.record(resource, record.raw("type_id")?.as_str()?)
    }

    fn allows_several(&self, id: &str) -> bool {
        // One that is not there is told by the check of references.
        let add_on = self.record(ADD_ON.resource, id);
        add_on.is_none_or(|add_on| add_on.raw("allow_multiple") == Some(&Value::Bool(true)))
    }

    fn check_numbers(
        &self,
        wanted: &Held,
        before: Before<'_>,
        at: impl Fn(Place) -> String,
        problems: &mut Problems,
    ) {
        let chapters = ChapterNumbers::of(self.package, self.chapters);
        let sections = SectionNumbers::of([self.process, self.kind]);
        for (kind, least, most) in [
            (CHAPTER, chapters.least, chapters.most),
            (SECTION, sections.least, sections.most),
        ] {
            let ids = |held: &Held| {
                let mut ids: Vec<String> =
                    held.list(kind).iter().map(|(id, _)| id.clone()).collect();
                ids.sort();
                ids
            };
            if before.same_numbers && ids(before.held) == ids(wanted) {
                continue;
            }
            let (count, what) = (wanted.list(kind).len(), kind.resource);
            let mut told = |rule: String| {
                problems.extend_new([Problem::new(at(Place::List(kind)), rule)]);
            };
            if let Some(most) = most.filter(|most| count > *most) {
                told(format!(
                    "makes {count} {what}: at most {most} can be joined"
                ));
            }
            if count < least && self.asks_least {
                told(format!(
                    "makes {count} {what}: at least {least} have to be joined"
                ));
            }
        }
    }
}

/// The membership types that a record is for; `None` for all.
fn allowed_types(record: &Record) -> Option<Vec<&str>> {
    let restricts = record.raw("restrict_membership_types") == Some(&Value::Bool(true));
    let ids = record
        .raw("allowed_membership_type_ids")
        .and_then(Value::as_array);
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    restricts.then(|| ids.collect())
}

#[cfg(test)]
mod tests;
