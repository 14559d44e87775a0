//! Planning: a pure function of what exists. Planning again proposes nothing
//! (rule PLAN-10). Existing actions are an argument.

use crate::eligibility::Facts;
use crate::known::Known;
use crate::member::DueMembership;
use crate::outlook::{Amount, Billing, Hindrance, SoFar, outlook};
use crate::selection::{ActionSpec, RunSelection};
use jiff::Timestamp;
use jiff::civil::Date;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, RefreshOutcome,
};
use std::collections::BTreeMap;
use terms::UpdateDatesWhen;

/// Why an action is taken out whose membership is gone, or whose switch is off.
pub const GONE: &str = "the membership does not exist any more";
pub const NOT_DONE: &str = "the run does not do this any more";

/// One action that planning makes or changes. Nothing else is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub before: Option<Record>,
    pub after: Record,
}

impl Proposal {
    /// What is written of a proposal that cannot be: an action that says so,
    /// with nothing of the member but the id; `None` where it says so already.
    pub fn parked(&self, why: &str) -> Option<Proposal> {
        let why = action::reason(format!("cannot be planned: {why}"));
        let said = self.before.as_ref();
        if said.is_some_and(|before| before.text(action::ERROR_MESSAGE) == why) {
            return None;
        }
        let mut after = self.after.clone();
        let member = after.text(action::MEMBERSHIP_ID).to_owned();
        after.set(action::NAME, member);
        after.set(action::STATUS, ActionStatus::Error);
        after.set(action::ERROR_MESSAGE, why);
        after.set(action::PLANNED_ERROR, true);
        after.clear(action::SUCCESS_NOTICE);
        after.clear(action::FAILURE_NOTICE);
        after.clear(action::EXPIRATION_DATE);
        Amount::put(None, &mut after);
        Some(Proposal {
            before: self.before.clone(),
            after,
        })
    }
}

/// When: the planned date of new actions, the moment of planning, and the run's
/// generation that plans.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub planned_for: Timestamp,
    pub now: Timestamp,
    pub generation: i64,
}

/// What an action comes to: what it bills, if it does, or what keeps it from
/// being done.
pub type Comes = Result<Option<Amount>, Hindrance>;

/// What a run's actions have to become. `existing` are the run's actions, by
/// id; `members` are those with a date in the run's ranges and those that have
/// an existing action.
pub fn plan(
    selection: &RunSelection,
    members: &[DueMembership],
    existing: &BTreeMap<String, Record>,
    facts: &Facts<'_>,
    known: &Known,
    moment: Moment,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut left: BTreeMap<&str, &Record> = existing
        .iter()
        .map(|(id, own)| (id.as_str(), own))
        .collect();
    for member in members {
        for (spec, comes) in outlooks(selection, member, existing, facts, known) {
            let id = selection.action_id(&member.id, spec);
            let before = left.remove(id.as_str());
            let new = || added(&id, selection, spec, member);
            let after = match before {
                None => first(&comes, new),
                Some(before) => again(before, &comes, member),
            };
            let after = after.map(|next| next.noting(known.unwritable(&id)));
            proposals.extend(after.and_then(|next| next.write(spec, member, before, moment)));
        }
    }
    let by_id: BTreeMap<&str, &DueMembership> = members
        .iter()
        .map(|member| (member.id.as_str(), member))
        .collect();
    proposals.extend(left.into_values().filter_map(|before| {
        let member = by_id.get(before.text(action::MEMBERSHIP_ID));
        orphan(before, member.copied(), moment)
    }));
    proposals
}

/// What a run comes to for one member: for each of its specs, in the order of
/// work. Of each kind of reminder only the latest goes; taking that one out by
/// hand sends no earlier one.
pub fn outlooks<'s>(
    selection: &'s RunSelection,
    member: &DueMembership,
    existing: &BTreeMap<String, Record>,
    facts: &Facts<'_>,
    known: &Known,
) -> Vec<(&'s ActionSpec, Comes)> {
    let stored = |spec: &ActionSpec| existing.get(&selection.action_id(&member.id, spec));
    let mut so_far = SoFar {
        reasons: reasons_of_run(selection, member, existing),
        ..SoFar::default()
    };
    let mut all: Vec<(&ActionSpec, Comes)> = Vec::new();
    for spec in &selection.specs {
        let beside = known.beside(selection, member, spec, facts, &so_far);
        let comes = outlook(member, spec, facts, &beside);
        take_in(&mut so_far.billing, spec, stored(spec), &comes);
        let at_once = costs_nothing(&comes) || moves_at_once(member, spec, facts, &comes);
        so_far.renews |= so_far.billing == Billing::Ahead && at_once;
        all.push((spec, comes));
    }
    let goes = |(spec, comes): &&(&ActionSpec, Comes)| {
        is_due(comes) || stored(spec).is_some_and(is_untouchable)
    };
    let reminders = all.iter().filter(|(spec, _)| spec.reminder > 0);
    let going: Vec<&ActionSpec> = reminders.filter(goes).map(|(spec, _)| *spec).collect();
    for (spec, comes) in &mut all {
        let instead =
            |other: &&ActionSpec| other.kind == spec.kind && other.lateness() > spec.lateness();
        if is_due(comes) && going.iter().any(instead) {
            *comes = Err(Hindrance::Out("a later reminder is due instead".into()));
        }
    }
    all
}

