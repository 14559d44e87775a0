//! Drops: only the expired, and never one who has paid or may be about to.

use crate::execute::effect::Effect;
use crate::execute::outcome::Outcome;
use crate::execute::rules::Rules;
use crate::execute::view::View;
use ledger::steps;
use model::resources::billing_run_action::{self as action, ActionStatus};
use terms::coverage::coming_term;

pub fn drop_member(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let mut member = view.member.clone();
    let (head, open) = (&view.state.head, view.found.open_order.as_ref());
    let forecast = view.found.pro_forma.as_ref();
    let done = steps::drop_member(
        &mut member,
        &head.value,
        open.map(|open| &open.value),
        forecast.map(|forecast| &forecast.value),
        coming_term(view.member, rules.packages).as_ref(),
        rules.drop_reason(Some(view.spec)),
        &rules.when,
    )
    .map_err(Outcome::no_longer_eligible)?;
    let mut after = rules.claimed(view.action);
    after.set(action::EFFECT, ActionStatus::Completed);
    Ok(Effect {
        member: Some(member),
        head: done.head.map(|released| head.with(released)),
        order: open.zip(done.order).map(|(open, void)| open.with(void)),
        forecast: forecast
            .zip(done.forecast)
            .map(|(known, void)| known.with(void)),
        ..Effect::of(after)
    })
}
