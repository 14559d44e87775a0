//! Renewal orders: the order is made, takes the term, and tells the membership
//! and the action, in one effect.

use crate::execute::effect::Effect;
use crate::execute::outcome::Outcome;
use crate::execute::rules::{Rules, set_reason};
use crate::execute::view::View;
use crate::outlook::{Amount, customer};
use jiff::civil::Date;
use ledger::order::{ClaimState, Order, PaymentClaim};
use ledger::purchase::{Occasion, renewal_order};
use ledger::receipt::take_credit;
use ledger::steps;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::resources::membership::{self as m, BillMethod};
use store::Versioned;

/// A renewal order for a member who pays on a bill.
pub fn bill(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    let mut made = order_to_make(view, rules)?;
    let credit = take_credit(&view.found.credit, &mut made.value);
    let mut effect = make(view, rules, made, BillMethod::RenewalOrder)?;
    effect.receipts = credit;
    Ok(effect)
}

/// A member who renews automatically: the open order, or a new one, is charged.
pub fn renew_automatically(view: &View<'_>, rules: &Rules<'_>) -> Result<Effect, Outcome> {
    if let Some(open) = &view.found.open_order {
        return claim_open_order(view, rules, open);
    }
    let mut made = order_to_make(view, rules)?;
    let credit = take_credit(&view.found.credit, &mut made.value);
    // What costs nothing, or is paid from credit, is paid as it is made.
    if !made.value.is_paid() {
        made.value.claim = Some(new_claim(view, rules, &made.value)?);
        // The reason is the charge's: it comes with its success alone.
        made.value.renewal.reason_due = None;
    }
    let mut effect = make(view, rules, made, BillMethod::AutoRenewalOrder)?;
    effect.receipts = credit;
    Ok(effect)
}

/// The order to be made, or the forecast of its term made real.
fn order_to_make(view: &View<'_>, rules: &Rules<'_>) -> Result<Versioned<Order>, Outcome> {
    let order = renewal(view, rules, &view.found.order_id, view.found.order_number)?;
    let forecast = view.found.pro_forma.as_ref();
    let Some(known) = forecast.filter(|known| forecasts(&known.value, &order)) else {
        return Ok(Versioned::new(order));
    };
    let (id, number) = (&known.value.id, known.value.number);
    if view.spec.pro_forma {
        let why = format!("order {number} is a pro forma of the term");
        return Err(Outcome::no_longer_eligible(why));
    }
    Ok(known.with(renewal(view, rules, id, number)?))
}

fn renewal(view: &View<'_>, rules: &Rules<'_>, id: &str, number: i64) -> Result<Order, Outcome> {
    let in_use = rules.currency.check_in_use(rules.when.today);
    in_use.map_err(|why| Outcome::Error(format!("setting currency: {why}")))?;
    let occasion = Occasion {
        id: id.to_owned(),
        number,
        run: Some(rules.selection.run_id.clone()),
        action: Some(view.action.text(ID_FIELD).to_owned()),
        batch_id: rules.selection.batch_id.clone(),
        by: rules.when.by.user.clone(),
        pro_forma: view.spec.pro_forma,
        new_reason: view.spec.new_reason.clone(),
        customer: customer(
            &view.due,
            rules.packages,
            view.found.organization.as_deref(),
        )
        .map_err(Outcome::Error)?,
    };
    renewal_order(
        view.member,
        &view.state.head.value,
        rules.packages,
        rules.currency,
        &rules.when,
        occasion,
    )
    .map_err(Outcome::Error)
}

/// Whether a pro forma order is one of the term that `made` would bill.
fn forecasts(known: &Order, made: &Order) -> bool {
    let through = known.renewal.term_expiration.unwrap_or(Date::MAX);
    known.pro_forma && made.renewal.term().is_covered(through)
}

