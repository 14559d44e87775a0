//! All organizations of a tenant, a shard at a time (rule FLOW-7).

use super::work::Flow;
use crate::jobs::{self, Part};
use ledger::context::TenantBilling;
use model::lookup::Lookup;
use model::resource::Resource;
use model::resources::Organizations;
use model::{Error, Result};
use services::steps::Pass;
use std::time::Instant;

/// Memberships that are written between two looks at the time.
const AT_A_TIME: usize = 2_000;

/// Works organizations from the cursor on: a shard, and within it the last one done.
pub async fn work(billing: &TenantBilling, part: &Part<'_>) -> Result<Pass> {
    let (from, mut last) = match part.cursor.split_once(' ') {
        Some((shard, last)) => (shard.parse().unwrap_or(0), last.to_owned()),
        None => (0, String::new()),
    };
    let mut flow = Flow::new(&billing.store, &billing.context(), AT_A_TIME).await?;
    for shard in part.shards.iter().filter(|shard| **shard >= from) {
        let partition = format!("{}#{shard:02}", Organizations::NAME);
        let all = Lookup::table::<Organizations>(vec![partition]).consistent();
        let mut next = (!last.is_empty()).then(|| billing.store.after(&all, &last));
        loop {
            let page = billing.store.query_keys(&all, next).await?;
            for (_, id) in &page.items {
                if !whole(billing, part, &mut flow, id).await? {
                    // What is written costs nothing when it is met again.
                    return Ok(Pass::Again(format!("{shard} {last}")));
                }
                last.clone_from(id);
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        last.clear();
    }
    Ok(Pass::Done)
}

/// Works through one organization; `false` where the time has come before its end.
async fn whole(
    billing: &TenantBilling,
    part: &Part<'_>,
    flow: &mut Flow<'_>,
    id: &str,
) -> Result<bool> {
    loop {
        if Instant::now() >= part.deadline {
            return Ok(false);
        }
        flow.left = AT_A_TIME;
        let worked = flow.memberships::<Organizations>(id).await;
        // Each comes to its own turn, here or in another shard, or is due by its write.
        flow.moved.clear();
        for refused in flow.refused.drain(..) {
            jobs::note(billing, part.job, &refused).await?;
        }
        match worked {
            Err(error @ (Error::Invalid(_) | Error::Conflict(_) | Error::Forbidden(_))) => {
                jobs::note(billing, part.job, &format!("organization {id}: {error}")).await?;
                return Ok(true);
            }
            worked => worked?,
        }
        if !flow.is_spent() {
            return Ok(true);
        }
    }
}
