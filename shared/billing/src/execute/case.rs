//! One membership while its actions are worked.

use crate::engine::Desk;
use crate::head::{self, Head};
use crate::order::{self, Order};
use model::resources::membership::Memberships;
use model::{Error, Record, Result};
use store::Versioned;

/// The membership and its billing head as last read or written.
pub struct Case {
    pub id: String,
    pub member: Option<Record>,
    pub head: Versioned<Head>,
    /// Something else has written: read again before judging.
    pub stale: bool,
    /// This run has made or charged an order for the member.
    pub billed_here: bool,
    /// This run has set the status reason.
    pub reason_set_here: bool,
}

impl Case {
    pub fn new(id: &str, member: Option<Record>, head: Option<Versioned<Head>>) -> Case {
        let head = head.unwrap_or_else(|| Head::new(id));
        Case {
            id: id.to_owned(),
            member,
            head,
            stale: false,
            billed_here: false,
            reason_set_here: false,
        }
    }

    pub async fn refresh(&mut self, desk: &Desk) -> Result<()> {
        let (partition, sort) = head::place(&self.id);
        let (member, head) = futures::join!(
            desk.store.get_consistent::<Memberships>(&self.id),
            desk.store.document::<Head>(&partition, &sort)
        );
        self.member = member?;
        self.head = head?.unwrap_or_else(|| Head::new(&self.id));
        self.stale = false;
        Ok(())
    }

    /// The membership, which planning saw; it may be gone by now.
    pub fn member(&self) -> Result<&Record> {
        self.member.as_ref().ok_or(Error::NotFound {
            what: "Membership",
            id: self.id.clone(),
        })
    }
}

/// The order with this id.
pub async fn order(desk: &Desk, id: &str) -> Result<Versioned<Order>> {
    let (partition, sort) = order::place(id);
    let found = desk.store.document::<Order>(&partition, &sort).await?;
    found.ok_or(Error::NotFound {
        what: "Order",
        id: id.to_owned(),
    })
}
