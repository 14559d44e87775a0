//! Charging an order. The payment is made unconfirmed, its id is stored, then
//! it is confirmed; an unknown outcome is asked about by that id. The order
//! holds the one claim, whoever charges (rules PAY-5 to PAY-9).

mod steps;
#[cfg(test)]
mod tests;

use super::effect::Effect;
use super::outcome::Outcome;
use super::rules::Rules;
use super::state::MembershipState;
use jiff::{SignedDuration, Timestamp};
use ledger::context::TenantBilling;
use ledger::order::{ClaimState, Order, PaymentClaim};
use ledger::renew::{paid_by_card, refused_by_card};
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::resources::settings::Charges;
use model::{Error, Record, Result};
use services::payments::{PaymentRequest, Refusal};
use steps::{Answer, Charged, Pass, Step};
use store::Versioned;

/// After this long an unknown charge is for staff and the provider to settle.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What an order says of the charge that an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The provider has yet to be asked.
    Open,
    /// The answer to this attempt was given to somebody else, who has recorded it
    /// in the order and the membership.
    Recorded(ActionStatus, u32),
}

/// What the provider may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    AndCharging,
    /// How the charge stands, and nothing that would charge.
    Only,
}

/// Whether the charge of an order is this action's to go on with.
///
/// # Errors
/// How the action ends if it is not.
pub fn standing(order: &Order, action: &Record) -> Result<Standing, Outcome> {
    let ended = |why: &str| Outcome::no_longer_eligible(format!("order {} {why}", order.number));
    if order.is_void() {
        return Err(ended("was voided"));
    }
    let Some(claim) = &order.claim else {
        return Err(ended("was paid otherwise"));
    };
    // A charge has one holder at a time: two that went on with it could both
    // record its payment.
    if claim.holder != action.text(ID_FIELD) {
        let run = claim.holder.split('|').next().unwrap_or_default();
        return Err(ended(&format!("is charged by run {run}")));
    }
    match claim.state {
        ClaimState::Succeeded => Ok(Standing::Recorded(ActionStatus::Completed, claim.attempt)),
        // Refused by the card, and paid by other means since.
        ClaimState::Declined if order.is_paid() => Err(ended("was paid otherwise")),
        ClaimState::Declined => Ok(Standing::Recorded(
            ActionStatus::PaymentFailure,
            claim.attempt,
        )),
        ClaimState::Open | ClaimState::Sent | ClaimState::Unknown => Ok(Standing::Open),
    }
}

/// The effect of an answer that somebody else has recorded: on the action alone.
pub fn record_known_outcome(
    action: &Record,
    effect: ActionStatus,
    attempt: u32,
    rules: &Rules<'_>,
) -> Effect {
    let mut after = rules.claimed(action);
    after.set(action::ATTEMPT, i64::from(attempt));
    // The provider's words went to whom it answered; the order does not keep them.
    let refused = effect == ActionStatus::PaymentFailure;
    after.set(action::EFFECT, effect);
    after.put(
        action::ERROR_MESSAGE,
        refused.then(|| "payment refused".to_owned()),
    );
    Effect::of(after)
}

/// Charges an open order: the effect of the provider's answer, or `None` where
/// somebody else has written the order meanwhile.
///
/// # Errors
/// That the provider cannot tell yet, or nobody can any more.
pub async fn charge(
    billing: &TenantBilling,
    action: &Record,
    state: &MembershipState,
    mut open: Versioned<Order>,
    rules: &Rules<'_>,
    asking: Asking,
) -> Result<Option<Effect>, Outcome> {
    let Some(charged) = charge_at_provider(billing, &mut open, asking).await? else {
        return Ok(None);
    };
    let Some(claim) = open.value.claim.clone() else {
        return Ok(None);
    };
    match charged {
        Charged::Succeeded => paid(action, state, &open, &claim, rules).map(Some),
        Charged::Declined(why) => declined(action, state, &open, &claim, why, rules).map(Some),
        Charged::Later(seconds) => Err(wait(&claim, seconds, rules.machine_now)),
        // The order stays open, its charge to whoever takes it up next.
        Charged::Withheld => Err(Outcome::no_longer_eligible(
            "the run was cancelled before the card was charged",
        )),
    }
}

