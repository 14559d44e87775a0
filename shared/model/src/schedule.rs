//! When something recurs: cron as Quartz writes it, or with five fields
//! (rule REC-2). Which days, is read and decided here; croner only finds the
//! time of day, across changes of the clock (decision 21).

mod days;
mod days_of_month;
mod field;
mod moment;
mod words;

use croner::Cron;
use croner::parser::CronParser;
use days::Days;
use field::{Dialect, FieldRange};
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan, ZonedDateTime};
use moment::Moment;
use std::collections::BTreeSet;

const SECONDS: FieldRange = FieldRange::new("seconds", 0, 59);
const MINUTES: FieldRange = FieldRange::new("minutes", 0, 59);
const HOURS: FieldRange = FieldRange::new("hours", 0, 23);
const MONTHS: FieldRange = FieldRange::new("month", 1, 12).named(
    &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
    1,
);
/// As Quartz documents them.
const YEARS: FieldRange = FieldRange::new("year", 1970, 2099).unwrapped();

/// Years looked through for the next occurrence: a day that comes every 28 years
/// is found, and the 30th of February ends.
const YEARS_AHEAD: i16 = 100;

/// A schedule that recurs at most hourly.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The time of day, on every day.
    clock: Cron,
    days: Days,
    months: BTreeSet<u16>,
    /// `None`: every year.
    years: Option<BTreeSet<u16>>,
}

impl Schedule {
    /// Reads 6 or 7 fields (seconds first, 1 is Sunday) or 5 (minutes first, 0 is
    /// Sunday). A run bills members, so more often than hourly is refused.
    ///
    /// # Errors
    /// What is wrong, for people: the field, what stands there, and the rule.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let text = text.to_ascii_uppercase();
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (dialect, fields) = match *fields {
            [minute, hour, day, month, weekday] => {
                (Dialect::Unix, ["0", minute, hour, day, month, weekday, "*"])
            }
            [second, minute, hour, day, month, weekday] => {
                let fields = [second, minute, hour, day, month, weekday, "*"];
                (Dialect::Quartz, fields)
            }
            [second, minute, hour, day, month, weekday, year] => {
                let fields = [second, minute, hour, day, month, weekday, year];
                (Dialect::Quartz, fields)
            }
            _ => return Err("must be a cron expression of 5, 6 or 7 fields".into()),
        };
        let no_expression = |why| format!("is no cron expression: {why}");
        Schedule::read(dialect, fields)
            .map_err(no_expression)?
            .ok_or_else(|| "must name one second and one minute: at most hourly".into())
    }

    /// `None` for more than one second or minute.
    fn read(dialect: Dialect, fields: [&str; 7]) -> Result<Option<Schedule>, String> {
        let [second, minute, hour, day, month, weekday, year] = fields;
        let seconds = SECONDS.values(second, dialect)?;
        let minutes = MINUTES.values(minute, dialect)?;
        let (Some(second), Some(minute)) = (only(&seconds), only(&minutes)) else {
            return Ok(None);
        };
        let clock = format!("{second} {minute} {} * * *", hours(hour, dialect)?);
        let every_year = year == "*";
        Ok(Some(Schedule {
            clock: CronParser::new()
                .parse(&clock)
                .map_err(|why| why.to_string())?,
            days: Days::parse(day, weekday, dialect)?,
            months: MONTHS.values(month, dialect)?,
            years: match every_year {
                true => None,
                false => Some(YEARS.values(year, dialect)?),
            },
        }))
    }

    /// The first occurrence after a moment, in that moment's time zone. `None`
    /// when there is none: the 30th of February, a year that is over.
    pub fn next_after(&self, moment: &ZonedDateTime) -> Option<ZonedDateTime> {
        let mut after = moment.clone();
        loop {
            let clock = self.clock.find_next_occurrence(&Moment(after), false);
            let found = clock.ok()?.0;
            if self.occurs_on(found.date()) {
                return Some(found);
            }
            let day = self.day_after(found.date())?;
            let begins = day.to_zoned_datetime(found.time_zone().clone()).ok()?;
            after = begins.checked_sub(SignedDuration::from_secs(1)).ok()?;
        }
    }

    fn occurs_on(&self, day: Date) -> bool {
        let bit = 1 << day.day().unsigned_abs();
        self.days_of(day.first_of_month()) & bit != 0
    }

    /// The days of a month, given by its first, as bits.
    fn days_of(&self, first: Date) -> u32 {
        let year = first.year().unsigned_abs();
        let in_year = self
            .years
            .as_ref()
            .is_none_or(|years| years.contains(&year));
        let month = u16::from(first.month().unsigned_abs());
        let there_are = !1 & (!0 >> (31 - first.days_in_month().unsigned_abs()));
        match in_year && self.months.contains(&month) {
            true => self.days.of_month(first) & there_are,
            false => 0,
        }
    }

    fn day_after(&self, day: Date) -> Option<Date> {
        let last_year = day.year().saturating_add(YEARS_AHEAD);
        let mut month = day.first_of_month();
        let mut later = !0_u32 << day.day().unsigned_abs() << 1;
        while month.year() <= last_year {
            let days = self.days_of(month) & later;
            if days != 0 {
                let day = i8::try_from(days.trailing_zeros()).ok()?;
                return month.with().day(day).build().ok();
            }
            later = !0;
            month = month.checked_add(1.month()).ok()?;
        }
        None
    }

    /// The schedule in English words.
    pub fn describe(&self) -> String {
        words::describe(self)
    }

    /// How croner told it in words, which records may still hold. Not what is run
    /// in all cases: it tells `LW` as the last day of the month.
    pub fn described_by_croner(text: &str) -> Option<String> {
        let quartz = text.split_whitespace().count() > 5;
        let parser = CronParser::builder()
            .alternative_weekdays(quartz)
            .sloppy_ranges(quartz)
            .build();
        parser.parse(text).ok().map(|cron| cron.describe())
    }
}

fn only(values: &BTreeSet<u16>) -> Option<u16> {
    values.first().copied().filter(|_| values.len() == 1)
}

/// The hours as croner reads them: it goes through a doubled hour twice where
/// they are a step of all, once where they are named.
fn hours(text: &str, dialect: Dialect) -> Result<String, String> {
    let values = HOURS.values(text, dialect)?;
    let steps = text.strip_prefix("*/").or(text.strip_prefix("0/"));
    Ok(match steps.or(text.strip_prefix('/')) {
        _ if text == "*" => text.into(),
        Some(step) if !step.contains(',') => format!("*/{step}"),
        _ => {
            let values: Vec<String> = values.iter().map(u16::to_string).collect();
            values.join(",")
        }
    })
}

#[cfg(test)]
mod tests;
