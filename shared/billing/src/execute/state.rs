//! One membership while its actions are worked.

use ledger::context::TenantBilling;
use ledger::head::{self, BillingHead};
use model::resources::membership::Memberships;
use model::{Error, Record, Result};
use store::Versioned;

/// The membership and its billing head as last read or written.
pub struct MembershipState {
    pub id: String,
    pub member: Option<Record>,
    pub head: Versioned<BillingHead>,
    /// Something else has written: read again before judging.
    pub stale: bool,
    /// This run has made or charged an order for the member.
    pub billed_here: bool,
    /// This run has set the status reason.
    pub reason_set_here: bool,
}

impl MembershipState {
    pub fn new(
        id: &str,
        member: Option<Record>,
        head: Option<Versioned<BillingHead>>,
    ) -> MembershipState {
        let head = head.unwrap_or_else(|| BillingHead::new(id));
        MembershipState {
            id: id.to_owned(),
            member,
            head,
            stale: false,
            billed_here: false,
            reason_set_here: false,
        }
    }

    pub async fn refresh(&mut self, billing: &TenantBilling) -> Result<()> {
        let key = head::key(&self.id);
        let (member, head) = futures::join!(
            billing.store.get_consistent::<Memberships>(&self.id),
            billing.store.document::<BillingHead>(&key)
        );
        self.member = member?;
        self.head = head?.unwrap_or_else(|| BillingHead::new(&self.id));
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
