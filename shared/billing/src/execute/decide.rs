//! Deciding: a pure function of what was read. The member is judged again by the
//! same rule as in planning; then each type says what is to stand (rules ACT-13 to
//! ACT-18).

mod drops;
mod mails;
mod orders;
#[cfg(test)]
mod tests;

use super::effect::Effect;
use super::outcome::Outcome;
use super::rules::Rules;
use super::state::MembershipState;
use super::view::View;
use crate::eligibility::{Facts, judge, no_attempt_left};
use crate::member::DueMembership;
use crate::plan::{removal, without_reasons};
use crate::selection::ActionSpec;
use model::resources::billing_run_action::{self as action, ActionType};
use model::{Record, sys};

/// What an action does.
///
/// # Errors
/// How it ends without an effect.
pub fn decide(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    match view.spec.kind {
        ActionType::RenewalNotice => mails::notice(view, rules),
        ActionType::RenewalOrder => orders::bill(view, rules),
        ActionType::AutoRenewalOrder => orders::renew_automatically(view, rules),
        ActionType::RenewalReminder
        | ActionType::AutoRenewalReminder
        | ActionType::ExpiringCardReminder => mails::remind(view, rules),
        ActionType::Drop => drops::drop_member(view, rules),
    }
}

/// A run drops nobody whom it has billed, nor whom it was to bill and could not:
/// they have had no chance to pay (rule ACT-25).
fn held_back(
    state: &MembershipState,
    member: &DueMembership,
    facts: &Facts<'_>,
) -> Result<(), Outcome> {
    let why = match &state.not_billed {
        _ if state.billed_here => "the member was billed or charged by this run".into(),
        // They have had every chance to pay.
        Some(_) if no_attempt_left(member, facts) => return Ok(()),
        Some(why) => format!("the member was to be billed by this run and was not: {why}"),
        None => return Ok(()),
    };
    Err(Outcome::no_longer_eligible(why))
}

/// What the run says of the action, if the member is still concerned.
pub fn judge_again<'r>(
    action: &Record,
    state: &MembershipState,
    rules: &Rules<'r>,
) -> Result<&'r ActionSpec, Outcome> {
    let Some(stored) = &state.member else {
        return Err(Outcome::no_longer_eligible(
            "the membership does not exist any more",
        ));
    };
    if stored.is(sys::LOCKED) {
        return Err(Outcome::Error(
            "locked: the membership may not be changed (sys_locked)".into(),
        ));
    }
    let member = DueMembership::of(stored)?;
    let facts = rules.facts();
    if action.get(action::TYPE) == Some(ActionType::Drop) {
        held_back(state, &member, &facts)?;
    }
    let own_reason = state.reasons_set_here.contains(&member.status_reason_id);
    let concerned = |spec: &&ActionSpec| {
        // A reason that this run has set keeps nobody out of its other actions.
        let spec = without_reasons(spec, own_reason);
        member.expiration_date == action.get(action::EXPIRATION_DATE)
            && judge(&member, &spec, &facts).is_ok()
    };
    rules.spec_of(action).filter(concerned).ok_or_else(|| {
        let (status, why) = removal(rules.selection, action, Some(&member), &facts);
        Outcome::Skipped(status, why)
    })
}
