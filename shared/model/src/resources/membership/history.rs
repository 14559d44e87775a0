//! A membership's history: what happened, when, by whom, with the state before
//! and after (rule MEM-12).

mod beside;
mod replay;

pub use beside::{ROWS, first_of, overflow, partition, sort_key};
pub use replay::{Replay, Source, day_of};

use super::fields::{
    ADD_ONS, CHAPTERS, DO_NOT_DROP, DO_NOT_RENEW, EXPIRATION_DATE, HISTORY, JOIN_DATE, LAPSE_DATE,
    ORDER_ID, PACKAGE_ID, RENEW_AUTOMATICALLY, SECTIONS, STATUS, STATUS_REASON_ID, TERM_START_DATE,
    TERMINATION_DATE, TYPE_ID,
};
use crate::context::WriteContext;
use crate::record::Record;
use serde_json::{Value, json};
use std::collections::BTreeSet;

crate::choice! {
    /// What can happen to a membership.
    pub enum Event {
        Join = "join",
        Renewal = "renewal",
        Reinstatement = "reinstatement",
        ChangeAffiliations = "change affiliations",
        Assignment = "assignment",
        Drop = "drop",
        Suspension = "suspension",
        ManualChange = "manual change",
        RenewalNotice = "renewal notice",
        RenewalReminder = "renewal reminder",
        AutoRenewalReminder = "auto renewal reminder",
        ExpiringCardReminder = "expiring card reminder",
    }
}

/// What a row shows in both states.
const SHOWN: [&str; 6] = [
    STATUS.name(),
    STATUS_REASON_ID.name(),
    TYPE_ID.name(),
    PACKAGE_ID.name(),
    EXPIRATION_DATE.name(),
    ORDER_ID.name(),
];

/// What is held beside a type.
const AFFILIATIONS: [&str; 3] = [CHAPTERS.name(), SECTIONS.name(), ADD_ONS.name()];

/// What a row shows beside, where it has changed.
const SHOWN_CHANGED: [&str; 7] = [
    JOIN_DATE.name(),
    TERM_START_DATE.name(),
    TERMINATION_DATE.name(),
    LAPSE_DATE.name(),
    DO_NOT_RENEW.name(),
    DO_NOT_DROP.name(),
    RENEW_AUTOMATICALLY.name(),
];

/// Copies of other fields, which say nothing more of what has changed.
const COPIES: [&str; 9] = [
    "chapter_ids",
    "chapter_names",
    "section_ids",
    "section_names",
    "add_on_ids",
    "add_on_names",
    "primary_chapter_id",
    "membership_join_date",
    "customer_id",
];

/// Adds the row that says what has made `after` of `before`.
pub fn record_event(
    context: &WriteContext,
    event: Event,
    before: Option<&Record>,
    after: &mut Record,
) {
    let mut row = json!({
        "event": crate::choice::Choice::as_str(event),
        "date": crate::field::moment(context.now),
        "user_id": context.user,
    });
    if let Some(run) = context.billing_run() {
        row["billing_run_id"] = run.into();
    }
    let nothing = Record::default();
    let earlier = before.unwrap_or(&nothing);
    row["new"] = state(after, earlier);
    if let Some(before) = before {
        row["old"] = state(before, after);
        row["changed"] = changed(before, after).into_iter().collect();
    }
    let mut rows = after.get(HISTORY).unwrap_or_default();
    rows.push(row);
    after.set(HISTORY, rows);
}

/// What a change that nothing else explains is recorded as; `None` where nothing
/// differs that a row shows.
pub fn event_of(before: &Record, after: &Record) -> Option<Event> {
    let differs = |names: &[&str]| names.iter().any(|name| before.raw(name) != after.raw(name));
    if differs(&SHOWN) || differs(&SHOWN_CHANGED) {
        return Some(Event::ManualChange);
    }
    differs(&AFFILIATIONS).then_some(Event::ChangeAffiliations)
}

/// What a row shows of a state, beside the `other` one.
fn state(record: &Record, other: &Record) -> Value {
    let changes = |name: &&&str| record.raw(name) != other.raw(name);
    let beside = AFFILIATIONS.iter().chain(&SHOWN_CHANGED).filter(changes);
    let names: Vec<&str> = SHOWN.iter().chain(beside).copied().collect();
    Value::Object(record.pick(&names))
}

/// The names of the fields that differ.
fn changed(before: &Record, after: &Record) -> BTreeSet<String> {
    let names = before.fields().keys().chain(after.fields().keys());
    names
        .filter(|name| !Record::is_internal(name) && !name.starts_with("sys_"))
        .filter(|name| *name != HISTORY.name() && !COPIES.contains(&name.as_str()))
        .filter(|name| before.raw(name) != after.raw(name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests;
