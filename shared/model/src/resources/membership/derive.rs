//! What follows from writing a membership: its id, copies, dates, reason and
//! history (rules MEM-5 to MEM-14). Pure, so that the API and an import derive
//! the same; each looks up what is needed in its own way.

use super::computed::{copy_owner, fill_computed, id_of};
use super::fields::{
    DATE_STATUS, DateStatus, FLOWDOWN_DUE, HISTORY, ID, IS_NEW, JOIN_DATE, JOIN_OR_RENEWAL_DATE,
    LAPSE_DATE, NAME, ORIGIN, Origin, PACKAGE_ID, STATUS, STATUS_REASON_ID, Status,
    TERMINATION_DATE, TYPE_ID,
};
use super::history::{Event, event_of, record_event};
use super::{affiliations, assigned, inherited, names};
use crate::context::WriteContext;
use crate::error::Problems;
use crate::record::Record;
use crate::resources::catalogue::{APPLIES_TO, PACKAGE_TYPE_ID};
use crate::resources::people::ORGANIZATION_ID;
use crate::resources::reasons;
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// The fields that are filled where a new membership leaves them out.
pub const FILLED: &[&str] = &[
    STATUS.name(),
    ORIGIN.name(),
    STATUS_REASON_ID.name(),
    JOIN_DATE.name(),
    JOIN_OR_RENEWAL_DATE.name(),
    IS_NEW.name(),
];

/// The records around a membership, as they were looked up.
#[derive(Default)]
pub struct Lookups<'a> {
    /// The contact or organization, if it is there.
    pub owner: Option<&'a Record>,
    /// The package it names, if it is there.
    pub package: Option<&'a Record>,
    /// Every status reason.
    pub reasons: &'a [Record],
    /// The tenant's day.
    pub today: Option<Date>,
    /// What it holds, as far as it was looked up.
    pub affiliated: Option<&'a Affiliated>,
    /// Whether the owner has memberships that derive from an organization's.
    pub derives: bool,
    /// What the row of history tells of; what a write by hand is, if nothing.
    pub event: Option<Event>,
}

/// Chapters, sections and add-ons by the resource that they are of and their id.
pub type Affiliated = BTreeMap<(&'static str, String), Record>;

/// What a write needs to have looked up beside the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    pub package: bool,
    pub reasons: bool,
    pub today: bool,
    /// When it is: something happens that the history tells of.
    pub moment: bool,
}

/// Fills status and origin, and says what [`derive()`] needs.
pub fn defaults(before: Option<&Record>, after: &mut Record) -> Needed {
    if !after.has(STATUS) {
        after.set(STATUS, Status::Active);
    }
    if !after.has(ORIGIN) {
        let kept = before.and_then(|before| before.get(ORIGIN));
        after.set(ORIGIN, kept.unwrap_or(Origin::Principal));
    }
    let offer = |record: &Record| (record.get(TYPE_ID), record.get(PACKAGE_ID));
    Needed {
        package: before.map(offer) != Some(offer(after)) || assigned::is_due(before, after),
        reasons: reasons::is_needed(before, after, STATUS),
        today: match before {
            None => !after.has(JOIN_DATE) || is_inactive(after),
            Some(before) => leaves(before, after),
        },
        moment: before.is_none_or(|before| event_of(before, after).is_some()),
    }
}

