//! One field of a cron expression: lists, ranges and steps of numbers or names.

use std::collections::BTreeSet;

/// Whose expression it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Ranges may wrap (`22-2`), a step may begin at a value (`1/3`).
    Quartz,
    Unix,
}

/// What a field may hold.
pub(super) struct FieldRange {
    pub name: &'static str,
    least: u16,
    most: u16,
    names: &'static [&'static str],
    /// The number of the first name.
    first: u16,
    wraps: bool,
}

impl FieldRange {
    pub const fn new(name: &'static str, least: u16, most: u16) -> FieldRange {
        FieldRange {
            name,
            least,
            most,
            names: &[],
            first: 0,
            wraps: true,
        }
    }

    pub const fn named(mut self, names: &'static [&'static str], first: u16) -> FieldRange {
        self.names = names;
        self.first = first;
        self
    }

    /// Without ranges that begin again.
    pub const fn unwrapped(mut self) -> FieldRange {
        self.wraps = false;
        self
    }

    /// The values of a list such as `1,5-9,MON,*/2`.
    pub fn values(&self, list: &str, dialect: Dialect) -> Result<BTreeSet<u16>, String> {
        let mut values = BTreeSet::new();
        for item in list.split(',') {
            values.extend(self.item(item, dialect)?);
        }
        Ok(values)
    }

    /// The values of one item of a list.
    pub fn item(&self, item: &str, dialect: Dialect) -> Result<Vec<u16>, String> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(item, step)?)),
            None => (item, None),
        };
        let quartz = dialect == Dialect::Quartz;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || (range.is_empty() && step.is_some() && quartz) => {
                (self.least, self.most)
            }
            Some((from, to)) => (self.value(item, from)?, self.value(item, to)?),
            None => {
                let from = self.value(item, range)?;
                match step {
                    Some(_) if quartz => (from, self.most),
                    Some(_) => return Err(self.wrong(item, "needs a range or * before the /")),
                    None => (from, from),
                }
            }
        };
        let span = self.most - self.least + 1;
        let to = match to < from {
            true if quartz && self.wraps => to + span,
            true => return Err(self.wrong(item, "ends before it begins")),
            false => to,
        };
        let steps = (from..=to).step_by(step.unwrap_or(1));
        Ok(steps
            .map(|value| (value - self.least) % span + self.least)
            .collect())
    }

    fn step(&self, item: &str, text: &str) -> Result<usize, String> {
        let step = digits(text).filter(|step| (1..=self.most).contains(step));
        let rule = || self.wrong(item, &format!("needs a step of 1 to {}", self.most));
        step.map(usize::from).ok_or_else(rule)
    }

    /// One number or name.
    pub fn value(&self, item: &str, text: &str) -> Result<u16, String> {
        let named = self.names.iter().zip(self.first..);
        let named = named.into_iter().find(|(name, _)| **name == text);
        let value = named.map(|(_, value)| value).or_else(|| digits(text));
        let value = value.filter(|value| (self.least..=self.most).contains(value));
        let names = match self.names {
            [first, .., last] => format!(" or {first} to {last}"),
            _ => String::new(),
        };
        let rule = format!("must be {} to {}{names}", self.least, self.most);
        value.ok_or_else(|| self.wrong(item, &rule))
    }

    /// The error of an item: `day of month `L-31` must …`.
    pub fn wrong(&self, item: &str, rule: &str) -> String {
        format!("{} `{item}` {rule}", self.name)
    }
}

/// A number of digits alone: no sign, no blank.
pub(super) fn digits(text: &str) -> Option<u16> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}
