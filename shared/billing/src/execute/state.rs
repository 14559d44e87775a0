//! One membership while its actions are worked.

use crate::outlook::SoFar;
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
    /// What this run has done to the member.
    pub so_far: SoFar,
}

impl MembershipState {
    pub fn new(id: &str, member: Option<Record>, head: Option<Versioned<BillingHead>>) -> Self {
        MembershipState {
            id: id.to_owned(),
            member,
            head: head.unwrap_or_else(|| BillingHead::new(id)),
            stale: false,
            so_far: SoFar::default(),
        }
    }

    /// The memberships and heads of a page, read together.
    pub async fn read_all(billing: &TenantBilling, ids: &[String]) -> Result<Vec<Self>> {
        let keys: Vec<_> = ids.iter().map(|id| head::key(id)).collect();
        let (members, heads) = futures::join!(
            billing.store.get_many::<Memberships>(ids),
            billing.store.documents::<BillingHead>(&keys)
        );
        let read = ids.iter().zip(members?).zip(heads?);
        let state = |((id, member), head): ((&String, _), _)| Self::new(id, member, head);
        Ok(read.map(state).collect())
    }

    pub async fn reread(&mut self, billing: &TenantBilling) -> Result<()> {
        // Consistently: the write that overtook this worker must be seen.
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
