//! Payments that staff record, and voiding: the other writers of an order.

mod books;
mod checks;
mod group;

use crate::books::{Disposal, Entry};
use crate::brought::IMPORTED;
use crate::context::TenantBilling;
use crate::order::{Order, PaymentClaim};
use crate::receipt::{self, Receipt, Refund, Reversal};
use crate::renew::{paid_by_card, refused_by_card};
use books::answer;
pub use checks::check_void;
use checks::{
    check_move, check_not_reversed, check_part, check_payment, check_repeated, check_takes,
};
pub use group::Named;
use jiff::Timestamp;
use model::{Error, Result};
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

impl Received {
    /// What was recorded with an order, before any takes of it: credit of a membership.
    fn receipt(&self, order: &str, membership: &str, currency: &str, by: &str) -> Receipt {
        Receipt {
            id: self.id.clone(),
            order_id: order.to_owned(),
            membership_id: membership.to_owned(),
            kind: self.kind.clone(),
            amount: self.amount,
            currency: currency.to_owned(),
            received_at: self.received_at,
            recorded_by: by.to_owned(),
            reference: self.reference.clone(),
            applied: Vec::new(),
            refunds: Vec::new(),
            reversal: None,
        }
    }
}

/// The kinds of payment there are, as the finance module names them, and last what an
/// import brings.
pub const ALL_KINDS: &[&str] = &[
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
    IMPORTED,
];

/// Those that a caller may record.
pub const PAYMENT_KINDS: &[&str] = ALL_KINDS.split_at(ALL_KINDS.len() - 1).0;

/// Payments whose credit one order takes: what fits into a transaction.
const CREDIT_MAX: usize = 50;

/// Attempts at a change that others overtake.
const ATTEMPTS: usize = 10;

/// Credit that is marked as paid back.
#[derive(Clone, Debug)]
pub struct PaidBack {
    pub id: String,
    pub amount: Decimal,
    pub reason: String,
}

impl TenantBilling {
    /// # Errors
    /// `NotFound`; `Conflict` for the order of a group, which is several.
    pub async fn order(&self, id: &str) -> Result<Versioned<Order>> {
        match self.named(id).await? {
            Named::Order(order) => Ok(*order),
            Named::Group(_) => Err(Error::conflict(
                "/id",
                format!("order {id} is a group's: name one of the orders that it is made of"),
            )),
        }
    }

    /// The payments of a membership, the newest first, and with them its credit.
    pub async fn receipts_of(&self, membership: &str) -> Result<Vec<Receipt>> {
        let found = self
            .store
            .documents_of::<Receipt>(membership, receipt::PARTITION);
        let mut found: Vec<Receipt> = found.await?.into_iter().map(|r| r.value).collect();
        found.sort_by(|a, b| (b.received_at, &b.id).cmp(&(a.received_at, &a.id)));
        Ok(found)
    }

    /// The payments of a membership that have credit left, the oldest first.
    pub async fn credit_of(&self, membership: &str) -> Result<Vec<Versioned<Receipt>>> {
        let found = self
            .store
            .documents_of::<Receipt>(membership, receipt::PARTITION);
        let mut found = found.await?;
        found.retain(|receipt| receipt.value.credit() > Decimal::ZERO);
        found.sort_by(|a, b| {
            let key =
                |found: &Versioned<Receipt>| (found.value.received_at, found.value.id.clone());
            key(a).cmp(&key(b))
        });
        found.truncate(CREDIT_MAX);
        Ok(found)
    }

    /// Records a payment; the same id again answers the same. The order takes up
    /// to its balance, the rest is credit of its membership.
    ///
    /// # Errors
    /// `Conflict` while a charge is under way, or when the id stands for another
    /// payment; `Invalid` for an amount that is none.
    pub async fn pay(&self, id: &str, received: &Received) -> Result<(Order, Receipt)> {
        for _ in 0..ATTEMPTS {
            let Some(open) = self.settled_charge(id).await? else {
                continue;
            };
            // Before the amount is judged: a repetition answers the same, whatever the order has
            // become since.
            if let Some(known) = self.known_receipt(&open.value, &received.id).await? {
                check_repeated(&known.value, id, received)?;
                self.tell_of_payment(&open.value, &known.value).await;
                return Ok((open.value, known.value));
            }
            check_payment(&open.value, received)?;
            let (account, currency) = (&open.value.membership_id, &open.value.currency);
            let receipt = received.receipt(id, account, currency, &self.user);
            let mut books = self.books([open]).await?;
            books.receive(receipt, &self.when());
            if self.commit(&mut books).await? {
                let (order, receipt) = answer(books, id, &received.id)?;
                self.tell_of_payment(&order, &receipt).await;
                return Ok((order, receipt));
            }
        }
        Err(Error::stale("Order", id))
    }

