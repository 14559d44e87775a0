//! Payments that staff record, and voiding: the other writers of an order.

use crate::commit::Writes;
use crate::context::TenantBilling;
use crate::head::{self, BillingHead};
use crate::order::{ClaimState, Order, Payment, PaymentClaim};
use crate::renew::{apply_payment, order_voided, paid_by_card, refused_by_card};
use jiff::Timestamp;
use model::resources::membership::{self as m, Memberships, Status};
use model::{Error, Record, Result};
use rust_decimal::Decimal;
use services::payments::Outcome;
use store::Versioned;

/// A payment as staff record it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The caller's id: recorded once, however often it is sent.
    pub id: String,
    pub kind: String,
    pub amount: Decimal,
    pub received_at: Timestamp,
    pub reference: Option<String>,
}

/// The kinds of payment there are, as the finance module names them.
pub const PAYMENT_KINDS: &[&str] = &[
    "credit card",
    "electronic check",
    "cash",
    "check",
    "cashiers check",
    "money order",
    "purchase order",
    "payroll deduction",
    "wire transfer",
    "ach",
    "store credit",
    "offline credit card",
];

/// Attempts at a change that others overtake.
const ATTEMPTS: usize = 10;

impl TenantBilling {
    pub async fn order(&self, id: &str) -> Result<Versioned<Order>> {
        let found = Order::find(&self.store, id).await?;
        found.ok_or(Error::NotFound {
            what: "Order",
            id: id.to_owned(),
        })
    }

    /// Records a payment; the same id again answers the same order.
    ///
    /// # Errors
    /// `Conflict` for a void order, while a charge is under way, or when the id
    /// stands for another amount; `Invalid` for an amount that is none or more
    /// than is due.
    pub async fn pay(&self, id: &str, received: &Received) -> Result<Order> {
        for _ in 0..ATTEMPTS {
            let Some(open) = self.settled_charge(id).await? else {
                continue;
            };
            if let Some(known) = open
                .value
                .payments
                .iter()
                .find(|payment| payment.id == received.id)
            {
                return repeated(&open.value, known, received);
            }
            check_payment(&open.value, received)?;
            if let Some(paid) = self.apply(open, received).await? {
                return Ok(paid);
            }
        }
        Err(Error::stale("Order", id))
    }

    /// The order. A charge whose outcome nobody waits for any more is asked
    /// about first and settled by the provider's answer; `None` when another
    /// was first.
    async fn settled_charge(&self, id: &str) -> Result<Option<Versioned<Order>>> {
        let open = self.order(id).await?;
        let left = |claim: &&PaymentClaim| claim.held_until <= Timestamp::now();
        let claim = open.value.claim.as_ref().filter(left);
        let payment = claim.and_then(|claim| claim.provider_id.clone());
        let (Some(claim), Some(payment), true) = (claim, payment, open.value.is_being_charged())
        else {
            return Ok(Some(open));
        };
        let answer = self.ports.payments.ask(self.store.tenant(), &payment);
        let answer = answer.await;
        let (member, head) = self.of_order(&open.value).await?;
        let mut after = member.clone();
        let (order, head) = match answer {
            Ok(Outcome::Succeeded) => {
                let now = &self.when();
                let (paid, next) = paid_by_card(&mut after, &open.value, claim, &head.value, now);
                set_reason(&mut after, &paid, &open.value);
                (paid, head.with(next))
            }
            Ok(Outcome::Declined(_)) => {
                let refused = refused_by_card(&mut after, &open.value, claim, &self.when());
                (refused, head)
            }
            // It may yet be confirmed, or the provider cannot say.
            Ok(Outcome::Unconfirmed) | Err(_) => return Ok(Some(open)),
        };
        let settled = open.with(order);
        let written = self.write(&member, after, &head, &settled).await?;
        Ok(written.then(|| Versioned {
            version: settled.version + 1,
            value: settled.value,
        }))
    }

