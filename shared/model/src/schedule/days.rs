//! On which days of a month.

use super::days_of_month::DaysOfMonth;
use super::field::{Dialect, FieldRange, digits};
use jiff::civil::Date;
use std::collections::BTreeSet;

const WEEKDAY_NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const QUARTZ_WEEKDAYS: FieldRange = FieldRange::new("day of week", 1, 7).named(&WEEKDAY_NAMES, 1);
const UNIX_WEEKDAYS: FieldRange = FieldRange::new("day of week", 0, 7).named(&WEEKDAY_NAMES, 0);

/// Which days: at least one of the two is a wildcard in Quartz's dialect; in the
/// other a day is one of either.
#[derive(Clone, Debug)]
pub(super) struct Days {
    /// `None`: every day of the month.
    pub in_month: Option<DaysOfMonth>,
    /// `None`: every day of the week.
    pub in_week: Option<DaysOfWeek>,
}

/// Days of the week, Sunday as 0.
#[derive(Clone, Debug, Default)]
pub(super) struct DaysOfWeek {
    pub every: BTreeSet<u16>,
    /// The last of the month.
    pub last: BTreeSet<u16>,
    /// The first to fifth of the month, by number.
    pub nth: BTreeSet<(u16, u16)>,
}

impl Days {
    pub fn parse(day: &str, weekday: &str, dialect: Dialect) -> Result<Days, String> {
        let is_open = |field: &str| matches!(field, "*" | "?");
        let named = |field, text| match is_open(text) {
            false if text.contains('?') => Err(format!("{field} `{text}`: ? stands alone")),
            open => Ok(!open),
        };
        let in_month = named("day of month", day)?;
        let in_week = named("day of week", weekday)?;
        if dialect == Dialect::Quartz {
            if day == "?" && weekday == "?" {
                return Err("? stands for day of month or for day of week, not for both".into());
            }
            if in_month && in_week {
                return Err(
                    "day of month and day of week cannot both be named: write ? for one".into(),
                );
            }
        }
        Ok(Days {
            in_month: match in_month {
                true => Some(DaysOfMonth::parse(day, dialect)?),
                false => None,
            },
            in_week: match in_week {
                true => Some(DaysOfWeek::parse(weekday, dialect)?),
                false => None,
            },
        })
    }

    /// The days of the month that begins on `first`, as bits.
    pub fn of_month(&self, first: Date) -> u32 {
        match (&self.in_month, &self.in_week) {
            (None, None) => !0,
            (Some(days), None) => days.of_month(first),
            (None, Some(days)) => days.of_month(first),
            (Some(one), Some(other)) => one.of_month(first) | other.of_month(first),
        }
    }
}

impl DaysOfWeek {
    fn parse(list: &str, dialect: Dialect) -> Result<DaysOfWeek, String> {
        let field = match dialect {
            Dialect::Quartz => &QUARTZ_WEEKDAYS,
            Dialect::Unix => &UNIX_WEEKDAYS,
        };
        let from_sunday = |number: u16| match dialect {
            Dialect::Quartz => number - 1,
            Dialect::Unix => number % 7,
        };
        let mut days = DaysOfWeek::default();
        for item in list.split(',') {
            if item == "L" && dialect == Dialect::Quartz {
                // The last day of the week.
                days.every.insert(6);
            } else if let Some(weekday) = item.strip_suffix('L') {
                days.last.insert(from_sunday(field.value(item, weekday)?));
            } else if let Some((weekday, nth)) = item.split_once('#') {
                let nth = digits(nth).filter(|nth| (1..=5).contains(nth));
                let nth = nth.ok_or_else(|| field.wrong(item, "needs 1 to 5 behind the #"))?;
                days.nth
                    .insert((nth, from_sunday(field.value(item, weekday)?)));
            } else {
                let values = field.item(item, dialect)?;
                days.every.extend(values.into_iter().map(from_sunday));
            }
        }
        Ok(days)
    }

    fn of_month(&self, first: Date) -> u32 {
        let length = first.days_in_month().unsigned_abs();
        let begins = first.weekday().to_sunday_zero_offset().unsigned_abs();
        let mut bits = 0;
        for day in 1..=length {
            let weekday = u16::from((begins + day - 1) % 7);
            let nth = u16::from((day - 1) / 7 + 1);
            let is_last = day + 7 > length && self.last.contains(&weekday);
            if self.every.contains(&weekday) || is_last || self.nth.contains(&(nth, weekday)) {
                bits |= 1 << day;
            }
        }
        bits
    }
}