/// Fills everything that follows, and adds what contradicts the records around
/// it. An owner that is not there is told by the check of references.
pub fn derive(
    context: &WriteContext,
    before: Option<&Record>,
    after: &mut Record,
    lookups: &Lookups<'_>,
    problems: &mut Problems,
) {
    if before.is_none()
        && let Some(id) = id_of(after)
    {
        after.set(ID, id);
    }
    match lookups.owner {
        Some(owner) => copy_owner(owner, after),
        // Refused for the missing owner, not for the missing copy.
        None if !after.has(NAME) => after.set(NAME, String::new()),
        None => {}
    }
    match before {
        None => join(after, lookups),
        Some(before) => change(before, after, lookups),
    }
    let statuses = (STATUS, APPLIES_TO);
    reasons::fill_or_check(before, after, lookups.reasons, statuses, problems);
    check_package(before, after, lookups, problems);
    assigned::check_seats(before, after, lookups.package, problems);
    if let Some(before) = before {
        affiliations::leave_missing(before, after, context.now);
    }
    if let Some(known) = lookups.affiliated {
        names::learn(after, known);
    }
    fill_computed(after);
    let derives = lookups.derives || lookups.owner.is_some_and(is_of_organization);
    if derives && inherited::turns(before, after) {
        after.set(FLOWDOWN_DUE, Timestamp::now());
    }
    // Last, because the row shows what all of the above has made.
    remember(context, before, after, lookups.event);
}

/// Staff who enter somebody as inactive say that they have left: both dates, as of a
/// change (rule MEM-14). Rows of an import stand as they are.
pub fn leave_at_once(after: &mut Record, today: Option<Date>) {
    if !is_inactive(after) {
        return;
    }
    let left = after.get(TERMINATION_DATE).or(today);
    for date in [TERMINATION_DATE, LAPSE_DATE] {
        if !after.has(date) {
            after.put(date, left);
        }
    }
}

fn join(after: &mut Record, lookups: &Lookups<'_>) {
    if !after.has(JOIN_DATE) {
        after.put(JOIN_DATE, lookups.today);
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

/// A contact who belongs to an organization.
fn is_of_organization(owner: &Record) -> bool {
    owner.has(ORGANIZATION_ID)
}

fn is_inactive(record: &Record) -> bool {
    record.get(STATUS) == Some(Status::Inactive)
}

fn leaves(before: &Record, after: &Record) -> bool {
    !is_inactive(before) && is_inactive(after)
}

/// Dates that come with a change of status stand; a member who leaves has
/// lapsed on the day of the termination.
fn change(before: &Record, after: &mut Record, lookups: &Lookups<'_>) {
    if is_inactive(before) && !is_inactive(after) {
        after.clear(TERMINATION_DATE);
    }
    if !leaves(before, after) {
        return;
    }
    let given = |field| {
        after
            .get(field)
            // One that stood there before is of an earlier leaving.
            .filter(|date| before.get(field) != Some(*date))
    };
    let (left, lapsed) = (given(TERMINATION_DATE).or(lookups.today), given(LAPSE_DATE));
    after.put(TERMINATION_DATE, left);
    after.put(LAPSE_DATE, lapsed.or(left));
}

fn check_package(
    before: Option<&Record>,
    after: &Record,
    lookups: &Lookups<'_>,
    problems: &mut Problems,
) {
    let offer = |record: &Record| (record.get(TYPE_ID), record.get(PACKAGE_ID));
    // Not judged again by another edit, because the package may have been changed since (rule
    // MEM-8). What is derived has the flowdown type, whatever the package grants (rule FLOW-6).
    if before.map(offer) == Some(offer(after)) || inherited::is_derived(after) {
        return;
    }
    let grants = lookups
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
fn remember(
    context: &WriteContext,
    before: Option<&Record>,
    after: &mut Record,
    event: Option<Event>,
) {
    if before.and_then(|before| before.get(HISTORY)) != after.get(HISTORY) {
        return;
    }
    let suspended = |record: &Record| record.get(STATUS) == Some(Status::Suspended);
    match before {
        None => record_event(context, event.unwrap_or(Event::Join), None, after),
        Some(before) if event.is_none() && suspended(after) && !suspended(before) => {
            record_event(context, Event::Suspension, Some(before), after);
        }
        Some(before) => {
            if let Some(by_hand) = event_of(before, after) {
                record_event(context, event.unwrap_or(by_hand), Some(before), after);
            }
        }
    }
}
