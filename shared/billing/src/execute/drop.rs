//! Drops: only the expired, and never one who has paid or may be about to.

use super::act::Outcome;
use super::page::Worker;
use super::state::MembershipState;
use crate::selection::ActionSpec;
use ledger::order::Order;
use ledger::renew::{dropped, order_voided};
use model::resources::billing_run_action::{self as action, ActionStatus, BillingRunActions};
use model::resources::membership::{self as m, Memberships, Status};
use model::{Record, Result};
use store::{Refused, Transaction, Versioned};

impl Worker<'_> {
    pub(super) async fn drop_member(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        spec: &ActionSpec,
    ) -> Result<Option<Outcome>> {
        let open = match &state.head.value.open_order {
            Some(id) => Some(self.billing.order(id).await?),
            None => None,
        };
        if let Some(open) = open.as_ref().filter(|open| open.value.has_money()) {
            let why = format!(
                "order {} has a payment or a charge under way",
                open.value.number
            );
            return Ok(Some(Outcome::no_longer_eligible(why)));
        }
        let void = open.map(|open| open.with(open.value.voided(self.billing.tenant.now())));
        let mut member = state.member()?.clone();
        dropped(&mut member, &self.billing.when());
        let mut head = state.head.value.clone();
        if let Some(void) = &void {
            head = head.release_term(&void.value.id, void.value.renewal.covered_before);
            order_voided(&mut member, &void.value, &head);
        }
        self.give_reason(&mut member, Some(spec));
        let mut after = self.claimed(record);
        after.set(action::EFFECT, ActionStatus::Completed);
        let head = state.head.with(head);
        if let Some(outcome) = self
            .write_drop(
                record,
                state,
                after,
                member,
                void.as_ref().map(|void| (&head, void)),
            )
            .await?
        {
            return Ok(outcome);
        }
        self.finish(record, state, ActionStatus::Completed, false)
            .await
            .map(Some)
    }

    /// The run's reason for those it drops, or the first that applies.
    pub(super) fn give_reason(&self, member: &mut Record, spec: Option<&ActionSpec>) {
        match spec.and_then(|spec| spec.new_reason.clone()) {
            Some(reason) if !reason.is_empty() => member.set(m::STATUS_REASON_ID, reason),
            _ => member.put(m::STATUS_REASON_ID, self.first_reason(Status::Inactive)),
        }
    }

    async fn write_drop(
        &self,
        record: &mut Record,
        state: &mut MembershipState,
        after: Record,
        member: Record,
        void: Option<(&Versioned<ledger::head::BillingHead>, &Versioned<Order>)>,
    ) -> Result<Option<Option<Outcome>>> {
        if let Some((head, order)) = void {
            return self
                .write_order(record, state, after, member, head, order)
                .await;
        }
        let (store, context) = (&self.billing.store, self.billing.context());
        let action = store.change::<BillingRunActions>(&context, Some(record), after)?;
        let member = store.change::<Memberships>(&context, state.member.as_ref(), member)?;
        let (action_after, member_after) = (action.after.clone(), member.after.clone());
        let mut transaction = Transaction::new(store);
        transaction.change(action)?;
        transaction.change(member)?;
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(0)) => return Ok(Some(Some(Outcome::Lost))),
            Err(Refused::At(_)) => return Ok(Some(None)),
            Err(Refused::Failed(error)) => {
                return self.after_unknown(record, state, error).await.map(Some);
            }
        }
        *record = action_after;
        state.member = Some(member_after);
        Ok(None)
    }
}
