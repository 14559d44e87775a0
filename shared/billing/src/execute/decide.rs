//! Deciding: a pure function of what was read. The action is judged again by the
//! same function as in planning; then each type says what is to stand (rules ACT-13 to
//! ACT-18).

mod drops;
mod mails;
mod orders;
#[cfg(test)]
mod tests;

pub(crate) use mails::marked;

use super::effect::Effect;
use super::outcome::Outcome;
use super::rules::Rules;
use super::state::MembershipState;
use super::view::View;
use crate::member::DueMembership;
use crate::outlook::{
    Beside, Billing, Hindrance, SoFar, as_approved, concerns, held_back, outlook, workable,
};
use crate::plan::{GONE, NOT_DONE, moved};
use crate::selection::ActionSpec;
use model::Record;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};

/// What an action does.
///
/// # Errors
/// How it ends without an effect.
pub fn decide(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    as_planned(view, rules)?;
    match view.spec.kind {
        ActionType::RenewalOrder => orders::bill(view, rules),
        ActionType::AutoRenewalOrder => orders::renew_automatically(view, rules),
        ActionType::Drop => drops::drop_member(view, rules),
        ActionType::RenewalNotice
        | ActionType::RenewalReminder
        | ActionType::AutoRenewalReminder
        | ActionType::ExpiringCardReminder => mails::mail(view, rules),
    }
}

/// Whether the action can be done, for what was approved: what planning would
/// find now.
fn as_planned(view: &View<'_>, rules: &Rules<'_>) -> Result<(), Outcome> {
    let beside = Beside {
        so_far: &view.state.so_far,
        open_order: view.found.open_order.as_ref().map(|order| &order.value),
        head: Some(&view.state.head.value),
        organization: view.found.organization.as_deref(),
        unwritable: None,
    };
    let now = outlook(&view.due, view.spec, &rules.facts(), &beside)?;
    as_approved(view.action, now.as_ref(), beside.open_order).map_err(Outcome::NotApproved)
}

/// What the run says of the action and its member, if the member is still
/// concerned.
pub fn judge_again<'r>(
    action: &Record,
    state: &MembershipState,
    rules: &Rules<'r>,
) -> Result<(&'r ActionSpec, DueMembership), Outcome> {
    let Some(stored) = &state.member else {
        return Err(Outcome::no_longer_eligible(GONE));
    };
    let member = DueMembership::of(stored)?;
    workable(&member).map_err(Outcome::Error)?;
    if action.get(action::TYPE) == Some(ActionType::Drop) {
        held_back(&member, &rules.facts(), &state.so_far).map_err(Outcome::no_longer_eligible)?;
        if is_billed_by_now(&member, &state.so_far, rules) {
            return Err(Outcome::no_longer_eligible(BILLED_BY_NOW));
        }
    }
    if let Some(why) = moved(action, &member) {
        return Err(Outcome::Skipped(ActionStatus::ExpirationDateChanged, why));
    }
    let spec = rules.spec_of(action);
    let spec = spec.ok_or_else(|| Outcome::no_longer_eligible(NOT_DONE))?;
    concerns(&member, spec, &rules.facts(), &state.so_far)?;
    Ok((spec, member))
}

const BILLED_BY_NOW: &str = "the member would be billed or charged by this run by now, and was not when it was planned: plan it again";

/// Whether the run has come to concern a member whom it bills by no action: planned
/// now, it would not drop them (rule ACT-25).
fn is_billed_by_now(member: &DueMembership, so_far: &SoFar, rules: &Rules<'_>) -> bool {
    let mut specs = rules.selection.specs.iter().filter(|spec| spec.bills());
    so_far.billing == Billing::Not
        && specs.any(|spec| concerns(member, spec, &rules.facts(), so_far).is_ok())
}

impl From<Hindrance> for Outcome {
    fn from(hindrance: Hindrance) -> Self {
        match hindrance {
            Hindrance::Out(why) | Hindrance::HeldBack(why) => Outcome::no_longer_eligible(why),
            Hindrance::Fails(why) => Outcome::Error(why),
        }
    }
}
