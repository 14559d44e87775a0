//! What follows from writing a membership: its id, copies, dates, reason and
//! history (rules MEM-5 to MEM-14). Pure, so that every writer settles alike:
//! each brings the facts as it can look them up.

use super::affiliations;
use super::catalogue::{APPLIES_TO, PACKAGE_TYPE_ID};
use super::membership::{
    DATE_STATUS, DateStatus, HISTORY, ID, IS_NEW, JOIN_DATE, JOIN_OR_RENEWAL_DATE, LAPSE_DATE,
    NAME, ORIGIN, Origin, PACKAGE_ID, STATUS, STATUS_REASON_ID, Status, TERMINATION_DATE, TYPE_ID,
};
use super::membership_history::{Event, differs, record_event};
use super::membership_rules::{copy_owner, derive, id_of};
use super::reasons;
use crate::context::WriteContext;
use crate::error::Problems;
use crate::record::Record;
use jiff::civil::Date;

/// The fields that are filled where a new membership leaves them out.
pub const FILLED: &[&str] = &[
    STATUS.name(),
    ORIGIN.name(),
    STATUS_REASON_ID.name(),
    JOIN_DATE.name(),
    JOIN_OR_RENEWAL_DATE.name(),
    IS_NEW.name(),
];

/// What is known of the records around a membership.
#[derive(Default)]
pub struct Facts<'a> {
    /// The contact or organization, if it is there.
    pub owner: Option<&'a Record>,
    /// The package it names, if it is there.
    pub package: Option<&'a Record>,
    /// Every status reason.
    pub reasons: &'a [Record],
    /// The tenant's day.
    pub today: Option<Date>,
}

/// Which facts a write turns on beside the owner: no others need looking up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    pub package: bool,
    pub reasons: bool,
    pub today: bool,
}

/// Fills status and origin, and says what [`settle`] has to know.
pub fn begin(before: Option<&Record>, after: &mut Record) -> Wants {
    if !after.has(STATUS) {
        after.set(STATUS, Status::Active);
    }
    if !after.has(ORIGIN) {
        let kept = before.and_then(|before| before.get(ORIGIN));
        after.set(ORIGIN, kept.unwrap_or(Origin::Principal));
    }
    let offer = |record: &Record| (record.get(TYPE_ID), record.get(PACKAGE_ID));
    Wants {
        package: before.map(offer) != Some(offer(after)),
        reasons: reasons::wanted(before, after, STATUS),
        today: match before {
            None => !after.has(JOIN_DATE),
            Some(before) => leaves(before, after),
        },
    }
}

/// Fills everything that follows, and adds what contradicts the facts. An owner
/// that is not there is the references' business, not said here.
pub fn settle(
    context: &WriteContext,
    before: Option<&Record>,
    after: &mut Record,
    facts: &Facts<'_>,
    problems: &mut Problems,
) {
    if before.is_none()
        && let Some(id) = id_of(after)
    {
        after.set(ID, id);
    }
    match facts.owner {
        Some(owner) => copy_owner(owner, after),
        // Refused for the missing owner, not for the missing copy.
        None if !after.has(NAME) => after.set(NAME, String::new()),
        None => {}
    }
    match before {
        None => join(after, facts),
        Some(before) => change(before, after, facts),
    }
    let statuses = (STATUS, APPLIES_TO);
    reasons::settle(before, after, facts.reasons, statuses, problems);
    check_package(before, after, facts, problems);
    if let Some(before) = before {
        affiliations::leave_missing(before, after, context.now);
    }
    derive(after);
    remember(context, before, after);
}

fn join(after: &mut Record, facts: &Facts<'_>) {
    if !after.has(JOIN_DATE) {
        after.put(JOIN_DATE, facts.today);
    }
    if !after.has(JOIN_OR_RENEWAL_DATE) {
        after.put(JOIN_OR_RENEWAL_DATE, after.get(JOIN_DATE));
    }
    if !after.has(IS_NEW) {
        after.set(IS_NEW, true);
    }
    if !after.has(DATE_STATUS) {
        after.set(DATE_STATUS, DateStatus::Updated);
    }
}

fn is_inactive(record: &Record) -> bool {
    record.get(STATUS) == Some(Status::Inactive)
}

fn leaves(before: &Record, after: &Record) -> bool {
    !is_inactive(before) && is_inactive(after)
}

/// Dates that come with a change of status stand; a member who leaves has
/// lapsed on the day of the termination.
fn change(before: &Record, after: &mut Record, facts: &Facts<'_>) {
    if is_inactive(before) && !is_inactive(after) {
        after.clear(TERMINATION_DATE);
    }
    if !leaves(before, after) {
        return;
    }
    let given = |field| {
        after
            .get(field)
            .filter(|date| before.get(field) != Some(*date))
    };
    let (left, lapsed) = (given(TERMINATION_DATE).or(facts.today), given(LAPSE_DATE));
    after.put(TERMINATION_DATE, left);
    after.put(LAPSE_DATE, lapsed.or(left));
}

fn check_package(
    before: Option<&Record>,
    after: &Record,
    facts: &Facts<'_>,
    problems: &mut Problems,
) {
    let offer = |record: &Record| (record.get(TYPE_ID), record.get(PACKAGE_ID));
    if before.map(offer) == Some(offer(after)) {
        return;
    }
    let grants = facts
        .package
        .and_then(|package| package.get(PACKAGE_TYPE_ID));
    if let Some(grants) = grants.filter(|grants| grants != after.text(TYPE_ID)) {
        problems.add(
            "/package_id",
            format!("grants the type {grants}, which type_id is not"),
        );
    }
}

/// A history that comes with the write stands as it is.
fn remember(context: &WriteContext, before: Option<&Record>, after: &mut Record) {
    if before.and_then(|before| before.get(HISTORY)) != after.get(HISTORY) {
        return;
    }
    let suspended = |record: &Record| record.get(STATUS) == Some(Status::Suspended);
    match before {
        None => record_event(context, Event::Join, None, after),
        Some(before) if suspended(after) && !suspended(before) => {
            record_event(context, Event::Suspension, Some(before), after);
        }
        Some(before) if differs(before, after) => {
            record_event(context, Event::ManualChange, Some(before), after);
        }
        Some(_) => {}
    }
}