    /// Puts credit of the order's membership on it, the oldest payment first.
    ///
    /// # Errors
    /// `Conflict` where there is no credit, or nothing that it could pay.
    pub async fn use_credit(&self, id: &str) -> Result<Order> {
        for _ in 0..ATTEMPTS {
            let Some(open) = self.settled_charge(id).await? else {
                continue;
            };
            check_takes(&open.value)?;
            let credit = self.credit_of(&open.value.membership_id).await?;
            if credit.is_empty() {
                return Err(Error::conflict("/id", "the membership has no credit"));
            }
            let mut books = self.books([open]).await?;
            self.check_free(&books)?;
            // One transaction for all of them, or a crash would leave the order paid by some and
            // the receipts of others spent.
            for found in credit {
                let (receipt, credit) = (found.value.id.clone(), found.value.credit());
                books.receipts.insert(receipt.clone(), Entry::new(found));
                books.apply(&receipt, id, credit, &self.when());
            }
            if self.commit(&mut books).await? {
                return Ok(books
                    .orders
                    .remove(id)
                    .map(|entry| entry.now)
                    .unwrap_or(self.order(id).await?.value));
            }
        }
        Err(Error::stale("Order", id))
    }

    /// Moves a payment with all that is left of it to another order, also
    /// another member's.
    ///
    /// # Errors
    /// `Conflict` for a payment that was reversed.
    pub async fn move_payment(
        &self,
        id: &str,
        payment: &str,
        to: &str,
    ) -> Result<(Order, Receipt)> {
        for _ in 0..ATTEMPTS {
            let (Some(open), Some(target)) = (
                self.settled_charge(id).await?,
                self.settled_charge(to).await?,
            ) else {
                continue;
            };
            let known = self.known_receipt(&open.value, payment).await?;
            // All of it is there: it is sent again.
            let moved = |known: &Receipt| {
                known.on(to) > Decimal::ZERO
                    && known.on(to) == known.applied()
                    && known.membership_id == target.value.membership_id
            };
            if let Some(known) = known.filter(|known| id != to && moved(&known.value)) {
                self.tell_of_payment(&target.value, &known.value).await;
                return Ok((target.value, known.value));
            }
            let receipt = self.receipt(&open.value, payment).await?;
            check_not_reversed(&receipt.value)?;
            check_takes(&target.value)?;
            check_move(&target.value, &receipt.value)?;
            if target.value.currency != receipt.value.currency {
                let rule = format!(
                    "is in {}, the payment in {}",
                    target.value.currency, receipt.value.currency
                );
                return Err(Error::conflict("/order_id", rule));
            }
            // A payment by card may be asked for by the provider's id and has one of its own.
            let payment = receipt.value.id.clone();
            let mut books = self.books_with(receipt, [open, target]).await?;
            self.check_free(&books)?;
            books.move_to(&payment, to, &self.when());
            if self.commit(&mut books).await? {
                let (order, receipt) = answer(books, to, &payment)?;
                self.tell_of_payment(&order, &receipt).await;
                return Ok((order, receipt));
            }
        }
        Err(Error::stale("Order", id))
    }

    /// Reverses a payment, once: the balances it had paid are open again.
    ///
    /// # Errors
    /// `Conflict` for a payment that another reversal has reversed.
    pub async fn reverse(
        &self,
        id: &str,
        payment: &str,
        reversal: &Reversal,
    ) -> Result<(Order, Receipt)> {
        for _ in 0..ATTEMPTS {
            let Some(open) = self.settled_charge(id).await? else {
                continue;
            };
            // Reversed, it is on no order that would know it.
            let known = self.known_receipt(&open.value, payment).await?;
            let same = |known: &Versioned<Receipt>| {
                let by = known.value.reversal.as_ref();
                by.is_some_and(|by| by.id == reversal.id)
            };
            if let Some(known) = known.filter(same) {
                self.tell_of_reversal(&open.value, &known.value).await;
                return Ok((open.value, known.value));
            }
            let receipt = self.receipt(&open.value, payment).await?;
            check_not_reversed(&receipt.value)?;
            let payment = receipt.value.id.clone();
            let mut books = self.books_with(receipt, [open]).await?;
            self.check_free(&books)?;
            books.reverse(&payment, reversal.clone(), &self.when());
            if self.commit(&mut books).await? {
                let (order, receipt) = answer(books, id, &payment)?;
                self.tell_of_reversal(&order, &receipt).await;
                return Ok((order, receipt));
            }
        }
        Err(Error::stale("Order", id))
    }

