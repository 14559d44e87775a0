//! Receipts: each payment that somebody made, once in a tenant, and where its
//! money is: on orders, kept as credit of a membership, paid back, or reversed.
//! Pure changes of receipts and orders.

use crate::order::{ClaimState, Order, Payment};
use jiff::{Timestamp, civil::Date};
use model::resources::membership::OrderStatus;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use store::{Document, DocumentKey, Versioned};

/// What has been received with one payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The caller's id, unique in the tenant.
    pub id: String,
    /// The order that it was recorded with.
    pub order_id: String,
    /// Whose credit it is, as far as no order has taken it.
    pub membership_id: String,
    /// As in `check`, `wire transfer`, `cash`, `credit card`.
    #[serde(rename = "type")]
    pub kind: String,
    pub amount: Decimal,
    pub currency: String,
    pub received_at: Timestamp,
    pub recorded_by: String,
    pub reference: Option<String>,
    pub applied: Vec<Applied>,
    pub refunds: Vec<Refund>,
    pub reversal: Option<Reversal>,
}

/// What an order has taken of a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub order_id: String,
    pub amount: Decimal,
}

/// Credit that was paid back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// The caller's id: paid back once, however often it is sent.
    pub id: String,
    pub amount: Decimal,
    pub reason: String,
    pub at: Timestamp,
    pub by: String,
}

/// A returned debit, a bounced cheque, a chargeback, a wrong entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reversal {
    /// The caller's id.
    pub id: String,
    pub date: Date,
    pub reason: String,
    pub at: Timestamp,
    pub by: String,
    /// What the payment still was: all but what had been paid back.
    pub amount: Decimal,
}

/// What the partitions of receipts begin with.
pub const PARTITION: &str = "receipt#";

impl Document for Receipt {
    const WHAT: &'static str = "receipt";
    fn key(&self) -> DocumentKey {
        key(&self.id)
    }
    fn membership(&self) -> Option<&str> {
        Some(&self.membership_id)
    }
}

/// Where a receipt stands.
pub fn key(id: &str) -> DocumentKey {
    DocumentKey::new(format!("{PARTITION}{id}"), "receipt")
}

impl Receipt {
    /// The receipt of a payment that was recorded on its order before there
    /// were receipts, or by a charge.
    pub fn of_order(order: &Order, payment: &Payment) -> Versioned<Receipt> {
        let applied = Applied {
            order_id: order.id.clone(),
            amount: payment.amount,
        };
        Versioned::new(Receipt {
            id: payment.id.clone(),
            order_id: order.id.clone(),
            membership_id: order.membership_id.clone(),
            kind: payment.kind.clone(),
            amount: payment.amount,
            currency: order.currency.clone(),
            received_at: payment.received_at,
            recorded_by: payment.recorded_by.clone(),
            reference: payment.reference.clone(),
            applied: vec![applied],
            refunds: Vec::new(),
            reversal: None,
        })
    }

    /// What orders have taken of it.
    pub fn applied(&self) -> Decimal {
        self.applied.iter().map(|applied| applied.amount).sum()
    }

    pub fn refunded(&self) -> Decimal {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }

    pub fn reversed(&self) -> Decimal {
        let reversal = self.reversal.as_ref();
        reversal.map_or(Decimal::ZERO, |reversal| reversal.amount)
    }

    /// What is nobody's yet: it is the membership's.
    pub fn credit(&self) -> Decimal {
        self.amount - self.applied() - self.refunded() - self.reversed()
    }

    /// What an order has taken of it.
    pub fn on(&self, order: &str) -> Decimal {
        let on = self.applied.iter().filter(|a| a.order_id == order);
        on.map(|applied| applied.amount).sum()
    }

    /// Credit pays the order, up to its balance and to `most`; answers how much
    /// it has taken. A void order and a forecast take nothing.
    pub fn apply_to(&mut self, order: &mut Order, most: Decimal) -> Decimal {
        let takes = match order.is_void() || order.pro_forma || order.currency != self.currency {
            true => Decimal::ZERO,
            false => order.balance().max(Decimal::ZERO),
        };
        let amount = self.credit().min(takes).min(most);
        if amount <= Decimal::ZERO {
            return Decimal::ZERO;
        }
        match self.applied.iter_mut().find(|a| a.order_id == order.id) {
            Some(applied) => applied.amount += amount,
            None => self.applied.push(Applied {
                order_id: order.id.clone(),
                amount,
            }),
        }
        order.take(self, amount);
        amount
    }

    /// The order gives back what it has taken: its balance is open again.
    pub fn withdraw_from(&mut self, order: &mut Order) -> Decimal {
        let amount = self.on(&order.id);
        self.applied.retain(|applied| applied.order_id != order.id);
        order.give_back(&self.id);
        amount
    }

    /// Pays back credit, once for each id; `false` if it was paid back already.
    ///
    /// # Errors
    /// One line: more than the credit that is left, or another refund of this id.
    pub fn refund(&mut self, refund: Refund) -> Result<bool, String> {
        if let Some(known) = self.refunds.iter().find(|known| known.id == refund.id) {
            return match known.amount == refund.amount {
                true => Ok(false),
                false => Err(format!(
                    "refund {} is recorded with {}",
                    known.id, known.amount
                )),
            };
        }
        let credit = self.credit();
        if refund.amount > credit {
            return Err(format!("must be at most the credit left, {credit}"));
        }
        self.refunds.push(refund);
        Ok(true)
    }

    /// Reverses what is left of the payment, after the orders have given back
    /// what they had taken.
    pub fn reverse(&mut self, reversal: Reversal) {
        let amount = self.amount - self.refunded();
        self.applied.clear();
        self.reversal = Some(Reversal { amount, ..reversal });
    }
}

/// Pays an order from credit as far as it goes; the receipts that it has taken
/// of, as they are to be written.
pub fn take_credit(credit: &[Versioned<Receipt>], order: &mut Order) -> Vec<Versioned<Receipt>> {
    let mut taken = Vec::new();
    for found in credit {
        let mut receipt = found.value.clone();
        if receipt.apply_to(order, found.value.credit()) > Decimal::ZERO {
            taken.push(found.with(receipt));
        }
    }
    taken
}

impl Order {
    /// Takes an amount of a receipt; an entry of the same payment grows.
    fn take(&mut self, receipt: &Receipt, amount: Decimal) {
        let known = self.payments.iter_mut().find(|p| p.id == receipt.id);
        match known {
            Some(known) => known.amount += amount,
            None => self.payments.push(Payment {
                id: receipt.id.clone(),
                kind: receipt.kind.clone(),
                amount,
                received_at: receipt.received_at,
                recorded_by: receipt.recorded_by.clone(),
                reference: receipt.reference.clone(),
                unapplied: false,
            }),
        }
        self.paid += amount;
        if self.is_paid() {
            self.status = OrderStatus::Completed;
        }
    }

    fn give_back(&mut self, payment: &str) {
        let given = self.payments.iter().filter(|p| p.id == payment);
        let amount: Decimal = given.map(|payment| payment.amount).sum();
        self.payments.retain(|p| p.id != payment);
        self.paid -= amount;
        // What a card had paid may be charged anew.
        let charged = self.is_charge(payment);
        if let Some(claim) = self.claim.as_mut().filter(|_| charged) {
            claim.state = ClaimState::Declined;
        }
        if !self.is_void() && !self.is_paid() {
            self.status = OrderStatus::AwaitingPayment;
        }
    }
}
