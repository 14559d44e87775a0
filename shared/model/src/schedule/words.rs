//! A schedule in English words: what runs, in croner's manner of speaking.

use super::Schedule;
use super::days::{Days, DaysOfWeek};
use super::days_of_month::{DaysOfMonth, Place};
use std::collections::BTreeSet;

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn describe(schedule: &Schedule) -> String {
    let mut parts = vec![schedule.clock.describe().trim_end_matches('.').to_owned()];
    parts.extend(days(&schedule.days).map(|days| format!("on {days}")));
    if schedule.months.len() < MONTHS.len() {
        let names = schedule.months.iter().map(|month| name(&MONTHS, month - 1));
        parts.push(format!("in {}", list(names.collect())));
    }
    if let Some(years) = &schedule.years {
        parts.push(format!("in year {}", list(numbers(years))));
    }
    parts.join(", ") + "."
}

fn days(days: &Days) -> Option<String> {
    let in_month = days.in_month.as_ref().map(|days| list(in_month(days)));
    let in_week = days.in_week.as_ref().map(|days| list(in_week(days)));
    match (in_month, in_week) {
        (Some(one), Some(other)) => Some(format!("{one} or {other}")),
        (one, other) => one.or(other),
    }
}

fn in_month(days: &DaysOfMonth) -> Vec<String> {
    let plain = phrases(&days.places, "the last day of the month", |place| place);
    let nearest = phrases(
        &days.nearest_weekdays,
        "the last weekday of the month",
        |place| format!("the weekday nearest {place}"),
    );
    [plain, nearest].concat()
}

/// The numbered days together, then those counted from the last.
fn phrases(places: &BTreeSet<Place>, last: &str, tell: impl Fn(String) -> String) -> Vec<String> {
    let mut numbered = BTreeSet::new();
    let mut parts = Vec::new();
    for place in places {
        match place {
            Place::Day(day) => {
                numbered.insert(*day);
            }
            Place::BeforeLast(0) => parts.push(last.to_owned()),
            Place::BeforeLast(1) => parts.push(tell("the day before the last of the month".into())),
            Place::BeforeLast(days) => {
                parts.push(tell(format!("{days} days before the last of the month")));
            }
        }
    }
    if !numbered.is_empty() {
        parts.insert(0, tell(format!("day {}", list(numbers(&numbered)))));
    }
    parts
}

fn in_week(days: &DaysOfWeek) -> Vec<String> {
    let names =
        |days: &mut dyn Iterator<Item = u16>| list(days.map(|day| name(&WEEKDAYS, day)).collect());
    let mut parts = Vec::new();
    if !days.last.is_empty() {
        let last = names(&mut days.last.iter().copied());
        parts.push(format!("the last {last} of the month"));
    }
    for (nth, word) in (1..).zip(["1st", "2nd", "3rd", "4th", "5th"]) {
        let mut of_nth = days.nth.iter().filter(|(n, _)| *n == nth).peekable();
        if of_nth.peek().is_some() {
            let named = names(&mut of_nth.map(|(_, day)| *day));
            parts.push(format!("the {word} {named} of the month"));
        }
    }
    if !days.every.is_empty() {
        parts.push(names(&mut days.every.iter().copied()));
    }
    parts
}

fn name(names: &[&str], at: u16) -> String {
    names
        .get(usize::from(at))
        .map_or_else(String::new, |name| (*name).to_owned())
}

/// Numbers, three and more in a row as `5-9`.
fn numbers(values: &BTreeSet<u16>) -> Vec<String> {
    let mut rows: Vec<(u16, u16)> = Vec::new();
    for value in values {
        match rows.last_mut() {
            Some((_, end)) if *end + 1 == *value => *end = *value,
            _ => rows.push((*value, *value)),
        }
    }
    let phrases = rows.into_iter().flat_map(|(from, to)| match to - from {
        0 => vec![from.to_string()],
        1 => vec![from.to_string(), to.to_string()],
        _ => vec![format!("{from}-{to}")],
    });
    phrases.collect()
}

fn list(items: Vec<String>) -> String {
    match items.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [front @ .., last] => format!("{}, and {last}", front.join(", ")),
    }
}
