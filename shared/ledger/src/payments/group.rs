//! Payments on the one order of a group (rule APPL-16): each is one receipt, which
//! the orders of its applications take in turn.

use super::checks::{check_amount, check_charge, check_repeated};
use super::{ATTEMPTS, Received};
use crate::books::Entry;
use crate::commit::Writes;
use crate::context::TenantBilling;
use crate::group::{Group, GroupOrder};
use crate::order::Order;
use crate::receipt::{self, Receipt};
use model::resources::ApplicationGroups;
use model::{Error, Result, sys};
use rust_decimal::Decimal;
use store::Versioned;

/// Payments whose credit a group's order takes: what fits into a transaction beside
/// its orders.
const CREDIT_MAX: usize = 10;

/// What an id of an order names.
pub enum Named {
    Order(Box<Versioned<Order>>),
    Group(Box<Group>),
}

impl TenantBilling {
    /// # Errors
    /// `NotFound` where neither an order nor a group's order has the id.
    pub async fn named(&self, id: &str) -> Result<Named> {
        if let Some(order) = Order::find(&self.store, id).await? {
            return Ok(Named::Order(Box::new(order)));
        }
        let group = Group::find(&self.store, id).await?;
        let group = group.map(|group| Named::Group(Box::new(group)));
        group.ok_or(Error::NotFound {
            what: "Order",
            id: id.to_owned(),
        })
    }

    async fn group(&self, id: &str) -> Result<Group> {
        let found = Group::find(&self.store, id).await?;
        found.ok_or(Error::NotFound {
            what: "Order",
            id: id.to_owned(),
        })
    }

    /// Records a payment of a group; the same id again answers the same. Its orders
    /// take up to their balances, the first before the next; the rest is credit of
    /// the payer's membership.
    ///
    /// # Errors
    /// As [`TenantBilling::pay`].
    pub async fn pay_group(&self, id: &str, received: &Received) -> Result<(Group, Receipt)> {
        for _ in 0..ATTEMPTS {
            let group = self.group(id).await?;
            let key = receipt::key(&received.id);
            if let Some(known) = self.store.document::<Receipt>(&key).await? {
                check_repeated(&known.value, id, received)?;
                self.tell_of_group_payment(&group, &known.value).await;
                return Ok((group, known.value));
            }
            check_amount(received)?;
            let Some(owing) = self.owing(&group).await? else {
                continue;
            };
            let order = &group.order.value;
            let receipt =
                received.receipt(id, &order.credit_account(), &order.currency, &self.user);
            let ids: Vec<String> = owing.iter().map(|order| order.value.id.clone()).collect();
            let mut books = self.books(owing).await?;
            books.receive_on(receipt, &ids, &self.when());
            if self.commit(&mut books).await? {
                let receipt = books.receipts.remove(&received.id).map(|entry| entry.now);
                let receipt = receipt.ok_or_else(|| Error::internal("no receipt"))?;
                let group = self.group(id).await?;
                self.tell_of_group_payment(&group, &receipt).await;
                return Ok((group, receipt));
            }
        }
        Err(Error::stale("Order", id))
    }

    /// Puts credit of the payer's membership on a group's order, the oldest payment
    /// first.
    ///
    /// # Errors
    /// `Conflict` where there is no credit, or nothing that it could pay.
    pub async fn use_credit_of_group(&self, id: &str) -> Result<Group> {
        for _ in 0..ATTEMPTS {
            let group = self.group(id).await?;
            let Some(owing) = self.owing(&group).await? else {
                continue;
            };
            if owing.is_empty() {
                return Err(Error::conflict(
                    "/status",
                    format!("order {id} owes nothing"),
                ));
            }
            let mut credit = self.credit_of(&group.order.value.credit_account()).await?;
            credit.truncate(CREDIT_MAX);
            if credit.is_empty() {
                return Err(Error::conflict(
                    "/id",
                    "the payer's membership has no credit",
                ));
            }
            let ids: Vec<String> = owing.iter().map(|order| order.value.id.clone()).collect();
            let mut books = self.books(owing).await?;
            self.check_free(&books)?;
            for found in credit {
                let (receipt, credit) = (found.value.id.clone(), found.value.credit());
                books.receipts.insert(receipt.clone(), Entry::new(found));
                for order in &ids {
                    books.apply(&receipt, order, credit, &self.when());
                }
            }
            if self.commit(&mut books).await? {
                return self.group(id).await;
            }
        }
        Err(Error::stale("Order", id))
    }

    /// The orders of a group that something is due on; `None` when one of them has
    /// just been settled and is to be read again.
    ///
    /// # Errors
    /// `Conflict` while one is being charged.
    async fn owing(&self, group: &Group) -> Result<Option<Vec<Versioned<Order>>>> {
        let mut owing = Vec::new();
        for order in group.standing() {
            if order.value.balance() <= Decimal::ZERO {
                continue;
            }
            let Some(order) = self.settled(order.clone()).await? else {
                return Ok(None);
            };
            check_charge(&order.value)?;
            owing.push(order);
        }
        Ok(Some(owing))
    }

    /// The order by which a payment is reached: the one that is named, or, of a
    /// group's, one that the payment concerns.
    ///
    /// # Errors
    /// `NotFound` where no payment of this id was made on the group's order.
    pub async fn order_of_payment(&self, id: &str, payment: &str) -> Result<String> {
        let Named::Group(group) = self.named(id).await? else {
            return Ok(id.to_owned());
        };
        let receipt = self
            .store
            .document::<Receipt>(&receipt::key(payment))
            .await?;
        let receipt = receipt.map(|found| found.value);
        let own = |receipt: &Receipt| {
            receipt.order_id == id
                // It is on no order any more: its reversal is sent again.
                || receipt.reversal.is_some()
                || group
                    .orders
                    .iter()
                    .any(|o| receipt.on(&o.value.id) > Decimal::ZERO)
        };
        let Some(receipt) = receipt.filter(own) else {
            return Err(Error::NotFound {
                what: "Payment",
                id: payment.to_owned(),
            });
        };
        let applied = receipt.applied.into_iter().map(|applied| applied.order_id);
        let lines = group
            .order
            .value
            .lines
            .iter()
            .map(|line| line.order_id.clone());
        applied
            .chain(lines)
            .next()
            .ok_or_else(|| Error::internal("a group's order without lines"))
    }

    /// An order has been voided: the order of its group, and the group's record, no
    /// longer bill it. Told again, it is known.
    ///
    /// # Errors
    /// As any write.
    pub async fn follow_group(&self, order: &Order) -> Result<()> {
        let of = order.application.as_ref().filter(|_| order.is_void());
        let Some(id) = of.and_then(|of| of.group_order.as_ref()) else {
            return Ok(());
        };
        for _ in 0..ATTEMPTS {
            let Some(read) = GroupOrder::find(&self.store, id).await? else {
                return Ok(());
            };
            let mut now = read.value.clone();
            if !now.void(&order.id) {
                return Ok(());
            }
            let before = self
                .store
                .require::<ApplicationGroups>(&now.application_group_id);
            let before = before.await?;
            // Nobody writes a locked record: it follows with the next change of its group.
            if before.is(sys::LOCKED) {
                return Ok(());
            }
            let after = now.shown_on(&before);
            let by = self.context();
            let change = self
                .store
                .change::<ApplicationGroups>(&by, Some(&before), after)?;
            let writes = Writes::new(&self.store).record(change)?;
            let writes = writes.document(&read.with(now))?;
            if writes.commit().await?.is_committed()? {
                return Ok(());
            }
        }
        Err(Error::stale("Order", id))
    }
}
