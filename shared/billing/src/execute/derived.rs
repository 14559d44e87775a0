//! The memberships that an organization's membership passes on: they end with
//! it when it is dropped (rule MEM-15).

use super::context::RunContext;
use super::rules::Rules;
use super::state::MembershipState;
use ledger::renew::dropped;
use model::resources::billing_run_action::{self as action, ActionType};
use model::resources::membership::indexes::of_parent;
use model::resources::membership::{self as m, Memberships, OwnerType, Status};
use model::sys::LOCKED;
use model::{Error, Record, Result};

/// Steps from an organization's membership down to the last that derives from it.
const DEPTH_MAX: usize = 10;

/// Drops flowdown and assigned memberships at every depth, once the drop of
/// their principal is recorded. Those marked `do_not_drop`, whose status was
/// set by hand, or that are locked stay, and what derives from them. Can run
/// twice; answers how many are locked.
pub async fn drop_derived(
    context: &RunContext<'_>,
    record: &Record,
    state: &MembershipState,
) -> Result<usize> {
    if record.get(action::TYPE) != Some(ActionType::Drop) || !is_organization(state.member()?) {
        return Ok(0);
    }
    let (mut parents, mut locked) = (vec![state.id.clone()], 0);
    for _ in 0..DEPTH_MAX {
        let mut dropped = Vec::new();
        for parent in &parents {
            locked += drop_children(context, record, parent, &mut dropped).await?;
        }
        parents = dropped;
    }
    Ok(locked)
}

/// Drops what derives from one membership and adds its ids to `ids`; answers how
/// many are locked.
async fn drop_children(
    context: &RunContext<'_>,
    record: &Record,
    parent: &str,
    ids: &mut Vec<String>,
) -> Result<usize> {
    let store = &context.billing.store;
    let children = of_parent(parent);
    let (mut next, mut locked) = (None, 0);
    loop {
        let page = store.query_by_keys::<Memberships>(&children, next).await?;
        let follows = page.items.into_iter().filter(follows);
        let (held, free): (Vec<_>, Vec<_>) = follows.partition(|child| child.is(LOCKED));
        locked += held.iter().filter(is_left).count();
        // Those dropped before a crash too: what derives from them may be left.
        ids.extend(free.iter().map(|child| child.text(m::ID).to_owned()));
        drop_all(context, record, &free).await?;
        next = page.next;
        if next.is_none() {
            return Ok(locked);
        }
    }
}

/// Drops those who are not dropped yet. One that was changed meanwhile is a
/// failure that passes: the action is taken up again.
async fn drop_all(context: &RunContext<'_>, record: &Record, members: &[Record]) -> Result<()> {
    let (store, rules) = (&context.billing.store, context.rules());
    let changes = members.iter().filter(is_left).map(|before| {
        let after = dropped_with(record, before, &rules);
        store.change::<Memberships>(&rules.when.by, Some(before), after)
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

/// A derived membership, dropped by the action on its principal.
fn dropped_with(record: &Record, before: &Record, rules: &Rules<'_>) -> Record {
    let mut after = before.clone();
    let reason = rules.drop_reason(rules.spec_of(record));
    dropped(&mut after, reason, &rules.when);
    after
}

fn is_organization(member: &Record) -> bool {
    member.get(m::OWNER_TYPE) == Some(OwnerType::Organization)
}

fn is_left(member: &&Record) -> bool {
    member.get(m::STATUS) != Some(Status::Inactive)
}

/// Whether a derived membership is dropped with its parent.
fn follows(member: &Record) -> bool {
    let overridden = member.get(m::OVERRIDDEN_FIELDS).unwrap_or_default();
    !member.is(m::DO_NOT_DROP) && !overridden.iter().any(|name| name == m::STATUS.name())
}
