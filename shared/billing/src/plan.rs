//! Planning: a pure function of what exists. Planning again proposes nothing
//! (rule PLAN-10). Existing actions are an argument.

use crate::eligibility::{Facts, judge};
use crate::member::DueMembership;
use crate::selection::{ActionSpec, RunSelection};
use jiff::Timestamp;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, RefreshOutcome,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One action that planning makes or changes. Nothing else is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub before: Option<Record>,
    pub after: Record,
}

/// When: the planned date of new actions, the moment of planning, and the run's
/// generation that plans.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub planned_for: Timestamp,
    pub now: Timestamp,
    pub generation: i64,
}

impl Moment {
    /// Marks what this planning writes.
    fn stamp(&self, after: &mut Record, outcome: RefreshOutcome) {
        after.set(action::OUTCOME, outcome);
        after.set(action::LAST_REFRESH, self.now);
        after.set(action::PLANNED_GENERATION, self.generation);
    }
}

/// What a run's actions have to become. `existing` are the run's actions, by
/// id; `members` are those with a date in the run's ranges and those that have
/// an existing action.
pub fn plan(
    selection: &RunSelection,
    members: &[DueMembership],
    existing: &BTreeMap<String, Record>,
    facts: &Facts<'_>,
    moment: Moment,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut candidates = BTreeSet::new();
    for member in members {
        for spec in specs_of(selection, member, existing, facts) {
            let id = selection.action_id(&member.id, spec);
            proposals.extend(candidate(
                &id,
                selection,
                spec,
                member,
                existing.get(&id),
                moment,
            ));
            candidates.insert(id);
        }
    }
    let by_id: BTreeMap<&str, &DueMembership> = members
        .iter()
        .map(|member| (member.id.as_str(), member))
        .collect();
    let others = existing.iter().filter(|(id, _)| !candidates.contains(*id));
    proposals.extend(
        others.filter_map(|(_, record)| no_candidate(selection, record, &by_id, facts, moment)),
    );
    proposals
}

/// The specs that concern a member: of each kind of reminder only the latest.
/// Taking that one out by hand sends no earlier one.
fn specs_of<'a>(
    selection: &'a RunSelection,
    member: &DueMembership,
    existing: &BTreeMap<String, Record>,
    facts: &Facts<'_>,
) -> Vec<&'a ActionSpec> {
    let mut latest: BTreeMap<ActionType, &ActionSpec> = BTreeMap::new();
    let untouchable = |spec: &ActionSpec| {
        existing
            .get(&selection.action_id(&member.id, spec))
            .is_some_and(is_untouchable)
    };
    let own_reason = has_reason_of_run(selection, member, existing);
    let concerned = |spec: &&ActionSpec| {
        untouchable(spec) || judge(member, &without_reasons(spec, own_reason), facts).is_ok()
    };
    for spec in selection.specs.iter().filter(concerned) {
        let kept = latest.entry(spec.kind).or_insert(spec);
        if spec.lateness() > kept.lateness() {
            *kept = spec;
        }
    }
    latest.into_values().collect()
}

/// Whether the member's status reason is one that this run has set: it keeps
/// nobody out of the run's other actions.
fn has_reason_of_run(
    selection: &RunSelection,
    member: &DueMembership,
    existing: &BTreeMap<String, Record>,
) -> bool {
    let done = |spec: &ActionSpec| {
        let action = existing.get(&selection.action_id(&member.id, spec));
        action.is_some_and(|record| record.get(action::STATUS) == Some(ActionStatus::Completed))
    };
    let set = |spec: &&ActionSpec| spec.new_reason.as_ref() == Some(&member.status_reason_id);
    selection.specs.iter().filter(set).any(done)
}

/// The spec, its restriction by status reason lifted if `lifted`.
pub fn without_reasons(spec: &ActionSpec, lifted: bool) -> Cow<'_, ActionSpec> {
    match lifted && spec.reasons.is_some() {
        true => Cow::Owned(ActionSpec {
            reasons: None,
            ..spec.clone()
        }),
        false => Cow::Borrowed(spec),
    }
}

/// Work has begun or ended: planning leaves it alone.
fn is_untouchable(record: &Record) -> bool {
    use ActionStatus::{Completed, PaymentFailure, Processing, ProcessingOrder};
    matches!(
        record.get(action::STATUS),
        Some(Processing | ProcessingOrder | PaymentFailure | Completed)
    )
}

