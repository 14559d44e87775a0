//! Charging an order. The payment is made unconfirmed, its id is stored, then
//! it is confirmed; an unknown outcome is asked about by that id. The order
//! holds the one claim, whoever charges (rules PAY-5 to PAY-9).

use super::act::Outcome;
use super::page::Worker;
use super::state::MembershipState;
use jiff::{SignedDuration, Timestamp};
use ledger::order::{ClaimState, Order, PaymentClaim};
use ledger::renew::{paid_by_card, refused_by_card};
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus, BillingRunActions};
use model::resources::settings::Charges;
use model::{Error, Record, Result};
use services::payments::{Outcome as Charge, PaymentError, PaymentRequest};
use store::{Transaction, Versioned};

/// After this long an unknown charge is for staff and the provider to settle.
const UNKNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Confirmations tried in one pass when the provider says that nothing was charged.
const CONFIRMATIONS: usize = 2;

/// How a charge stands after asking.
enum Charged {
    Succeeded,
    Declined(String),
    Later(u32),
}

impl Worker<'_> {
    /// Takes up the open order that somebody else has made.
    pub(super) async fn adopt(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        id: &str,
    ) -> Result<Option<Outcome>> {
        let open = self.billing.order(id).await?;
        if open.value.is_paid() || open.value.is_void() {
            return Ok(None);
        }
        let now = Timestamp::now();
        let mine = record.text(ID_FIELD);
        let claim = match &open.value.claim {
            Some(claim)
                if matches!(claim.state, ClaimState::Open | ClaimState::Sent)
                    && claim.holder != mine
                    && claim.held_until > now =>
            {
                return Ok(Some(Outcome::Later(5)));
            }
            Some(claim) if claim.state != ClaimState::Declined => PaymentClaim {
                holder: mine.to_owned(),
                held_until: self.lease_until,
                ..claim.clone()
            },
            earlier => match self.next_claim(mine, state, &open.value, earlier.as_ref()) {
                Ok(claim) => claim,
                Err(outcome) => return Ok(Some(outcome)),
            },
        };
        self.take_claim(record, state, open, claim).await
    }

    /// A new attempt, which only a decline allows.
    fn next_claim(
        &self,
        holder: &str,
        state: &MembershipState,
        open: &Order,
        earlier: Option<&PaymentClaim>,
    ) -> std::result::Result<PaymentClaim, Outcome> {
        Ok(PaymentClaim {
            attempt: earlier.map_or(1, |claim| claim.attempt + 1),
            state: ClaimState::Open,
            provider_id: None,
            amount: open.balance(),
            account: self.account(state)?,
            holder: holder.to_owned(),
            held_until: self.lease_until,
            unknown_since: None,
        })
    }

    async fn take_claim(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        open: Versioned<Order>,
        claim: PaymentClaim,
    ) -> Result<Option<Outcome>> {
        let mut after = self.claimed(record);
        after.set(action::ORDER_ID, open.value.id.clone());
        after.set(action::AMOUNT, open.value.balance().to_string());
        after.set(action::CURRENCY, open.value.currency.clone());
        after.set(action::STATUS, ActionStatus::ProcessingOrder);
        let change = self.billing.store.change::<BillingRunActions>(
            &self.billing.context(),
            Some(record),
            after,
        )?;
        let stored = change.after.clone();
        let claimed = open.with(Order {
            claim: Some(claim),
            ..open.value.clone()
        });
        let mut transaction = Transaction::new(&self.billing.store);
        transaction.change(change)?;
        transaction.document(&claimed)?;
        match transaction.commit().await {
            Ok(()) => *record = stored,
            Err(store::Refused::At(0)) => return Ok(Some(Outcome::Lost)),
            Err(store::Refused::At(_)) => return Ok(None),
            Err(store::Refused::Failed(error)) => {
                return self.after_unknown(record, state, error).await;
            }
        }
        state.billed_here = true;
        self.charge(record, state).await
    }

    /// Goes on with the charge of the action's order, wherever it stands.
    pub(super) async fn charge(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
    ) -> Result<Option<Outcome>> {
        state.billed_here = true;
        let mut open = self.billing.order(record.text(action::ORDER_ID)).await?;
        if open.value.is_void() {
            return Ok(Some(Outcome::no_longer_eligible(format!(
                "order {} was voided",
                open.value.number
            ))));
        }
        let Some(claim) = open.value.claim.clone() else {
            return Ok(Some(Outcome::no_longer_eligible(format!(
                "order {} was paid otherwise",
                open.value.number
            ))));
        };
        if claim.holder != record.text(ID_FIELD) {
            return Ok(Some(held_by_another(&open.value, &claim)));
        }
        match claim.state {
            ClaimState::Succeeded => {
                return self
                    .told(record, state, ActionStatus::Completed, None)
                    .await;
            }
            ClaimState::Declined if open.value.is_paid() => {
                return Ok(Some(Outcome::no_longer_eligible(format!(
                    "order {} was paid otherwise",
                    open.value.number
                ))));
            }
            ClaimState::Declined => {
                let why = Some("payment refused".to_owned());
                let effect = ActionStatus::PaymentFailure;
                return self.told(record, state, effect, why).await;
            }
            _ => {}
        }
        match self.drive(&mut open).await? {
            Some(Charged::Succeeded) => self.succeeded(record, state, open).await,
            Some(Charged::Declined(why)) => self.declined(record, state, open, why).await,
            Some(Charged::Later(seconds)) => self.wait(&open.value, seconds),
            // Somebody else wrote the order: look again.
            None => Ok(None),
        }
    }

    /// The provider's answer was given to somebody else, who has recorded it.
    async fn told(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        effect: ActionStatus,
        why: Option<String>,
    ) -> Result<Option<Outcome>> {
        let mut after = self.claimed(record);
        after.set(action::EFFECT, effect);
        after.put(action::ERROR_MESSAGE, why);
        if !self.save_action(record, after).await? {
            return Ok(Some(Outcome::Lost));
        }
        state.refresh(self.billing).await?;
        self.finish(record, state, effect, false).await.map(Some)
    }

    fn wait(&self, open: &Order, seconds: u32) -> Result<Option<Outcome>> {
        let unknown_since = open.claim.as_ref().and_then(|claim| claim.unknown_since);
        let now = Timestamp::now();
        if let Some(since) = unknown_since.filter(|since| now.duration_since(*since) >= UNKNOWN_FOR)
        {
            return Ok(Some(Outcome::GivenUp(since)));
        }
        Ok(Some(Outcome::Later(
            unknown_since.map_or(seconds, |since| pause(now.duration_since(since))),
        )))
    }

    /// Moves the payment to a definite outcome if that can be had now.
    async fn drive(&self, open: &mut Versioned<Order>) -> Result<Option<Charged>> {
        if self.billing.tenant.charges == Charges::Off {
            return Err(Error::invalid(
                "/charges",
                "charging is off (setting charges)",
            ));
        }
        let payments = &self.billing.ports.payments;
        let tenant = self.billing.store.tenant();
        let Some(claim) = open.value.claim.clone() else {
            return Ok(None);
        };
        let id = match &claim.provider_id {
            Some(id) => id.clone(),
            None => match payments.create(tenant, &request(&open.value, &claim)).await {
                Ok(id) => {
                    let sent = PaymentClaim {
                        provider_id: Some(id.clone()),
                        state: ClaimState::Sent,
                        ..claim.clone()
                    };
                    if !self.keep_claim(open, sent).await? {
                        return Ok(None);
                    }
                    id
                }
                Err(error) => return Ok(Some(not_created(error))),
            },
        };
        let fresh = claim.provider_id.is_none();
        // What is known of a payment made before is asked; then confirming is safe.
        let mut answer = if fresh {
            Ok(Charge::Unconfirmed)
        } else {
            payments.ask(tenant, &id).await
        };
        for _ in 0..CONFIRMATIONS {
            if matches!(answer, Ok(Charge::Unconfirmed)) {
                answer = payments.confirm(tenant, &id).await;
            }
            if matches!(answer, Err(PaymentError::Unknown(_))) {
                answer = self.ask_about_unknown(open, &id).await?;
            }
        }
        Ok(Some(match answer {
            Ok(Charge::Succeeded) => Charged::Succeeded,
            Ok(Charge::Declined(why)) => Charged::Declined(why),
            Ok(Charge::Unconfirmed) => Charged::Later(1),
            Err(PaymentError::RateLimited {
                retry_after_seconds,
            }) => Charged::Later(retry_after_seconds),
            Err(PaymentError::Refused(why)) => Charged::Declined(why),
            Err(PaymentError::Unknown(_)) => Charged::Later(2),
        }))
    }

    /// The provider did not say: that is written down before it is asked.
    async fn ask_about_unknown(
        &self,
        open: &mut Versioned<Order>,
        id: &str,
    ) -> Result<std::result::Result<Charge, PaymentError>> {
        let Some(claim) = open.value.claim.clone() else {
            return Ok(Err(PaymentError::Unknown(String::new())));
        };
        let since = claim.unknown_since.unwrap_or_else(Timestamp::now);
        let unknown = PaymentClaim {
            state: ClaimState::Unknown,
            unknown_since: Some(since),
            ..claim
        };
        if open.value.claim.as_ref() != Some(&unknown) && !self.keep_claim(open, unknown).await? {
            return Ok(Err(PaymentError::Unknown("the order was changed".into())));
        }
        Ok(self
            .billing
            .ports
            .payments
            .ask(self.billing.store.tenant(), id)
            .await)
    }

    async fn keep_claim(&self, open: &mut Versioned<Order>, claim: PaymentClaim) -> Result<bool> {
        let next = open.with(Order {
            claim: Some(claim),
            ..open.value.clone()
        });
        let written = self.billing.store.put(&next).await?;
        let kept = written.is_some();
        if let Some(written) = written {
            *open = written;
        }
        Ok(kept)
    }

    /// The money is there: the order is paid, the membership renewed.
    async fn succeeded(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        open: Versioned<Order>,
    ) -> Result<Option<Outcome>> {
        let mut member = state.member()?.clone();
        let Some(claim) = open.value.claim.clone() else {
            return Ok(None);
        };
        let when = self.billing.when();
        let (paid, head) = paid_by_card(&mut member, &open.value, &claim, &state.head.value, &when);
        let spec = self.spec_of(record);
        if let Some(spec) = spec {
            self.set_reason(&mut member, spec);
        }
        let mut after = record.clone();
        after.set(action::EFFECT, ActionStatus::Completed);
        after.set(action::AMOUNT, claim.amount.to_string());
        let head = state.head.with(head);
        match self
            .write_order(record, state, after, member, &head, &open.with(paid))
            .await?
        {
            Some(outcome) => Ok(outcome),
            None => self
                .finish(record, state, ActionStatus::Completed, false)
                .await
                .map(Some),
        }
    }

    /// The card was refused: the order stays open for staff, the member or a
    /// later run; dates and status stay.
    async fn declined(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        open: Versioned<Order>,
        why: String,
    ) -> Result<Option<Outcome>> {
        let Some(claim) = open.value.claim.clone() else {
            return Ok(None);
        };
        let mut member = state.member()?.clone();
        let refused = refused_by_card(&mut member, &open.value, &claim, &self.billing.when());
        let mut after = record.clone();
        after.set(action::EFFECT, ActionStatus::PaymentFailure);
        after.set(action::ERROR_MESSAGE, format!("payment refused: {why}"));
        let head = state.head.clone();
        match self
            .write_order(record, state, after, member, &head, &open.with(refused))
            .await?
        {
            Some(outcome) => Ok(outcome),
            None => self
                .finish(record, state, ActionStatus::PaymentFailure, false)
                .await
                .map(Some),
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

fn not_created(error: PaymentError) -> Charged {
    match error {
        PaymentError::RateLimited {
            retry_after_seconds,
        } => Charged::Later(retry_after_seconds),
        PaymentError::Refused(why) => Charged::Declined(why),
        // Making the payment again by the same key makes no second one.
        PaymentError::Unknown(_) => Charged::Later(2),
    }
}

fn held_by_another(order: &Order, claim: &PaymentClaim) -> Outcome {
    let run = claim.holder.split('|').next().unwrap_or_default();
    Outcome::no_longer_eligible(format!("order {} is charged by run {run}", order.number))
}

/// Growing pauses between questions: a tenth of the time waited so far, from 2
/// seconds to 10 minutes.
fn pause(waited: SignedDuration) -> u32 {
    u32::try_from(waited.as_secs() / 10)
        .unwrap_or(0)
        .clamp(2, 600)
}
