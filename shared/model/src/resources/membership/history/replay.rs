//! What a membership was on a past day: its record, with what its history tells
//! of since taken back (rule MEM-20).

use super::super::fields::{
    EXPIRATION_DATE, JOIN_DATE, LAPSE_DATE, PACKAGE_ID, STATUS, STATUS_REASON_ID, Status,
    TERMINATION_DATE, TYPE_ID,
};
use super::{AFFILIATIONS, Event, SHOWN, SHOWN_CHANGED};
use crate::choice::Choice;
use crate::field::date;
use crate::record::Record;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

crate::choice! {
    /// What tells of a day.
    pub enum Source {
        Record = "record",
        History = "history",
        /// The day lies before the first entry: dates of the record and what the
        /// first entry shows.
        Dates = "dates",
    }
}

/// Fields that a history takes back, and those that days are judged by beside.
const KEPT: [&str; 9] = [
    STATUS.name(),
    STATUS_REASON_ID.name(),
    TYPE_ID.name(),
    PACKAGE_ID.name(),
    EXPIRATION_DATE.name(),
    JOIN_DATE.name(),
    LAPSE_DATE.name(),
    TERMINATION_DATE.name(),
    "chapters",
];

/// A membership on the way back through its history.
pub struct Replay<'a> {
    member: Record,
    /// The newest first.
    rows: &'a [Value],
    zone: TimeZone,
    taken_back: bool,
}

impl<'a> Replay<'a> {
    /// Rows are the newest of the membership's, the newest first, in the zone of its
    /// tenant.
    pub fn new(record: &Record, rows: &'a [Value], zone: TimeZone) -> Replay<'a> {
        Replay {
            member: Record::new(record.pick(&KEPT)),
            rows,
            zone,
            taken_back: false,
        }
    }

    /// The membership as a day left it, and what tells so. Days are asked for from
    /// the latest to the earliest.
    pub fn back_to(&mut self, day: Date) -> (Record, Source) {
        while let Some((row, older)) = self.rows.split_first() {
            match day_of(row, &self.zone) {
                Some(of_row) if of_row <= day => break,
                Some(_) => {
                    take_back(row, &mut self.member);
                    self.taken_back = true;
                }
                // An import may bring what nobody can place.
                None => {}
            }
            self.rows = older;
        }
        match (self.rows.is_empty(), self.taken_back) {
            (true, _) => (by_dates(&self.member, day), Source::Dates),
            (false, true) => (self.member.clone(), Source::History),
            (false, false) => (self.member.clone(), Source::Record),
        }
    }
}

/// The calendar day of a row, by its moment or, from an import, its date.
pub fn day_of(row: &Value, zone: &TimeZone) -> Option<Date> {
    let text = row["date"].as_str()?;
    let moment = text.parse::<Timestamp>();
    match moment {
        Ok(moment) => Some(moment.to_zoned_datetime(zone.clone()).date()),
        Err(_) => date(text),
    }
}

/// The state before a row. One of an earlier version tells nothing of what is shown
/// only where it has changed, and one without a state before, of nothing.
fn take_back(row: &Value, member: &mut Record) {
    let Some(old) = row["old"].as_object() else {
        return;
    };
    let changed = row["changed"].as_array();
    let has_changed = |name: &&&str| {
        let names = changed.into_iter().flatten();
        names.filter_map(Value::as_str).any(|one| one == **name)
    };
    let beside = AFFILIATIONS
        .iter()
        .chain(&SHOWN_CHANGED)
        .filter(has_changed);
    for name in SHOWN
        .iter()
        .chain(beside)
        .filter(|name| KEPT.contains(name))
    {
        match old.get(*name).filter(|value| !value.is_null()) {
            Some(value) => member.set_raw(name, value.clone()),
            // Before the day on which a member has joined, they had not.
            None if *name == JOIN_DATE.name() && row["event"] == Event::Join.as_str() => {}
            None => {
                member.remove_raw(name);
            }
        }
    }
}

/// Before the first row: who has left since was there until then.
fn by_dates(member: &Record, day: Date) -> Record {
    let mut member = member.clone();
    let left = member.get(LAPSE_DATE).or(member.get(TERMINATION_DATE));
    let inactive = member.get(STATUS) == Some(Status::Inactive);
    if inactive && left.is_some_and(|left| left > day) {
        member.set(STATUS, Status::Active);
        member.clear(STATUS_REASON_ID);
    }
    member
}

#[cfg(test)]
mod tests;
