//! The one order of a group's applications (rule APPL-16): a number, who is billed,
//! and which orders it is made of. Each of these stays what it is, the claim on one
//! term of one membership; what is due and paid is added up from them, so that
//! nothing about money stands in two places.

use crate::books::Entry;
use crate::order::Order;
use jiff::Timestamp;
use model::Record;
use model::resources::application_setup::{GROUP_COUNT, GROUP_ORDER_ID, GROUP_TOTAL};
use model::resources::membership::OrderStatus;
use model::resources::membership::computed::principal_id;
use model::resources::owner::OwnerType;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use store::{Document, DocumentKey, Store, Versioned};

/// Most orders of a group that stand: a payment of all of them is one transaction.
pub const STANDING_MAX: usize = 20;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupOrder {
    pub id: String,
    /// Of the orders' numbers.
    pub number: i64,
    pub application_group_id: String,
    /// The process that all of its applications name.
    pub process_id: String,
    pub customer_type: OwnerType,
    pub customer_id: String,
    pub currency: String,
    /// In the order in which their applications came: payments go by it.
    pub lines: Vec<GroupLine>,
    pub created_at: Timestamp,
    pub created_by: String,
}

/// The order of one application, whose total never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupLine {
    pub application_id: String,
    pub membership_id: String,
    pub order_id: String,
    pub total: Decimal,
    pub is_void: bool,
}

impl Document for GroupOrder {
    const WHAT: &'static str = "group order";
    fn key(&self) -> DocumentKey {
        key(&self.id)
    }
}

fn key(id: &str) -> DocumentKey {
    DocumentKey::new(format!("group-order#{id}"), "group-order")
}

impl GroupOrder {
    pub async fn find(store: &Store, id: &str) -> model::Result<Option<Versioned<GroupOrder>>> {
        store.document::<GroupOrder>(&key(id)).await
    }

    pub fn standing(&self) -> impl Iterator<Item = &GroupLine> {
        self.lines.iter().filter(|line| !line.is_void)
    }

    pub fn total(&self) -> Decimal {
        self.standing().map(|line| line.total).sum()
    }

    /// Puts an application's order where its last one was, or behind all others.
    pub fn put(&mut self, line: GroupLine) {
        let mut lines = self.lines.iter_mut();
        match lines.find(|known| known.application_id == line.application_id) {
            Some(known) => *known = line,
            None => self.lines.push(line),
        }
    }

    /// An order is void; whether it stood until now.
    pub fn void(&mut self, order: &str) -> bool {
        let mut lines = self.lines.iter_mut();
        let line = lines.find(|line| line.order_id == order && !line.is_void);
        line.map(|line| line.is_void = true).is_some()
    }

    /// The membership, of the payer, that keeps what no order has needed.
    pub fn credit_account(&self) -> String {
        principal_id(self.customer_type, &self.customer_id)
    }

    /// The group's record as it shows this order.
    pub fn shown_on(&self, group: &Record) -> Record {
        let mut shown = group.clone();
        shown.set(GROUP_ORDER_ID, self.id.clone());
        let count = self.standing().count();
        shown.set(GROUP_COUNT, i64::try_from(count).unwrap_or(i64::MAX));
        shown.set(GROUP_TOTAL, self.total().normalize());
        shown
    }
}

/// A group's order with those that it is made of, in its order.
#[derive(Clone, Debug)]
pub struct Group {
    pub order: Versioned<GroupOrder>,
    pub orders: Vec<Versioned<Order>>,
}

impl Group {
    /// The group's order of an id, if there is one.
    pub async fn find(store: &Store, id: &str) -> model::Result<Option<Group>> {
        let Some(order) = GroupOrder::find(store, id).await? else {
            return Ok(None);
        };
        let keys = order.value.lines.iter();
        let keys: Vec<DocumentKey> = keys.map(|l| crate::order::key(&l.order_id)).collect();
        let orders = store.documents::<Order>(&keys).await?;
        let orders = orders.into_iter().flatten().collect();
        Ok(Some(Group { order, orders }))
    }

    /// The group's order by what its orders have become: a drop voids one by itself.
    pub fn caught_up(self) -> Entry<GroupOrder> {
        let mut entry = Entry::new(self.order);
        for order in self.orders.iter().filter(|order| order.value.is_void()) {
            entry.now.void(&order.value.id);
        }
        entry
    }

    /// The orders that stand. An order may be void and its line not yet.
    pub fn standing(&self) -> impl Iterator<Item = &Versioned<Order>> {
        self.orders.iter().filter(|order| !order.value.is_void())
    }

    pub fn total(&self) -> Decimal {
        self.standing().map(|order| order.value.total).sum()
    }

    pub fn paid(&self) -> Decimal {
        self.standing().map(|order| order.value.paid).sum()
    }

    pub fn balance(&self) -> Decimal {
        self.total() - self.paid()
    }

    pub fn status(&self) -> OrderStatus {
        match (self.standing().next(), self.balance() <= Decimal::ZERO) {
            (None, _) => OrderStatus::Void,
            (Some(_), true) => OrderStatus::Completed,
            (Some(_), false) => OrderStatus::AwaitingPayment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(application: &str, order: &str, total: i64) -> GroupLine {
        GroupLine {
            application_id: application.into(),
            membership_id: format!("contact:{application}"),
            order_id: order.into(),
            total: total.into(),
            is_void: false,
        }
    }

    #[test]
    fn what_is_billed_follows_its_orders() {
        let mut order = GroupOrder {
            id: "g".into(),
            number: 1,
            application_group_id: "group".into(),
            process_id: "p".into(),
            customer_type: OwnerType::Organization,
            customer_id: "o-1".into(),
            currency: "USD".into(),
            lines: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "u".into(),
        };
        assert_eq!(order.credit_account(), "organization:o-1");
        for (application, id) in [("a", "1"), ("b", "2"), ("c", "3")] {
            order.put(line(application, id, 100));
        }
        assert!(order.void("2") && !order.void("2") && !order.void("9"));
        assert_eq!(order.total(), 200.into());
        // One that is priced anew keeps its place.
        order.put(line("b", "4", 50));
        let ids: Vec<&str> = order.standing().map(|l| l.order_id.as_str()).collect();
        assert_eq!((ids, order.total()), (vec!["1", "4", "3"], 250.into()));
        let shown = order.shown_on(&Record::default());
        assert_eq!(shown.get(GROUP_COUNT), Some(3));
        assert_eq!(shown.get(GROUP_TOTAL), Some(250.into()));
    }
}
