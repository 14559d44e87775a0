//! What a search's body asks for, and whether a record is that.

use super::bound::{Bound, End, Span};
use super::definition::{Criterion, Match, Search};
use super::fold::folded;
use crate::address::is_given;
use crate::error::{Problems, Result};
use crate::field::Kind;
use crate::record::Record;
use serde_json::{Map, Value};

/// The criteria of one search that restrict anything.
pub struct Criteria {
    tests: Vec<(&'static str, Kind, Test)>,
    subject: String,
}

enum Test {
    AnyOf(Vec<Value>),
    /// Whether there is an address that mail can go to: `true`, `false` or both.
    Mailable(Vec<Value>),
    /// As `fold` makes texts.
    Contains(String),
    Within(Span),
}

impl Criteria {
    /// # Errors
    /// `Invalid` with every unknown criterion, wrong type and pair that is none.
    pub fn read(search: &Search, body: Map<String, Value>) -> Result<Criteria> {
        let body = Record::new(body);
        let mut problems = Problems::default();
        search.body.check(&body, &mut problems);
        problems.into_result()?;
        let mut problems = Problems::default();
        let mut tests = Vec::new();
        for criterion in search.criteria {
            let wanted = body.raw(criterion.line.name);
            let test = wanted.and_then(|wanted| test(criterion, wanted, &mut problems));
            tests.extend(test.map(|test| (criterion.field.name, criterion.field.kind, test)));
        }
        problems.into_result()?;
        let subject = Value::Object(body.into_fields()).to_string();
        Ok(Criteria { tests, subject })
    }

    /// The body, for a paging key to be bound to.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The fields that are restricted.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.tests.iter().map(|(field, ..)| *field)
    }

    pub fn matches(&self, record: &Record) -> bool {
        self.tests.iter().all(|test| holds(test, record))
    }

    /// Whether a record that is known only by its `held` fields could match.
    pub fn may_match(&self, held: &[&str], known: &Record) -> bool {
        let mut tests = self.tests.iter();
        tests.all(|test| !held.contains(&test.0) || holds(test, known))
    }

    /// The values that `field` may have, if they are listed.
    pub fn listed(&self, field: &str) -> Option<&[Value]> {
        self.tests.iter().find_map(|(name, _, test)| match test {
            Test::AnyOf(values) if *name == field => Some(values.as_slice()),
            _ => None,
        })
    }

    /// The range that `field` must lie in, if there is one.
    pub fn span(&self, field: &str) -> Option<Span> {
        self.tests.iter().find_map(|(name, _, test)| match test {
            Test::Within(span) if *name == field => Some(*span),
            _ => None,
        })
    }
}

fn test(criterion: &Criterion, wanted: &Value, problems: &mut Problems) -> Option<Test> {
    let listed = || wanted.as_array().filter(|values| !values.is_empty());
    match criterion.how {
        Match::AnyOf => listed().cloned().map(Test::AnyOf),
        Match::Mailable => listed().cloned().map(Test::Mailable),
        Match::Contains => {
            let part = wanted.as_str().map(folded);
            part.filter(|part| !part.is_empty()).map(Test::Contains)
        }
        Match::Exact if matches!(criterion.field.kind, Kind::Bool) => {
            Some(Test::AnyOf(vec![(wanted == "true").into()]))
        }
        Match::Exact => Some(Test::AnyOf(vec![wanted.clone()])),
        Match::Range => {
            let span = span(criterion, wanted, problems);
            (!span.is_open()).then_some(Test::Within(span))
        }
    }
}

fn span(criterion: &Criterion, pair: &Value, problems: &mut Problems) -> Span {
    let name = criterion.line.name;
    let mut end = |index: usize, end: End| {
        let read = Bound::end(&criterion.field.kind, &pair[index], end);
        read.unwrap_or_else(|rule| {
            problems.add(format!("/{name}/{index}"), rule);
            None
        })
    };
    let (from, to) = (end(0, End::From), end(1, End::To));
    // It could find nothing: a slip is told rather than answered by an empty page.
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        problems.add(format!("/{name}"), "must not begin after it ends");
    }
    Span { from, to }
}

fn holds((field, kind, test): &(&'static str, Kind, Test), record: &Record) -> bool {
    let held = record.raw(field);
    match test {
        // A switch that was never set is off.
        Test::AnyOf(values) if matches!(kind, Kind::Bool) => {
            values.contains(held.unwrap_or(&Value::Bool(false)))
        }
        Test::AnyOf(values) => held.is_some_and(|held| values.contains(held)),
        Test::Mailable(wanted) => {
            let held = held.and_then(Value::as_str);
            wanted.contains(&Value::Bool(held.is_some_and(is_given)))
        }
        Test::Contains(part) => held
            .and_then(Value::as_str)
            .is_some_and(|text| folded(text).contains(part)),
        Test::Within(span) => held
            .and_then(|held| Bound::of(kind, held))
            .is_some_and(|bound| span.holds(&bound)),
    }
}