fn candidate(
    id: &str,
    selection: &RunSelection,
    spec: &ActionSpec,
    member: &DueMembership,
    before: Option<&Record>,
    moment: Moment,
) -> Option<Proposal> {
    let Some(before) = before else {
        return Some(Proposal {
            before: None,
            after: added(id, selection, spec, member, moment),
        });
    };
    let mut after = before.clone();
    let outcome = match before.get(action::STATUS)? {
        ActionStatus::Pending | ActionStatus::Excluded => {
            snapshot(&mut after, spec, member);
            if after == *before {
                return None;
            }
            RefreshOutcome::NoChange
        }
        ActionStatus::NoLongerEligible | ActionStatus::ExpirationDateChanged => {
            snapshot(&mut after, spec, member);
            after.set(action::STATUS, ActionStatus::Pending);
            after.set(action::DATE, moment.planned_for);
            after.clear(action::ERROR_MESSAGE);
            RefreshOutcome::Added
        }
        _ => return None,
    };
    moment.stamp(&mut after, outcome);
    Some(Proposal {
        before: Some(before.clone()),
        after,
    })
}

fn added(
    id: &str,
    selection: &RunSelection,
    spec: &ActionSpec,
    member: &DueMembership,
    moment: Moment,
) -> Record {
    let mut after = Record::default();
    after.set(ID_FIELD, id.to_owned());
    after.set(action::RUN_ID, selection.run_id.clone());
    after.set(action::MEMBERSHIP_ID, member.id.clone());
    after.set(action::TYPE, spec.kind);
    after.set(action::STATUS, ActionStatus::Pending);
    after.set(action::DATE, moment.planned_for);
    moment.stamp(&mut after, RefreshOutcome::Added);
    after.put(
        action::REMINDER_NUMBER,
        (spec.reminder > 0).then_some(spec.reminder),
    );
    snapshot(&mut after, spec, member);
    after
}

/// What an action has from the member and from the run's options.
fn snapshot(after: &mut Record, spec: &ActionSpec, member: &DueMembership) {
    if !after.is(action::OWN_NOTICES) {
        after.put(action::SUCCESS_NOTICE, spec.success_notice.clone());
        after.put(action::FAILURE_NOTICE, spec.failure_notice.clone());
    }
    after.set(action::NAME, member.name.clone());
    after.put(action::EXPIRATION_DATE, member.expiration_date);
}

fn no_candidate(
    selection: &RunSelection,
    before: &Record,
    members: &BTreeMap<&str, &DueMembership>,
    facts: &Facts<'_>,
    moment: Moment,
) -> Option<Proposal> {
    use ActionStatus::{Error, Excluded, Pending};
    if !matches!(before.get(action::STATUS)?, Pending | Excluded | Error) {
        return None;
    }
    let member = members.get(before.text(action::MEMBERSHIP_ID)).copied();
    let (status, why) = removal(selection, before, member, facts);
    let mut after = before.clone();
    after.set(action::STATUS, status);
    moment.stamp(&mut after, RefreshOutcome::Removed);
    after.set(action::ERROR_MESSAGE, why);
    Some(Proposal {
        before: Some(before.clone()),
        after,
    })
}

/// Why an action is no candidate any more.
pub fn removal(
    selection: &RunSelection,
    action: &Record,
    member: Option<&DueMembership>,
    facts: &Facts<'_>,
) -> (ActionStatus, String) {
    let Some(member) = member else {
        return (
            ActionStatus::NoLongerEligible,
            "the membership does not exist any more".into(),
        );
    };
    let planned = action.get(action::EXPIRATION_DATE);
    if member.expiration_date != planned {
        let show =
            |date: Option<jiff::civil::Date>| date.map_or("none".into(), |date| date.to_string());
        let why = format!(
            "the expiration date moved from {} to {}",
            show(planned),
            show(member.expiration_date)
        );
        return (ActionStatus::ExpirationDateChanged, why);
    }
    let kind = action.get(action::TYPE).unwrap_or(ActionType::Drop);
    let spec = selection.spec(kind, action.get(action::REMINDER_NUMBER).unwrap_or(0));
    let why = match spec.map(|spec| judge(member, spec, facts)) {
        None => "the run does not do this any more".into(),
        Some(Err(why)) => format!("the member {why}"),
        Some(Ok(())) => "a later reminder is due instead".into(),
    };
    (ActionStatus::NoLongerEligible, why)
}

#[cfg(test)]
mod tests;