/// Head, order, membership and action. Where a charge is still to come the
/// action has taken no effect yet, and no date moves.
fn make(
    view: &View<'_>,
    rules: &Rules<'_>,
    mut made: Versioned<Order>,
    method: BillMethod,
) -> Result<Effect, Outcome> {
    let head = &view.state.head;
    let mut member = view.member.clone();
    let known = view.found.pro_forma.as_ref();
    let billed = steps::bill(
        &mut member,
        &head.value,
        &mut made.value,
        known.map(|known| &known.value),
        method,
        &rules.when,
    )
    .map_err(Outcome::no_longer_eligible)?;
    let to_charge = made.value.claim.is_some();
    let mut after = of_order(view, rules, &made.value, Amount::billed(&made.value));
    // The reason of a bill comes with the dates (rule ACT-20), which a forecast
    // never moves.
    if made.value.pro_forma {
        set_reason(&mut member, view.spec);
    }
    if !to_charge {
        after.set(action::EFFECT, ActionStatus::Completed);
    }
    Ok(Effect {
        member: Some(member),
        head: Some(head.with(billed.head)),
        order: Some(made),
        forecast: known
            .zip(billed.forecast)
            .map(|(known, void)| known.with(void)),
        ..Effect::of(after)
    })
}

/// The action, which is about this order from now on.
fn of_order(view: &View<'_>, rules: &Rules<'_>, order: &Order, amount: Amount) -> Record {
    let mut after = rules.claimed(view.action);
    after.set(action::ORDER_ID, order.id.clone());
    Amount::put(Some(&amount), &mut after);
    after.set(action::STATUS, ActionStatus::ProcessingOrder);
    after
}

/// Takes up the charge of an open order that somebody else has made.
fn claim_open_order(
    view: &View<'_>,
    rules: &Rules<'_>,
    open: &Versioned<Order>,
) -> Result<Effect, Outcome> {
    let claim = match &open.value.claim {
        Some(claim) if is_held_by_another(view, rules, claim) => return Err(Outcome::Later(5)),
        // A charge that may have been sent goes on as it is; only a decline
        // allows a new attempt.
        Some(claim) if claim.state != ClaimState::Declined => PaymentClaim {
            holder: view.action.text(ID_FIELD).to_owned(),
            held_until: rules.lease_until,
            new_reason: view.spec.new_reason.clone(),
            ..claim.clone()
        },
        _ => new_claim(view, rules, &open.value)?,
    };
    let after = of_order(view, rules, &open.value, Amount::charged(&open.value));
    // The membership is written with the provider's answer, not before it.
    let claimed = Order {
        claim: Some(claim),
        ..open.value.clone()
    };
    Ok(Effect {
        order: Some(open.with(claimed)),
        ..Effect::of(after)
    })
}

/// Whether somebody else is at work on the charge.
fn is_held_by_another(view: &View<'_>, rules: &Rules<'_>, claim: &PaymentClaim) -> bool {
    matches!(claim.state, ClaimState::Open | ClaimState::Sent)
        && claim.holder != view.action.text(ID_FIELD)
        && claim.held_until > rules.machine_now
}

/// The claim on the next attempt at charging an order.
fn new_claim(view: &View<'_>, rules: &Rules<'_>, order: &Order) -> Result<PaymentClaim, Outcome> {
    let earlier = order.claim.as_ref();
    Ok(PaymentClaim {
        attempt: earlier.map_or(1, |claim| claim.attempt + 1),
        state: ClaimState::Open,
        provider_id: None,
        // What is due by now: a part may have been paid.
        amount: order.balance(),
        account: account(view.member)?,
        holder: view.action.text(ID_FIELD).to_owned(),
        held_until: rules.lease_until,
        unknown_since: None,
        declined_on: None,
        hard: false,
        new_reason: view.spec.new_reason.clone(),
    })
}

/// The stored card of the member.
fn account(member: &Record) -> Result<String, Outcome> {
    let info = member.get(m::PAYMENT_INFO);
    let account = info
        .as_ref()
        .and_then(|info| info.get("payment_account")?.as_str())
        .filter(|text| !text.is_empty());
    account
        .map(str::to_owned)
        .ok_or_else(|| Outcome::Error("the stored card has no payment_account".into()))
}
