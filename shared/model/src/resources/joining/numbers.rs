//! How many chapters and sections somebody may have, as the catalogue says:
//! read by one reading when it is saved and when it is used.

use crate::choice::Choice;
use crate::error::{Problem, Problems};
use crate::field::whole;
use crate::record::Record;
use serde_json::Value;

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

/// What a chapter configuration says. The documents show one mode, `optional single
/// chapter`; a mode is understood by these words of it.
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
        let mode = reading.text("mode").unwrap_or_default();
        let least = reading.number(LEAST_CHAPTERS, 0);
        let most = reading.number(MOST_CHAPTERS, 1);
        let required = reading.flag(REQUIRED) || mode.contains("required");
        let assignment = reading.text("auto_assignment").and_then(|word| {
            let found = Assignment::parse(&word);
            if found.is_none() {
                let words = Assignment::NAMES.join(", ");
                reading.note("auto_assignment", format!("must be one of: {words}"));
            }
            found
        });
        let single = mode.contains("single").then_some(1);
        let most = most.into_iter().chain(single).min();
        let least = least.unwrap_or(0).max(usize::from(required));
        reading.check_order(LEAST_CHAPTERS, least, most);
        let optional = mode.contains("optional") && !required;
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
    let wrong = found.filter(Value::is_object).map(|found| read(&found));
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

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        if !value.is_string() {
            self.note(name, "must be a string");
        }
        value.as_str().map(str::to_owned)
    }

    fn flag(&mut self, name: &str) -> bool {
        let value = self.get(name).unwrap_or(Value::Bool(false));
        if !value.is_boolean() {
            self.note(name, "must be true or false");
        }
        value == Value::Bool(true)
    }

    fn number(&mut self, name: &str, least: i64) -> Option<usize> {
        let value = self.get(name)?;
        let number = whole(&value).filter(|number| (least..=1_000).contains(number));
        if number.is_none() {
            self.note(name, format!("must be a whole number from {least} to 1000"));
        }
        number.and_then(|number| usize::try_from(number).ok())
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
