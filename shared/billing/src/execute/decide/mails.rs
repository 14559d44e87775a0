//! Actions that only mail.

use crate::eligibility::{reminder_key, rest_in_range, term_of};
use crate::execute::effect::{Effect, Mail};
use crate::execute::outcome::Outcome;
use crate::execute::rules::{Rules, set_reason};
use crate::execute::view::View;
use crate::selection::ActionSpec;
use ledger::renew::{When, notified};
use model::Record;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{self as m};
use terms::coverage::coming_term;
use terms::{Term, sent};

/// A notice or a reminder: no order, and the term stays open.
pub fn mail(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let rest = rest_in_range(&view.due, view.spec, &rules.facts());
    let coming = || coming_term(view.member, rules.packages);
    let term = rest.map(term_of).or_else(coming);
    let term =
        term.ok_or_else(|| Outcome::no_longer_eligible("the member has no expiration date"))?;
    let series = &rules.selection.series;
    let member = marked(view.member, view.spec, series, &term, &rules.when);
    let mut after = rules.claimed(view.action);
    after.set(action::EFFECT, ActionStatus::Completed);
    // The mail is about the order that is named, not about the open one.
    after.put(action::ORDER_ID, rest.map(|rest| rest.order.clone()));
    Ok(Effect {
        member: Some(member),
        mail: Mail::of(view.action, ActionStatus::Completed),
        ..Effect::of(after)
    })
}

/// The member once the mail has gone. It is written before it goes: refused, it
/// takes all of this back. Of two runs of a series that meet, the second finds the
/// membership written and judges it again.
pub fn marked(
    before: &Record,
    spec: &ActionSpec,
    series: &str,
    term: &Term,
    when: &When,
) -> Record {
    let mut member = before.clone();
    match spec.kind {
        ActionType::RenewalNotice => notified(&mut member, term, when),
        kind => {
            remind(&mut member, spec, when);
            sent::note(
                &mut member,
                &reminder_key(kind, series, spec.reminder),
                term,
            );
        }
    }
    set_reason(&mut member, spec);
    // Last, because the row shows what all of the above has made.
    record_event(&when.by, event(spec.kind), Some(before), &mut member);
    member
}

fn remind(member: &mut Record, spec: &ActionSpec, when: &When) {
    if spec.kind == ActionType::ExpiringCardReminder {
        member.set(m::LAST_CARD_WARNING, spec.reminder);
        member.set(m::LAST_CARD_WARNING_DATE, when.by.now);
    } else {
        member.set(m::LAST_REMINDER, spec.reminder);
        member.set(m::LAST_REMINDER_DATE, when.by.now);
    }
}

/// The row of a membership's history that a mail leaves.
fn event(kind: ActionType) -> Event {
    match kind {
        ActionType::RenewalNotice => Event::RenewalNotice,
        ActionType::AutoRenewalReminder => Event::AutoRenewalReminder,
        ActionType::ExpiringCardReminder => Event::ExpiringCardReminder,
        _ => Event::RenewalReminder,
    }
}
