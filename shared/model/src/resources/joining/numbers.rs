//! Numbers that stand in options whose shape is not documented whole: how many
//! chapters and sections somebody may have, how many people an organization may name,
//! what comes with a package. Read by one reading when they are saved and when they
//! are used.

use crate::choice::Choice;
use crate::error::{Problem, Problems};
use crate::field::{decimal, whole};
use crate::record::Record;
use crate::resources::membership::affiliations::HELD_MAX;
use serde_json::Value;
use std::ops::RangeInclusive;

crate::choice! {
    /// Whether a chapter is chosen for who joins.
    pub enum Assignment {
        Off = "off",
        /// The one of their address; staff may still name another.
        Assign = "assign",
        /// The same, proposed.
        Suggest = "suggest",
    }
}

crate::choice! {
    /// How chapters are joined. The documents show the first alone; the others are made
    /// as it is.
    pub enum ChapterMode {
        OptionalSingle = "optional single chapter",
        OptionalMultiple = "optional multiple chapters",
        RequiredSingle = "required single chapter",
        RequiredMultiple = "required multiple chapters",
        Single = "single chapter",
        Multiple = "multiple chapters",
    }
}

impl ChapterMode {
    fn is_single(self) -> bool {
        matches!(
            self,
            Self::OptionalSingle | Self::RequiredSingle | Self::Single
        )
    }

    fn is_required(self) -> bool {
        matches!(self, Self::RequiredSingle | Self::RequiredMultiple)
    }

    fn is_optional(self) -> bool {
        matches!(self, Self::OptionalSingle | Self::OptionalMultiple)
    }
}

/// What a chapter configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChapterNumbers {
    pub least: usize,
    pub most: Option<usize>,
    pub assignment: Option<Assignment>,
}

const LEAST_CHAPTERS: &str = "minimum_number_of_chapters_a_member_can_join";
const MOST_CHAPTERS: &str = "maximum_number_of_chapters_a_member_can_join";
const REQUIRED: &str = "members_are_required_to_join_a_chapter";

impl ChapterNumbers {
    /// Of who holds the package, in a tenant with this configuration.
    pub fn of(package: Option<&Record>, tenant: Option<&Value>) -> ChapterNumbers {
        let own = package.filter(|package| is_on(package, "override_chapter_configuration"));
        let own = own.map(|package| package.raw("chapter_configuration"));
        own.unwrap_or(tenant)
            .map(|found| ChapterNumbers::read(found).0)
            .unwrap_or_default()
    }

    /// What can be read, and what is wrong with the rest.
    fn read(configuration: &Value) -> (ChapterNumbers, Vec<Problem>) {
        let mut reading = Reading::of(configuration);
        let mode = reading.choice::<ChapterMode>("mode");
        let least = reading.number(LEAST_CHAPTERS, 0);
        let most = reading.number(MOST_CHAPTERS, 1);
        let required = reading.flag(REQUIRED) || mode.is_some_and(ChapterMode::is_required);
        let assignment = reading.choice::<Assignment>("auto_assignment");
        let single = mode.is_some_and(ChapterMode::is_single).then_some(1);
        let most = most.into_iter().chain(single).min();
        let least = least.unwrap_or(0).max(usize::from(required));
        reading.check_order(LEAST_CHAPTERS, least, most);
        let optional = mode.is_some_and(ChapterMode::is_optional) && !required;
        let numbers = ChapterNumbers {
            least: if optional { 0 } else { least },
            most,
            assignment,
        };
        (numbers, reading.problems)
    }
}

/// What restricts the number of sections, of a process and of a membership type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionNumbers {
    pub least: usize,
    pub most: Option<usize>,
}

const LEAST_SECTIONS: &str = "minimum_number_of_sections";
const MOST_SECTIONS: &str = "maximum_number_of_sections";

impl SectionNumbers {
    /// The strictest of those that restrict it.
    pub fn of(records: [Option<&Record>; 2]) -> SectionNumbers {
        let on = |record: &&Record| is_on(record, "enable_section_restrictions");
        let restricting = records.into_iter().flatten().filter(on);
        let found = restricting.filter_map(|record| record.raw("section_restrictions"));
        found.fold(SectionNumbers::default(), |strictest, found| {
            let (one, _) = SectionNumbers::read(found);
            SectionNumbers {
                least: strictest.least.max(one.least),
                most: strictest.most.into_iter().chain(one.most).min(),
            }
        })
    }

    fn read(restrictions: &Value) -> (SectionNumbers, Vec<Problem>) {
        let mut reading = Reading::of(restrictions);
        let least = reading.number(LEAST_SECTIONS, 0).unwrap_or(0);
        let most = reading.number(MOST_SECTIONS, 0);
        reading.check_order(LEAST_SECTIONS, least, most);
        (SectionNumbers { least, most }, reading.problems)
    }
}

pub const SEATS: &str = "organizational_membership_options";
const MOST_CONTACTS: &str = "maximum_number_of_contacts";

