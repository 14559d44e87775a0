//! Actions that only mail.

use crate::eligibility::reminder_key;
use crate::execute::effect::{Effect, Mail};
use crate::execute::outcome::Outcome;
use crate::execute::rules::{Rules, set_reason};
use crate::execute::view::View;
use ledger::renew::notified;
use model::Record;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{self as m};
use terms::coverage::coming_term;
use terms::{Term, sent};

/// A renewal notice: no order, and the term stays open.
pub fn notice(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let mut member = view.member.clone();
    // Before the mail goes: refused, it takes all of this back.
    notified(&mut member, &coming(view, rules)?, &rules.when);
    set_reason(&mut member, view.spec);
    Ok(mailed(view, rules, member))
}

/// A reminder: once for a member, term, series and number.
pub fn remind(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let (spec, series) = (view.spec, &rules.selection.series);
    let mut member = view.member.clone();
    if spec.kind == ActionType::ExpiringCardReminder {
        member.set(m::LAST_CARD_WARNING, spec.reminder);
        member.set(m::LAST_CARD_WARNING_DATE, rules.when.by.now);
    } else {
        member.set(m::LAST_REMINDER, spec.reminder);
        member.set(m::LAST_REMINDER_DATE, rules.when.by.now);
    }
    // Of two runs of a series that meet, the second finds the membership written
    // and judges it again.
    let key = reminder_key(spec.kind, series, spec.reminder);
    sent::note(&mut member, &key, &coming(view, rules)?);
    let event = event(spec.kind);
    record_event(&rules.when.by, event, Some(view.member), &mut member);
    set_reason(&mut member, spec);
    Ok(mailed(view, rules, member))
}

/// The term that the mail is about.
fn coming(view: &View<'_>, rules: &Rules<'_>) -> Result<Term, Outcome> {
    let term = coming_term(view.member, rules.packages);
    term.ok_or_else(|| Outcome::no_longer_eligible("the member has no expiration date"))
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