/// Moves the payment to a definite outcome if that can be had now: the one
/// driver of [`steps`].
async fn charge_at_provider(
    billing: &TenantBilling,
    open: &mut Versioned<Order>,
    asking: Asking,
) -> Result<Option<Charged>> {
    // Approval has asked for the same, but the setting may have changed since.
    if billing.tenant.charges == Charges::Off && asking == Asking::AndCharging {
        return Err(Error::invalid(
            "/charges",
            "charging is off (setting charges)",
        ));
    }
    let (payments, tenant) = (&billing.ports.payments, billing.store.tenant());
    let Some(claim) = open.value.claim.clone() else {
        return Ok(None);
    };
    let mut pass = Pass::new(claim);
    loop {
        match pass.next(Timestamp::now()) {
            Step::Create | Step::Confirm(_) if asking == Asking::Only => {
                return Ok(Some(Charged::Withheld));
            }
            Step::Create => {
                let request = request(&open.value, &pass.claim);
                pass.learn(match payments.create(tenant, &request).await {
                    Ok(id) => Answer::Made(id),
                    Err(error) => Answer::NotMade(error),
                });
            }
            Step::Keep(claim) => {
                if !keep_claim(billing, open, &claim).await? {
                    return Ok(None);
                }
                pass.claim = claim;
            }
            Step::Confirm(id) => pass.learn(Answer::Told(payments.confirm(tenant, &id).await)),
            Step::Ask(id) => pass.learn(Answer::Told(payments.ask(tenant, &id).await)),
            Step::End(charged) => return Ok(Some(charged)),
        }
    }
}

fn request(order: &Order, claim: &PaymentClaim) -> PaymentRequest {
    PaymentRequest {
        key: order.payment_key(claim.attempt),
        amount: claim.amount,
        currency: order.currency.clone(),
        account: claim.account.clone(),
        description: format!("membership renewal, order {}", order.number),
    }
}

/// Writes how the charge stands; `false` when somebody else wrote first.
async fn keep_claim(
    billing: &TenantBilling,
    open: &mut Versioned<Order>,
    claim: &PaymentClaim,
) -> Result<bool> {
    let next = Order {
        claim: Some(claim.clone()),
        ..open.value.clone()
    };
    let Some(written) = billing.store.put(&open.with(next)).await? else {
        return Ok(false);
    };
    *open = written;
    Ok(true)
}

/// The money is there: the order is paid, the membership renewed.
fn paid(
    action: &Record,
    state: &MembershipState,
    open: &Versioned<Order>,
    claim: &PaymentClaim,
    rules: &Rules<'_>,
) -> Result<Effect, Outcome> {
    let mut member = state.member()?.clone();
    let (head, when) = (&state.head, &rules.when);
    let (paid, next) = paid_by_card(&mut member, &open.value, claim, &head.value, when);
    let mut after = action.clone();
    after.set(action::EFFECT, ActionStatus::Completed);
    // What was charged: less than the order's total where a part had been paid.
    after.set(action::AMOUNT, claim.amount.normalize());
    Ok(Effect {
        member: Some(member),
        head: Some(head.with(next)),
        order: Some(open.with(paid)),
        ..Effect::of(after)
    })
}

/// The card was refused: the order stays open for staff, the member or a later
/// run; dates and status stay.
fn declined(
    action: &Record,
    state: &MembershipState,
    open: &Versioned<Order>,
    claim: &PaymentClaim,
    refusal: Refusal,
    rules: &Rules<'_>,
) -> Result<Effect, Outcome> {
    let mut member = state.member()?.clone();
    let (order, when) = (&open.value, &rules.when);
    let refused = refused_by_card(&mut member, order, claim, refusal.hard, when);
    let mut after = action.clone();
    after.set(action::EFFECT, ActionStatus::PaymentFailure);
    after.set(action::ATTEMPT, i64::from(claim.attempt));
    after.set(
        action::ERROR_MESSAGE,
        action::reason(format!("payment refused: {}", refusal.why)),
    );
    Ok(Effect {
        member: Some(member),
        // Unchanged, but written: its version stands for the term not being
        // billed otherwise meanwhile.
        head: Some(state.head.clone()),
        order: Some(open.with(refused)),
        ..Effect::of(after)
    })
}

/// When the provider is asked again, or that it is not any more.
fn wait(claim: &PaymentClaim, seconds: u32, now: Timestamp) -> Outcome {
    let Some(since) = claim.unknown_since else {
        return Outcome::Later(seconds);
    };
    match now.duration_since(since) {
        waited if waited >= UNKNOWN_FOR => Outcome::GivenUp(since),
        waited => Outcome::Later(pause(waited)),
    }
}

/// Growing pauses between questions: a tenth of the time waited so far, from 2
/// seconds to 10 minutes.
fn pause(waited: SignedDuration) -> u32 {
    u32::try_from(waited.as_secs() / 10)
        .unwrap_or(0)
        .clamp(2, 600)
}
