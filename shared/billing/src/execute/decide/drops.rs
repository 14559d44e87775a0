//! Drops: only the expired, and never one who has paid or may be about to.

use crate::execute::effect::Effect;
use crate::execute::outcome::Outcome;
use crate::execute::rules::Rules;
use crate::execute::view::View;
use ledger::renew::{dropped, order_voided};
use model::resources::billing_run_action::{self as action, ActionStatus};

pub fn drop_member(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let mut member = view.member.clone();
    dropped(&mut member, &rules.when);
    let mut after = rules.claimed(view.action);
    after.set(action::EFFECT, ActionStatus::Completed);
    let mut effect = Effect::of(after);
    // What is owed for a term that has been used stays owed.
    let open = view.found.open_order.as_ref();
    if let Some(open) = open.filter(|open| !open.value.renewal.dates_moved) {
        // A charge that was sent may succeed after the drop: nothing may be undone.
        if open.value.has_money() {
            let why = "has a payment or a charge under way";
            let number = open.value.number;
            return Err(Outcome::no_longer_eligible(format!("order {number} {why}")));
        }
        let void = open.value.voided(rules.when.by.now);
        let head = &view.state.head;
        let released = head
            .value
            .release_term(&void.id, void.renewal.covered_before);
        order_voided(&mut member, &void, &released);
        effect.head = Some(head.with(released));
        effect.order = Some(open.with(void));
    }
    rules.set_drop_reason(&mut member, Some(view.spec));
    effect.member = Some(member);
    Ok(effect)
}
