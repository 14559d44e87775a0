//! One membership, month by month. Pure.

use super::months::{MONTHS, Months};
use super::series::{Series, one_more};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::Record;
use model::choice::Choice;
use model::resources::membership::history::{Event, Replay, day_of};
use model::resources::membership::{CHAPTERS, JOIN_DATE, STATUS, Status, TYPE_ID};
use serde_json::Value;
use std::collections::BTreeSet;

/// Months in which a retention is measured.
pub const YEAR: usize = 12;

/// Adds a membership to the counts. `rows` are of its history, the newest first, at
/// least back to the eve of the first month.
pub fn count(record: &Record, rows: &[Value], months: Months, zone: &TimeZone, to: &mut Series) {
    let mut replay = Replay::new(record, rows, zone.clone());
    let mut states: Vec<Record> = (0..MONTHS)
        .rev()
        .map(|at| replay.back_to(months.end(at)).0)
        .collect();
    states.reverse();
    let mut was = is_member(&replay.back_to(months.eve()).0, months.eve());
    let mut members = Vec::new();
    for (at, state) in states.iter().enumerate() {
        let end = months.end(at);
        let is = is_member(state, end);
        count_state(state, at, end, is, to);
        match (was, is) {
            (false, true) if joined_in(state, at, months) => one_more(&mut to.joins, at),
            (false, true) => one_more(&mut to.reinstatements, at),
            (true, false) => one_more(&mut to.lapses, at),
            _ => {}
        }
        members.push(is);
        if is && at.checked_sub(YEAR).is_some_and(|before| members[before]) {
            one_more(&mut to.retained, at);
        }
        was = is;
    }
    for row in rows
        .iter()
        .filter(|row| row["event"] == Event::Renewal.as_str())
    {
        if let Some(at) = day_of(row, zone).and_then(|day| months.place(day)) {
            one_more(&mut to.renewals, at);
        }
    }
}

/// Whether the membership makes its owner a member: it has begun, and is not
/// inactive.
fn is_member(state: &Record, day: Date) -> bool {
    has_begun(state, day) && state.get(STATUS) != Some(Status::Inactive)
}

fn has_begun(state: &Record, day: Date) -> bool {
    state.get(JOIN_DATE).is_none_or(|join| join <= day)
}

fn joined_in(state: &Record, at: usize, months: Months) -> bool {
    let joined = state.get(JOIN_DATE).and_then(|join| months.place(join));
    joined == Some(at)
}

fn count_state(state: &Record, at: usize, end: Date, is: bool, to: &mut Series) {
    if has_begun(state, end)
        && let Some(status) = state.get(STATUS)
    {
        one_more(to.statuses.entry(status.to_string()).or_default(), at);
    }
    if !is {
        return;
    }
    one_more(&mut to.members, at);
    let type_id = state.text(TYPE_ID);
    if !type_id.is_empty() {
        one_more(to.types.entry(type_id.to_owned()).or_default(), at);
    }
    for chapter in chapters(state) {
        one_more(to.chapters.entry(chapter).or_default(), at);
    }
}

/// The ids of the chapters that it is in.
fn chapters(state: &Record) -> BTreeSet<String> {
    let entries = state.get(CHAPTERS).unwrap_or_default();
    let ids = entries
        .iter()
        .filter_map(|entry| entry["chapter_id"].as_str());
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
