//! Drops: only the expired, and never one who has paid or may be about to.

use super::act::Outcome;
use super::case::{Case, order};
use super::page::Worker;
use crate::order::Order;
use crate::renew::{dropped, order_voided};
use crate::scope::Part;
use model::index::BY_PARENT;
use model::resources::billing_run_action::{
    self as action, ActionStatus, ActionType, BillingRunActions,
};
use model::resources::membership::{self as m, Memberships, OrderStatus, OwnerType, Status};
use model::sys::LOCKED;
use model::{Error, Record, Result};
use store::{Query, Refused, Transaction, Versioned};

/// Steps from an organization's membership down to the last that hangs on it.
const DEPTH_MAX: usize = 10;

impl Worker<'_> {
    pub(super) async fn drop_member(
        &self,
        record: &mut Record,
        case: &mut Case,
        part: &Part,
    ) -> Result<Option<Outcome>> {
        let open = match &case.head.value.open_order {
            Some(id) => Some(order(self.desk, id).await?),
            None => None,
        };
        if let Some(open) = open.as_ref().filter(|open| open.value.has_money()) {
            let why = format!(
                "order {} has a payment or a charge under way",
                open.value.number
            );
            return Ok(Some(Outcome::no_longer_eligible(why)));
        }
        let void = open.map(|open| open.with(voided(&open.value, self.desk.tenant.now())));
        let mut member = case.member()?.clone();
        dropped(&mut member, &self.desk.when());
        let mut head = case.head.value.clone();
        if let Some(void) = &void {
            head = head.release(&void.value.id, void.value.renewal.covered_before);
            order_voided(&mut member, &void.value, &head);
        }
        self.give_reason(&mut member, Some(part));
        let mut after = self.claimed(record);
        after.set(action::EFFECT, ActionStatus::Completed);
        let head = case.head.with(head);
        if let Some(outcome) = self
            .write_drop(
                record,
                case,
                after,
                member,
                void.as_ref().map(|void| (&head, void)),
            )
            .await?
        {
            return Ok(outcome);
        }
        self.finish(record, case, ActionStatus::Completed, false)
            .await
            .map(Some)
    }

    /// Drops what hangs on a dropped organization's membership, at every depth:
    /// flowdown and assigned ones. Those marked `do_not_drop`, whose status was
    /// set by hand, or that are locked stay, and what hangs on them. Can run
    /// twice; answers how many are locked.
    pub(super) async fn drop_derived(&self, record: &Record, case: &Case) -> Result<usize> {
        let of_organization = case.member()?.get(m::OWNER_TYPE) == Some(OwnerType::Organization);
        if record.get(action::TYPE) != Some(ActionType::Drop) || !of_organization {
            return Ok(0);
        }
        let (tenant, mut locked) = (self.desk.store.tenant(), 0);
        let mut parents = vec![case.id.clone()];
        for _ in 0..=DEPTH_MAX {
            let mut next = Vec::new();
            for parent in std::mem::take(&mut parents) {
                let children = Query::index(BY_PARENT, format!("{tenant}#{parent}"));
                let mut from = None;
                loop {
                    let store = &self.desk.store;
                    let page = store.query_by_keys::<Memberships>(&children, from).await?;
                    let (held, free): (Vec<_>, Vec<_>) =
                        page.items.into_iter().partition(|child| child.is(LOCKED));
                    locked += held.iter().filter(|child| !keeps_status(child)).count();
                    let falling: Vec<Record> =
                        free.into_iter().filter(|c| !keeps_status(c)).collect();
                    next.extend(falling.iter().map(|child| child.text(m::ID).to_owned()));
                    self.drop_all(record, falling).await?;
                    from = page.next;
                    if from.is_none() {
                        break;
                    }
                }
            }
            parents = next;
        }
        Ok(locked)
    }

    /// Drops the members who are not dropped yet. One that was changed
    /// meanwhile fails for a while: the action is taken up again.
    async fn drop_all(&self, record: &Record, members: Vec<Record>) -> Result<()> {
        let is_left = |member: &&Record| member.get(m::STATUS) != Some(Status::Inactive);
        let (store, context) = (&self.desk.store, self.desk.context());
        let changes = members.iter().filter(is_left).map(|before| {
            let mut after = before.clone();
            dropped(&mut after, &self.desk.when());
            self.give_reason(&mut after, self.part_of(record));
            store.change::<Memberships>(&context, Some(before), after)
        });
        let changes = changes.collect::<Result<Vec<_>>>()?;
        for written in store.write_all(&changes).await {
            match written {
                Err(Error::Conflict(_)) => {
                    return Err(Error::Throttled {
                        retry_after_seconds: 1,
                    });
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// The run's reason for those it drops, or the first that applies.
    fn give_reason(&self, member: &mut Record, part: Option<&Part>) {
        match part.and_then(|part| part.new_reason.clone()) {
            Some(reason) if !reason.is_empty() => member.set(m::STATUS_REASON_ID, reason),
            _ => member.put(m::STATUS_REASON_ID, self.first_reason(Status::Inactive)),
        }
    }

    async fn write_drop(
        &self,
        record: &mut Record,
        case: &mut Case,
        after: Record,
        member: Record,
        void: Option<(&Versioned<crate::head::Head>, &Versioned<Order>)>,
    ) -> Result<Option<Option<Outcome>>> {
        if let Some((head, order)) = void {
            return self
                .write_order(record, case, after, member, head, order)
                .await;
        }
        let (store, context) = (&self.desk.store, self.desk.context());
        let action = store.change::<BillingRunActions>(&context, Some(record), after)?;
        let member = store.change::<Memberships>(&context, case.member.as_ref(), member)?;
        let (action_after, member_after) = (action.after.clone(), member.after.clone());
        let mut transaction = Transaction::new(store);
        transaction.change(action)?;
        transaction.change(member)?;
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(0)) => return Ok(Some(Some(Outcome::Lost))),
            Err(Refused::At(_)) => return Ok(Some(None)),
            Err(Refused::Failed(error)) => {
                return self.after_unknown(record, case, error).await.map(Some);
            }
        }
        *record = action_after;
        case.member = Some(member_after);
        Ok(None)
    }
}

/// A derived membership that does not follow when its parent is dropped.
fn keeps_status(member: &Record) -> bool {
    let overridden = member.get(m::OVERRIDDEN_FIELDS).unwrap_or_default();
    member.is(m::DO_NOT_DROP) || overridden.iter().any(|name| name == m::STATUS.name())
}

/// The order, void from now on.
pub fn voided(order: &Order, now: jiff::Timestamp) -> Order {
    Order {
        status: OrderStatus::Void,
        voided_at: Some(now),
        ..order.clone()
    }
}
