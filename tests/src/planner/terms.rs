//! When terms begin and end, by the published rules and on civil dates.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::Value;

/// Both days included; no end is for life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    pub start: Date,
    pub end: Option<Date>,
}

impl Term {
    /// A term counts as billed through a day when its middle does.
    pub fn is_billed_through(&self, day: Date) -> bool {
        let Some(end) = self.end else {
            return day == Date::MAX;
        };
        let days = (end - self.start).get_days();
        self.start + (days / 2).days() <= day
    }
}

/// The term after `expiration`, by a package's expiration options.
pub fn coming_term(options: &Value, expiration: Date) -> Term {
    let start = expiration + 1.day();
    let end = match options["expiration_type"].as_str() {
        Some("calendar") => Some(calendar(&options["calendar_expiration_options"], start)),
        Some("anniversary") => Some(anniversary(
            &options["anniversary_expiration_options"],
            start,
        )),
        _ => None,
    };
    Term { start, end }
}

fn number(options: &Value, name: &str) -> i16 {
    i16::try_from(options[name].as_i64().expect("a number")).expect("a small number")
}

/// `MM-DD` in a year; the last of February where there is no 29th.
fn month_day(text: &str, year: i16) -> Date {
    let (month, day) = text.split_once('-').expect("MM-DD");
    let first = date(year, month.parse().expect("a month"), 1);
    let day: i8 = day.parse().expect("a day");
    first + (day.min(first.days_in_month()) - 1).days()
}

/// The last day of the association year that holds the basis, of a later one
/// for several years or after the cut-off.
fn calendar(options: &Value, basis: Date) -> Date {
    let month = number(options, "start_of_calendar_year") as i8;
    let year = basis.year() - i16::from(basis.month() < month);
    let begins = date(year, month, 1);
    let cut_off = options["sell_for_next_year_after"].as_str().map(|text| {
        let day = month_day(text, year);
        match day < begins {
            true => month_day(text, year + 1),
            false => day,
        }
    });
    let late = cut_off.is_some_and(|cut_off| basis > cut_off);
    let years = number(options, "number_of_years") + i16::from(late);
    date(year + years, month, 1) - 1.day()
}

fn anniversary(options: &Value, basis: Date) -> Date {
    if options["enable_fixed_expiration_dates"] == true {
        let list = options["fixed_expiration_dates"].as_array();
        let holds = list.into_iter().flatten().find(|range| holds(range, basis));
        if let Some(range) = holds {
            return next_occurrence(text(range, "expiration_date"), basis);
        }
    }
    let length = i32::from(number(options, "term_length"));
    let months = match options["term_type"].as_str() {
        Some("years") => length * 12,
        Some("months") => length,
        _ => return basis + length.days() - 1.day(),
    };
    if options["allow_mid_month_expirations"] == true {
        let target = basis + months.months();
        // A day that the target month lacks: its last one, and not a day less.
        return match target.day() == basis.day() {
            true => target - 1.day(),
            false => target,
        };
    }
    let late = i64::from(basis.day()) > options["sell_for_next_month_after"].as_i64().unwrap_or(31);
    let last_month = basis.first_of_month() + (months - 1 + i32::from(late)).months();
    last_month.last_of_month()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

/// Whether a range of month-days, which may cross the year's end, holds a day.
fn holds(range: &Value, day: Date) -> bool {
    let own = format!("{:02}-{:02}", day.month(), day.day());
    let (start, end) = (text(range, "range_start"), text(range, "range_end"));
    match start <= end {
        true => (start..=end).contains(&own.as_str()),
        false => own.as_str() >= start || own.as_str() <= end,
    }
}

fn next_occurrence(month_day_text: &str, day: Date) -> Date {
    let this_year = month_day(month_day_text, day.year());
    match this_year < day {
        true => month_day(month_day_text, day.year() + 1),
        false => this_year,
    }
}