/// Whether the action is to be done, be it possible or not.
fn is_due(comes: &Comes) -> bool {
    matches!(comes, Ok(_) | Err(Hindrance::Fails(_)))
}

/// Whether the order moves the date as it is made, before anything is paid.
fn moves_at_once(
    member: &DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
    comes: &Comes,
) -> bool {
    let made = spec.kind == ActionType::RenewalOrder && spec.bills() && comes.is_ok();
    let package = facts.packages.renewal_of(&member.package_id);
    made && package.is_ok_and(|bought| bought.update_dates_when == UpdateDatesWhen::Immediately)
}

fn costs_nothing(comes: &Comes) -> bool {
    matches!(comes, Ok(Some(amount)) if amount.value.is_zero())
}

/// What an action means for the member's later ones.
fn take_in(billing: &mut Billing, spec: &ActionSpec, stored: Option<&Record>, comes: &Comes) {
    if !spec.bills() || *billing == Billing::Done {
        return;
    }
    let status = stored.and_then(|record| record.get(action::STATUS));
    let next = match (status, stored, comes) {
        (Some(ActionStatus::Excluded), ..) => Billing::Not,
        (_, Some(record), _) if is_untouchable(record) => Billing::Done,
        (Some(ActionStatus::Error), Some(record), Ok(_) | Err(Hindrance::Fails(_)))
            if !record.is(action::PLANNED_ERROR) =>
        {
            Billing::Failed(record.text(action::ERROR_MESSAGE).to_owned())
        }
        (_, _, Ok(_)) => Billing::Ahead,
        (_, _, Err(Hindrance::Fails(why))) => Billing::Failed(why.clone()),
        _ => Billing::Not,
    };
    if next != Billing::Not {
        *billing = next;
    }
}

/// The status reasons that this run has given the member: they keep nobody out
/// of its other actions.
fn reasons_of_run(
    selection: &RunSelection,
    member: &DueMembership,
    existing: &BTreeMap<String, Record>,
) -> Vec<String> {
    let done = |spec: &&ActionSpec| {
        let action = existing.get(&selection.action_id(&member.id, spec));
        action.is_some_and(|record| record.get(action::STATUS) == Some(ActionStatus::Completed))
    };
    let giving = selection
        .specs
        .iter()
        .filter(|spec| spec.new_reason.is_some());
    giving
        .filter(done)
        .filter_map(|spec| spec.new_reason.clone())
        .collect()
}

/// Work has begun or ended: planning leaves it alone.
fn is_untouchable(record: &Record) -> bool {
    use ActionStatus::{Completed, PaymentFailure, Processing, ProcessingOrder};
    matches!(
        record.get(action::STATUS),
        Some(Processing | ProcessingOrder | PaymentFailure | Completed)
    )
}

/// How planning leaves an action.
struct Next {
    record: Record,
    status: ActionStatus,
    outcome: RefreshOutcome,
    why: Option<String>,
    /// What it bills; nothing where it is not done.
    amount: Option<Amount>,
}

/// An action that is not there yet. Who is not concerned gets none; who is held
/// back gets one that says so.
fn first(comes: &Comes, new: impl Fn() -> Record) -> Option<Next> {
    use ActionStatus::{Error, NoLongerEligible, Pending};
    use RefreshOutcome::{Added, Removed};
    let (status, outcome) = match comes {
        Ok(_) => (Pending, Added),
        Err(Hindrance::Fails(_)) => (Error, Added),
        Err(Hindrance::HeldBack(_)) => (NoLongerEligible, Removed),
        Err(Hindrance::Out(_)) => return None,
    };
    Some(Next::of(new(), status, outcome, comes))
}

/// An action that is there (rule PLAN-10). What execution has failed by is
/// staff's to try again.
fn again(before: &Record, comes: &Comes, member: &DueMembership) -> Option<Next> {
    use ActionStatus::{Error, Excluded, ExpirationDateChanged, NoLongerEligible, Pending};
    use RefreshOutcome::{Added, NoChange, Removed};
    let status = before.get(action::STATUS)?;
    let own_error = status == Error && before.is(action::PLANNED_ERROR);
    let out = matches!(status, NoLongerEligible | ExpirationDateChanged);
    let (status, outcome) = match comes {
        _ if is_untouchable(before) => return None,
        Err(Hindrance::Out(_) | Hindrance::HeldBack(_)) if out => return None,
        Err(Hindrance::Out(why) | Hindrance::HeldBack(why)) => {
            let (status, why) = taken_out(before, member, why.clone());
            let next = Next::of(before.clone(), status, Removed, comes);
            return Some(Next {
                why: Some(why),
                ..next
            });
        }
        _ if status == Error && !own_error => return None,
        _ if status == Excluded => (Excluded, NoChange),
        Ok(_) if status == Pending => (Pending, NoChange),
        Ok(_) => (Pending, Added),
        Err(_) if out => (Error, Added),
        Err(_) => (Error, NoChange),
    };
    Some(Next::of(before.clone(), status, outcome, comes))
}

