//! Drops the memberships derived from a dropped organization's (rule MEM-15).

use super::page::Worker;
use super::state::MembershipState;
use ledger::renew::dropped;
use model::index::BY_PARENT;
use model::resources::billing_run_action::{self as action, ActionType};
use model::resources::membership::{self as m, Memberships, OwnerType, Status};
use model::sys::LOCKED;
use model::{Error, Record, Result};
use store::Query;

/// Steps from an organization's membership down to the last that hangs on it.
const DEPTH_MAX: usize = 10;

impl Worker<'_> {
    /// Drops flowdown and assigned memberships at every depth, once the drop of
    /// their principal is recorded. Those marked `do_not_drop`, whose status was
    /// set by hand, or that are locked stay, and what hangs on them. Can run
    /// twice; answers how many are locked.
    pub(super) async fn drop_derived(
        &self,
        record: &Record,
        state: &MembershipState,
    ) -> Result<usize> {
        let of_organization = state.member()?.get(m::OWNER_TYPE) == Some(OwnerType::Organization);
        if record.get(action::TYPE) != Some(ActionType::Drop) || !of_organization {
            return Ok(0);
        }
        let (mut parents, mut locked) = (vec![state.id.clone()], 0);
        for _ in 0..DEPTH_MAX {
            let mut fallen = Vec::new();
            for parent in &parents {
                locked += self.drop_children(record, parent, &mut fallen).await?;
            }
            parents = fallen;
        }
        Ok(locked)
    }

    /// Drops what hangs on one membership and adds its ids to `fallen`; answers
    /// how many are locked.
    async fn drop_children(
        &self,
        record: &Record,
        parent: &str,
        fallen: &mut Vec<String>,
    ) -> Result<usize> {
        let store = &self.billing.store;
        let children = Query::index(BY_PARENT, format!("{}#{parent}", store.tenant()));
        let (mut next, mut locked) = (None, 0);
        loop {
            let page = store.query_by_keys::<Memberships>(&children, next).await?;
            let follows = page.items.into_iter().filter(follows);
            let (held, free): (Vec<_>, Vec<_>) = follows.partition(|child| child.is(LOCKED));
            locked += held.iter().filter(is_left).count();
            fallen.extend(free.iter().map(|child| child.text(m::ID).to_owned()));
            self.drop_all(record, &free).await?;
            next = page.next;
            if next.is_none() {
                return Ok(locked);
            }
        }
    }

    /// Drops those who are not dropped yet. One that was changed meanwhile is a
    /// failure that passes: the action is taken up again.
    async fn drop_all(&self, record: &Record, members: &[Record]) -> Result<()> {
        let (store, context) = (&self.billing.store, self.billing.context());
        let changes = members.iter().filter(is_left).map(|before| {
            let mut after = before.clone();
            dropped(&mut after, &self.billing.when());
            self.give_reason(&mut after, self.spec_of(record));
            store.change::<Memberships>(&context, Some(before), after)
        });
        let changes = changes.collect::<Result<Vec<_>>>()?;
        for written in store.write_all(&changes).await {
            match written {
                Err(Error::Stale { .. }) => {
                    return Err(Error::Throttled {
                        retry_after_seconds: 1,
                    });
                }
                other => other?,
            }
        }
        Ok(())
    }
}

fn is_left(member: &&Record) -> bool {
    member.get(m::STATUS) != Some(Status::Inactive)
}

/// Whether a derived membership falls with its parent.
fn follows(member: &Record) -> bool {
    let overridden = member.get(m::OVERRIDDEN_FIELDS).unwrap_or_default();
    !member.is(m::DO_NOT_DROP) && !overridden.iter().any(|name| name == m::STATUS.name())
}