/// How many people a package's organization may name, if it is limited.
pub fn most_contacts(package: &Record) -> Option<usize> {
    Reading::of(package.raw(SEATS)?).count(MOST_CONTACTS, 0..=1_000_000)
}

/// The check of a package's options for organizations.
pub fn check_seats(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let read = |found: &Value| {
        let mut reading = Reading::of(found);
        reading.count(MOST_CONTACTS, 0..=1_000_000);
        reading.problems
    };
    check(before, after, (None, SEATS), read, problems);
}

/// The check of what comes with a package: of each product how many, and for how much.
pub fn check_bundle(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let read = |found: &Value| {
        let entries = found.as_array().into_iter().flatten().enumerate();
        let wrong = entries.filter(|(_, entry)| entry.is_object());
        let wrong = wrong.flat_map(|(place, entry)| {
            let mut reading = Reading::of(entry);
            reading.count("quantity", 1..=1_000_000);
            reading.amount("price");
            let under = move |problem: Problem| problem.under(&format!("/{place}"));
            reading.problems.into_iter().map(under)
        });
        wrong.collect()
    };
    let field = (Some("enable_bundled_products"), "bundled_products");
    check(before, after, field, read, problems);
}

/// The check of a chapter configuration that is saved, unless it was there before.
pub fn check_chapters(
    before: Option<&Record>,
    after: &Record,
    switch: Option<&str>,
    problems: &mut Problems,
) {
    let read = |found: &Value| ChapterNumbers::read(found).1;
    check(
        before,
        after,
        (switch, "chapter_configuration"),
        read,
        problems,
    );
}

/// The same of restrictions of sections.
pub fn check_sections(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let read = |found: &Value| SectionNumbers::read(found).1;
    let field = (Some("enable_section_restrictions"), "section_restrictions");
    check(before, after, field, read, problems);
}

fn check(
    before: Option<&Record>,
    after: &Record,
    (switch, field): (Option<&str>, &str),
    read: impl Fn(&Value) -> Vec<Problem>,
    problems: &mut Problems,
) {
    // Of a switch that is off they may be unfinished (rule RUN-2).
    let used = |record: &Record| match switch.is_none_or(|switch| is_on(record, switch)) {
        true => record.raw(field).cloned(),
        false => None,
    };
    let found = used(after).filter(|found| before.and_then(used).as_ref() != Some(found));
    let is_shaped = |found: &Value| found.is_object() || found.is_array();
    let wrong = found.filter(is_shaped).map(|found| read(&found));
    let wrong = wrong.into_iter().flatten();
    problems.extend_new(wrong.map(|problem| problem.under(&format!("/{field}"))));
}

fn is_on(record: &Record, switch: &str) -> bool {
    record.raw(switch) == Some(&Value::Bool(true))
}

/// Fields of an object whose shape is not documented whole.
struct Reading<'a> {
    object: &'a Value,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn of(object: &Value) -> Reading<'_> {
        Reading {
            object,
            problems: Vec::new(),
        }
    }

    fn note(&mut self, name: &str, rule: impl Into<String>) {
        self.problems.push(Problem::new(format!("/{name}"), rule));
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.object
            .get(name)
            .filter(|value| !value.is_null())
            .cloned()
    }

    fn choice<C: Choice>(&mut self, name: &str) -> Option<C> {
        let value = self.get(name)?;
        let found = value.as_str().and_then(C::parse);
        if found.is_none() {
            self.note(name, format!("must be one of: {}", C::NAMES.join(", ")));
        }
        found
    }

    fn flag(&mut self, name: &str) -> bool {
        let value = self.get(name).unwrap_or(Value::Bool(false));
        if !value.is_boolean() {
            self.note(name, "must be true or false");
        }
        value == Value::Bool(true)
    }

    fn number(&mut self, name: &str, least: i64) -> Option<usize> {
        // More chapters and sections can't be held (rule AFF-5).
        let most = i64::try_from(HELD_MAX).unwrap_or(i64::MAX);
        self.count(name, least..=most)
    }

    fn count(&mut self, name: &str, within: RangeInclusive<i64>) -> Option<usize> {
        let value = self.get(name)?;
        let number = whole(&value).filter(|number| within.contains(number));
        if number.is_none() {
            let (least, most) = within.into_inner();
            self.note(
                name,
                format!("must be a whole number from {least} to {most}"),
            );
        }
        number.and_then(|number| usize::try_from(number).ok())
    }

    fn amount(&mut self, name: &str) {
        let value = self.get(name);
        let is_amount =
            |value: &Value| decimal(value).is_some_and(|amount| !amount.is_sign_negative());
        if !value.as_ref().is_none_or(is_amount) {
            self.note(name, "must be a decimal number of 0 or more");
        }
    }

    fn check_order(&mut self, name: &str, least: usize, most: Option<usize>) {
        if let Some(most) = most.filter(|most| least > *most) {
            self.note(
                name,
                format!("asks for {least} at least, where {most} at most can be joined"),
            );
        }
    }
}