impl Next {
    fn of(record: Record, status: ActionStatus, outcome: RefreshOutcome, comes: &Comes) -> Next {
        let why = match comes {
            Err(Hindrance::Fails(why) | Hindrance::HeldBack(why) | Hindrance::Out(why))
                if status != ActionStatus::Excluded =>
            {
                Some(why.clone())
            }
            _ => None,
        };
        Next {
            record,
            status,
            outcome,
            why,
            amount: comes.clone().ok().flatten(),
        }
    }

    /// What is done without its mail says so before.
    fn noting(mut self, unwritable: Option<&str>) -> Next {
        if self.status == ActionStatus::Pending {
            self.why = unwritable.map(|why| format!("notice cannot be sent: {why}"));
        }
        self
    }

    /// The proposal, unless it would change nothing.
    fn write(
        self,
        spec: &ActionSpec,
        member: &DueMembership,
        before: Option<&Record>,
        moment: Moment,
    ) -> Option<Proposal> {
        let mut after = self.record;
        let was = after.get(action::STATUS);
        if self.outcome != RefreshOutcome::Removed || before.is_none() {
            snapshot(&mut after, spec, member);
        }
        if self.outcome == RefreshOutcome::Added || before.is_none() {
            after.set(action::DATE, moment.planned_for);
        }
        after.set(action::STATUS, self.status);
        after.put(action::ERROR_MESSAGE, self.why.map(action::reason));
        let failed = self.status == ActionStatus::Error;
        after.put(action::PLANNED_ERROR, failed.then_some(true));
        Amount::put(self.amount.as_ref(), &mut after);
        let kept = was == Some(self.status) && before == Some(&after);
        (!kept).then(|| moment.proposal(before, after, self.outcome))
    }
}

impl Moment {
    fn proposal(
        &self,
        before: Option<&Record>,
        mut after: Record,
        outcome: RefreshOutcome,
    ) -> Proposal {
        after.set(action::OUTCOME, outcome);
        after.set(action::LAST_REFRESH, self.now);
        after.set(action::PLANNED_GENERATION, self.generation);
        Proposal {
            before: before.cloned(),
            after,
        }
    }
}

fn added(id: &str, selection: &RunSelection, spec: &ActionSpec, member: &DueMembership) -> Record {
    let mut after = Record::default();
    after.set(ID_FIELD, id.to_owned());
    after.set(action::RUN_ID, selection.run_id.clone());
    after.set(action::MEMBERSHIP_ID, member.id.clone());
    after.set(action::TYPE, spec.kind);
    after.put(
        action::REMINDER_NUMBER,
        (spec.reminder > 0).then_some(spec.reminder),
    );
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

/// An action that the run's options or members have no place for any more.
fn orphan(before: &Record, member: Option<&DueMembership>, moment: Moment) -> Option<Proposal> {
    use ActionStatus::{Error, Excluded, NoLongerEligible, Pending};
    if !matches!(before.get(action::STATUS)?, Pending | Excluded | Error) {
        return None;
    }
    let (status, why) = match member {
        Some(member) => taken_out(before, member, NOT_DONE.into()),
        None => (NoLongerEligible, GONE.into()),
    };
    let mut after = before.clone();
    after.set(action::STATUS, status);
    after.set(action::ERROR_MESSAGE, action::reason(why));
    after.clear(action::PLANNED_ERROR);
    Amount::put(None, &mut after);
    Some(moment.proposal(Some(before), after, RefreshOutcome::Removed))
}

/// How an action ends whose member is not concerned any more: a date that has
/// moved is the reason before any other.
fn taken_out(action: &Record, member: &DueMembership, why: String) -> (ActionStatus, String) {
    match moved(action, member) {
        Some(moved) => (ActionStatus::ExpirationDateChanged, moved),
        None => (ActionStatus::NoLongerEligible, why),
    }
}

/// Whether the member's date is another than the one that was planned for.
pub fn moved(action: &Record, member: &DueMembership) -> Option<String> {
    let planned = action.get(action::EXPIRATION_DATE);
    let show = |date: Option<Date>| date.map_or("none".into(), |date| date.to_string());
    (member.expiration_date != planned).then(|| {
        format!(
            "the expiration date moved from {} to {}",
            show(planned),
            show(member.expiration_date)
        )
    })
}

#[cfg(test)]
mod tests;
