//! Actions that only mail.

use crate::eligibility::reminder_key;
use crate::execute::effect::{Effect, Mail};
use crate::execute::outcome::Outcome;
use crate::execute::reminder::ReminderClaim;
use crate::execute::rules::{Rules, set_reason};
use crate::execute::view::View;
use ledger::renew::notified;
use model::Record;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{self as m};
use store::Versioned;

/// A renewal notice: no order, and the term stays open.
pub fn notice(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let mut member = view.member.clone();
    notified(&mut member, &rules.when);
    set_reason(&mut member, view.spec);
    Ok(mailed(view, rules, member))
}

/// A reminder: once for a member, term, series and number.
pub fn remind(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let (spec, series) = (view.spec, &rules.selection.series);
    let claim = ReminderClaim::of(view.action, view.member, spec, series);
    let claim = match &view.found.reminder {
        None => Versioned::new(claim),
        Some(known) if known.value.action_id.is_empty() => known.with(claim),
        Some(_) => {
            return Err(Outcome::no_longer_eligible(
                "another run of this series has sent the reminder",
            ));
        }
    };
    let mut member = view.member.clone();
    if spec.kind == ActionType::ExpiringCardReminder {
        member.set(m::LAST_CARD_WARNING, spec.reminder);
        member.set(m::LAST_CARD_WARNING_DATE, rules.when.by.now);
    } else {
        member.set(m::LAST_REMINDER, spec.reminder);
        member.set(m::LAST_REMINDER_DATE, rules.when.by.now);
    }
    // By this list planning leaves the member out; the claim is what decides.
    let mut sent = member.get(m::REMINDERS_SENT).unwrap_or_default();
    sent.push(reminder_key(spec.kind, series, spec.reminder));
    member.set(m::REMINDERS_SENT, sent);
    let event = event(spec.kind);
    record_event(&rules.when.by, event, Some(view.member), &mut member);
    set_reason(&mut member, spec);
    Ok(Effect {
        reminder: Some(claim),
        ..mailed(view, rules, member)
    })
}

/// The row of a membership's history that a reminder leaves.
fn event(kind: ActionType) -> Event {
    match kind {
        ActionType::AutoRenewalReminder => Event::AutoRenewalReminder,
        ActionType::ExpiringCardReminder => Event::ExpiringCardReminder,
        _ => Event::RenewalReminder,
    }
}

/// The effect of a mail on its member.
fn mailed(view: &View<'_>, rules: &Rules<'_>, member: Record) -> Effect {
    let mut after = rules.claimed(view.action);
    after.set(action::EFFECT, ActionStatus::Completed);
    Effect {
        member: Some(member),
        mail: Mail::of(view.action, ActionStatus::Completed),
        ..Effect::of(after)
    }
}
