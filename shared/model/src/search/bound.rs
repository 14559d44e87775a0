//! The ends of ranges.

use crate::field::{Kind, date, decimal};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value;

/// A value that ranges can be made of. Only bounds of one kind are compared.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Bound {
    Day(Date),
    Moment(Timestamp),
    Number(Decimal),
}

/// A range, inclusive; an end that is `None` is open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Span {
    pub from: Option<Bound>,
    pub to: Option<Bound>,
}

/// Which end of a range a text stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    From,
    To,
}

impl Span {
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    pub fn is_closed(&self) -> bool {
        self.from.is_some() && self.to.is_some()
    }

    pub fn holds(&self, value: &Bound) -> bool {
        self.from.is_none_or(|from| from <= *value) && self.to.is_none_or(|to| *value <= to)
    }
}

impl Bound {
    /// A record's value in a field of `kind`.
    pub fn of(kind: &Kind, value: &Value) -> Option<Bound> {
        match kind {
            Kind::Date => value.as_str().and_then(date).map(Bound::Day),
            Kind::Timestamp => value.as_str()?.parse().ok().map(Bound::Moment),
            Kind::Number { .. } | Kind::Money => decimal(value).map(Bound::Number),
            _ => None,
        }
    }

    /// An end of a range over a field of `kind`.
    ///
    /// # Errors
    /// The rule that `value` breaks.
    pub(super) fn end(kind: &Kind, value: &Value, end: End) -> Result<Option<Bound>, &'static str> {
        if value.is_null() || value.as_str() == Some("") {
            return Ok(None);
        }
        let text = value.as_str().unwrap_or("");
        let (bound, rule) = match kind {
            Kind::Date => (day(text).map(Bound::Day), WHEN),
            Kind::Timestamp => (moment(text, end).map(Bound::Moment), WHEN),
            _ => (Bound::of(kind, value), "must be a number, null or empty"),
        };
        bound.map(Some).ok_or(rule)
    }
}

const WHEN: &str = "must be a date, a date and time with an offset, null or empty";

/// A date, or the one that a moment is written with.
fn day(text: &str) -> Option<Date> {
    let written = || text.parse::<Timestamp>().ok().and_then(|_| text.get(..10));
    date(text).or_else(|| written().and_then(date))
}

/// A moment, or the first or last of a day in UTC.
fn moment(text: &str, end: End) -> Option<Timestamp> {
    let Some(day) = date(text) else {
        return text.parse().ok();
    };
    let time = match end {
        End::From => "00:00:00Z",
        End::To => "23:59:59.999999999Z",
    };
    // The last days that a date can name lie beyond every moment.
    Some(format!("{day}T{time}").parse().unwrap_or(Timestamp::MAX))
}
