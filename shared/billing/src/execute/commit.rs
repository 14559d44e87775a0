//! Effects on their way into the store, and what has become of them.

use super::effect::Effect;
use super::state::MembershipState;
use ledger::commit::{self as ledger_commit, CommitOutcome, Writes};
use ledger::context::TenantBilling;
use ledger::head::BillingHead;
use ledger::order::Order;
use model::resources::billing_run_action::{self as action, BillingRunActions};
use model::resources::membership::{self as m, Memberships};
use model::{Record, Result};
use store::Versioned;

/// An effect that has been checked, ready to be written.
pub struct Staged<'a> {
    writes: Writes<'a>,
    stored: Stored,
}

/// What stands once an effect is committed.
pub struct Stored {
    pub action: Record,
    pub member: Option<Record>,
    pub head: Option<Versioned<BillingHead>>,
    pub order: Option<Order>,
}

/// Checks an effect against what was read.
///
/// # Errors
/// `Invalid` for what a record may not hold.
pub fn stage<'a>(
    billing: &'a TenantBilling,
    claimed: &Record,
    state: &MembershipState,
    mut effect: Effect,
) -> Result<Staged<'a>> {
    let (store, by) = (&billing.store, billing.context());
    if let Some(member) = &effect.member {
        // Renamed since planning: the report names whom the mail has named.
        effect.action.put(action::NAME, member.get(m::NAME));
    }
    let action = store.change::<BillingRunActions>(&by, Some(claimed), effect.action)?;
    let mut stored = Stored {
        action: action.after.clone(),
        member: None,
        head: None,
        order: None,
    };
    // The action goes first: where another worker has it, nothing else is judged.
    let mut writes = Writes::new(store).claim(action)?;
    if let Some(after) = effect.member {
        let member = store.change::<Memberships>(&by, state.member.as_ref(), after)?;
        stored.member = Some(member.after.clone());
        writes = writes.record(member)?;
    }
    if let Some(head) = effect.head {
        writes = writes.document(&head)?;
        stored.head = Some(written(head));
    }
    if let Some(order) = effect.order {
        writes = writes.document(&order)?;
        stored.order = Some(order.value);
    }
    for receipt in &effect.receipts {
        writes = writes.document(receipt)?;
    }
    if let Some(forecast) = effect.forecast {
        writes = writes.document(&forecast)?;
    }
    Ok(Staged { writes, stored })
}

/// A document as it is stored after its write.
fn written<D>(document: Versioned<D>) -> Versioned<D> {
    Versioned {
        version: document.version + 1,
        value: document.value,
    }
}

/// Commits each effect, whatever becomes of the others; the outcomes stand in
/// their order.
pub async fn commit(staged: Vec<Staged<'_>>) -> Vec<(Result<CommitOutcome>, Stored)> {
    // Apart: the transactions are consumed, what they write is needed afterwards.
    let staged = staged.into_iter();
    let (writes, stored): (Vec<_>, Vec<_>) = staged.map(|s| (s.writes, s.stored)).unzip();
    let outcomes = ledger_commit::commit(writes).await;
    outcomes.into_iter().zip(stored).collect()
}

/// A mail that certainly did not go: the membership is as it was before, unless
/// somebody has changed it meanwhile.
pub async fn take_back(billing: &TenantBilling, member: &Record, before: Record) -> Result<()> {
    let by = billing.context();
    let change = billing
        .store
        .change::<Memberships>(&by, Some(member), before)?;
    let writes = Writes::new(&billing.store).record(change)?;
    writes.commit().await?.is_committed().map(|_| ())
}