    /// Marks credit of a payment as paid back, once for each id.
    ///
    /// # Errors
    /// `Conflict` for more than the credit that is left of the payment.
    pub async fn pay_back(
        &self,
        id: &str,
        payment: &str,
        refund: &PaidBack,
    ) -> Result<(Order, Receipt)> {
        for _ in 0..ATTEMPTS {
            let order = self.order(id).await?.value;
            let mut receipt = self.receipt(&order, payment).await?;
            let made = receipt.value.refund(Refund {
                id: refund.id.clone(),
                amount: refund.amount,
                reason: refund.reason.clone(),
                at: self.tenant.now(),
                by: self.user.clone(),
            });
            let made = made.map_err(|why| Error::conflict("/amount", why))?;
            // Alone, without the order: credit is on none, so no balance changes.
            if !made || self.store.put(&receipt).await?.is_some() {
                return Ok((order, receipt.value));
            }
        }
        Err(Error::stale("Order", id))
    }

    /// The order. A charge whose outcome nobody waits for any more is asked
    /// about first and settled by the provider's answer; `None` when another
    /// was first.
    async fn settled_charge(&self, id: &str) -> Result<Option<Versioned<Order>>> {
        let open = self.order(id).await?;
        self.settled(open).await
    }

    /// The same of an order that has been read.
    async fn settled(&self, open: Versioned<Order>) -> Result<Option<Versioned<Order>>> {
        // By the system's clock and not the tenant's: the lease guards against a worker that is
        // alive now.
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
                (paid, head.with(next))
            }
            Ok(Outcome::Declined(refusal)) => {
                let now = &self.when();
                let refused = refused_by_card(&mut after, &open.value, claim, refusal.hard, now);
                (refused, head)
            }
            // It may yet be confirmed, or the provider cannot say.
            Ok(Outcome::Unconfirmed) | Err(_) => return Ok(Some(open)),
        };
        let settled = open.with(order);
        let written = self.write(&member, after, &head, &settled).await?;
        if written {
            self.tell_of_charge(&settled.value).await;
        }
        Ok(written.then(|| Versioned {
            version: settled.version + 1,
            value: settled.value,
        }))
    }

    /// Voids an order: the one thing that opens its term again. Answers which
    /// fields that the order had set have been changed since, and stay.
    ///
    /// # Errors
    /// `Conflict` while a charge on it is under way, or with payments on it and
    /// nothing said of what becomes of them.
    pub async fn void(
        &self,
        id: &str,
        disposal: Option<&Disposal>,
        reason: Option<&str>,
    ) -> Result<(Order, Vec<String>)> {
        for _ in 0..ATTEMPTS {
            let Some(open) = self.settled_charge(id).await? else {
                continue;
            };
            if open.value.is_void() {
                self.follow_group(&open.value).await?;
                return Ok((open.value, Vec::new()));
            }
            check_void(&open.value, disposal)?;
            let mut orders = vec![open.clone()];
            if let Some(Disposal::Move(to)) = disposal {
                let Some(target) = self.settled_charge(to).await? else {
                    continue;
                };
                check_takes(&target.value)?;
                orders.push(target);
            }
            let mut books = self.books(orders).await?;
            for payment in &open.value.payments {
                let receipt = self.receipt(&open.value, &payment.id).await?;
                check_part(&open.value, &receipt.value, disposal)?;
                // What becomes credit leaves the other orders alone.
                if !matches!(disposal, Some(Disposal::Credit) | None) {
                    self.add_orders_of(&mut books, &receipt.value).await?;
                }
                books
                    .receipts
                    .insert(payment.id.clone(), Entry::new(receipt));
            }
            self.check_free(&books)?;
            let kept = books.void(id, disposal, &self.when());
            if let Some(entry) = books.orders.get_mut(id) {
                entry.now.void_reason = reason.map(str::to_owned);
            }
            if self.commit(&mut books).await? {
                let void = books.orders.remove(id).map(|entry| entry.now);
                let void = void.unwrap_or(open.value);
                self.follow_group(&void).await?;
                return Ok((void, kept));
            }
        }
        Err(Error::stale("Order", id))
    }
}
