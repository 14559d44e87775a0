//! Reads a JSON object field by field and notes every violation on the way, so
//! that one answer tells all that is wrong with a body.

use std::ops::RangeInclusive;

use crate::Problem;
use crate::money::exact_decimal;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};

use crate::package::MonthDay;
use crate::schema::escape;

/// Runs a reader and gives its result only when it noted no problem.
pub fn read<T>(reader: impl FnOnce(&mut Vec<Problem>) -> Option<T>) -> Result<T, Vec<Problem>> {
    let mut problems = Vec::new();
    match reader(&mut problems) {
        Some(value) if problems.is_empty() => Ok(value),
        _ => Err(problems),
    }
}

/// The fields of one object. A method that gives `None` for a field that is there
/// has noted why. `null` is the same as absent.
pub struct Fields<'a, 'p> {
    object: &'a Map<String, Value>,
    path: String,
    problems: &'p mut Vec<Problem>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// Any object; names it does not ask for are left alone.
    pub fn open(value: &'a Value, path: &str, problems: &'p mut Vec<Problem>) -> Option<Self> {
        let Some(object) = value.as_object() else {
            problems.push(Problem::new(path, "must be an object"));
            return None;
        };
        Some(Fields {
            object,
            path: path.to_owned(),
            problems,
        })
    }

    /// An object that may hold these names only.
    pub fn only(
        names: &[&str],
        value: &'a Value,
        path: &str,
        problems: &'p mut Vec<Problem>,
    ) -> Option<Self> {
        let mut fields = Self::open(value, path, problems)?;
        let unknown = fields
            .object
            .keys()
            .filter(|k| !names.contains(&k.as_str()));
        for name in unknown.collect::<Vec<_>>() {
            let message = format!("is not a known field; known are {}", names.join(", "));
            fields.note(&escape(name), message);
        }
        Some(fields)
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub fn note(&mut self, name: &str, message: impl Into<String>) {
        let path = format!("{}/{name}", self.path);
        self.problems.push(Problem::new(path, message));
    }

    /// Demands a field; `when` completes "is required …" (empty: always).
    pub fn required(&mut self, name: &str, when: &str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() {
            self.note(name, format!("is required {when}").trim_end());
        }
        value
    }

    /// `false` when absent.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.note(name, "must be true or false");
                false
            }
        }
    }

    /// One of the listed words.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.get(name)?;
        let chosen = choices
            .iter()
            .find(|(word, _)| value.as_str() == Some(*word));
        if chosen.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            self.note(name, format!("must be one of {}", words.join(", ")));
        }
        chosen.map(|(_, choice)| *choice)
    }

    /// A whole number, written `1` or `1.0`, in the range.
    pub fn whole(&mut self, name: &str, range: RangeInclusive<u16>) -> Option<u16> {
        let value = self.get(name)?;
        let whole = number(value)
            .filter(Decimal::is_integer)
            .and_then(|whole| whole.to_u16())
            .filter(|whole| range.contains(whole));
        if whole.is_none() {
            let (least, most) = (range.start(), range.end());
            let message = format!("must be a whole number from {least} to {most}");
            self.note(name, message);
        }
        whole
    }

    /// A decimal in the range, with its digits as written.
    pub fn decimal(&mut self, name: &str, range: RangeInclusive<Decimal>) -> Option<Decimal> {
        let value = self.get(name)?;
        let decimal = number(value).filter(|decimal| range.contains(decimal));
        if decimal.is_none() {
            let (least, most) = (range.start(), range.end());
            self.note(name, format!("must be a number from {least} to {most}"));
        }
        decimal
    }

    pub fn month_day(&mut self, name: &str) -> Option<MonthDay> {
        let value = self.get(name)?;
        let read = value.as_str().and_then(MonthDay::parse);
        if read.is_none() {
            self.note(name, "must be a day of the year as MM-DD, such as 10-01");
        }
        read
    }

    /// Reads a nested value with its own reader.
    pub fn nested<T>(
        &mut self,
        name: &str,
        value: &'a Value,
        reader: impl FnOnce(&'a Value, &str, &mut Vec<Problem>) -> Option<T>,
    ) -> Option<T> {
        let path = format!("{}/{name}", self.path);
        reader(value, &path, self.problems)
    }
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => exact_decimal(number.as_str()),
        _ => None,
    }
}