    async fn apply(&self, open: Versioned<Order>, received: &Received) -> Result<Option<Order>> {
        let (member, head) = self.of_order(&open.value).await?;
        let dropped = member.get(m::STATUS) == Some(Status::Inactive);
        let payment = Payment {
            id: received.id.clone(),
            kind: received.kind.clone(),
            amount: received.amount,
            received_at: received.received_at,
            recorded_by: self.user.clone(),
            reference: received.reference.clone(),
            unapplied: dropped,
        };
        let mut paid = open.value.with_payment(payment);
        // A claim that was left before anything was sent may charge no more.
        if let Some(claim) = paid.claim.as_mut().filter(|c| c.state == ClaimState::Open) {
            claim.state = ClaimState::Declined;
        }
        let mut after = member.clone();
        let next = apply_payment(&mut after, &mut paid, &head.value, !dropped, &self.when());
        set_reason(&mut after, &paid, &open.value);
        let written = self
            .write(&member, after, &head.with(next), &open.with(paid.clone()))
            .await?;
        Ok(written.then_some(paid))
    }

    /// Voids an order: the one thing that opens its term again.
    ///
    /// # Errors
    /// `Conflict` while a payment on it is sent, unknown or succeeded.
    pub async fn void(&self, id: &str) -> Result<Order> {
        for _ in 0..ATTEMPTS {
            let Some(open) = self.settled_charge(id).await? else {
                continue;
            };
            if open.value.is_void() {
                return Ok(open.value);
            }
            if open.value.has_money() {
                let why = format!(
                    "order {id} has a payment, or a charge whose outcome is not a refusal: it cannot be voided"
                );
                return Err(Error::conflict("/status", why));
            }
            let (member, head) = self.of_order(&open.value).await?;
            let void = open.value.voided(self.tenant.now());
            let mut after = member.clone();
            let released = head.value.release_term(id, void.renewal.covered_before);
            order_voided(&mut after, &void, &released);
            if self
                .write(
                    &member,
                    after,
                    &head.with(released),
                    &open.with(void.clone()),
                )
                .await?
            {
                return Ok(void);
            }
        }
        Err(Error::stale("Order", id))
    }

    async fn of_order(&self, order: &Order) -> Result<(Record, Versioned<BillingHead>)> {
        let key = head::key(&order.membership_id);
        let (member, head) = futures::join!(
            self.store.require::<Memberships>(&order.membership_id),
            self.store.document::<BillingHead>(&key)
        );
        Ok((
            member?,
            head?.unwrap_or_else(|| BillingHead::new(&order.membership_id)),
        ))
    }

    /// Membership, head and order together; `false` when another was first.
    async fn write(
        &self,
        before: &Record,
        after: Record,
        head: &Versioned<BillingHead>,
        order: &Versioned<Order>,
    ) -> Result<bool> {
        let change = self
            .store
            .change::<Memberships>(&self.context(), Some(before), after)?;
        let writes = Writes::new(&self.store)
            .record(change)?
            .document(head)?
            .document(order)?;
        writes.commit().await?.is_committed()
    }
}

/// The status reason that the run which made the order gives to the renewed.
fn set_reason(member: &mut Record, paid: &Order, open: &Order) {
    let renewed = paid.renewal.dates_moved && !open.renewal.dates_moved;
    if let Some(reason) = paid.renewal.new_reason.clone().filter(|_| renewed) {
        member.set(m::STATUS_REASON_ID, reason);
    }
}

fn repeated(order: &Order, known: &Payment, received: &Received) -> Result<Order> {
    if known.amount == received.amount && known.kind == received.kind {
        return Ok(order.clone());
    }
    Err(Error::conflict(
        "/id",
        format!(
            "payment {} is recorded with {} {}",
            known.id, known.amount, known.kind
        ),
    ))
}

fn check_payment(order: &Order, received: &Received) -> Result<()> {
    if order.is_void() {
        return Err(Error::conflict("/status", "the order is void"));
    }
    if order.pro_forma {
        let why = "the order is pro forma: it can be paid once a run has made it a real one";
        return Err(Error::conflict("/pro_forma", why));
    }
    let under_way = order.claim.as_ref().is_some_and(|claim| match claim.state {
        ClaimState::Sent | ClaimState::Unknown => true,
        ClaimState::Open => claim.held_until > Timestamp::now(),
        ClaimState::Succeeded | ClaimState::Declined => false,
    });
    if under_way {
        return Err(Error::conflict(
            "/id",
            "a charge of the stored card is under way on this order: wait for its outcome",
        ));
    }
    if received.amount <= Decimal::ZERO {
        return Err(Error::invalid("/amount", "must be more than 0"));
    }
    if received.amount > order.balance() {
        return Err(Error::invalid(
            "/amount",
            format!("must be at most the balance due, {}", order.balance()),
        ));
    }
    Ok(())
}
