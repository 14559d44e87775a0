//! All organizations of a tenant, a shard at a time (rule FLOW-7).

use crate::jobs::Part;
use ledger::context::TenantBilling;
use model::Result;
use model::lookup::Lookup;
use model::resource::{ID_FIELD, Resource};
use model::resources::Organizations;
use services::steps::Pass;
use std::time::Instant;

/// Works organizations from the cursor on: a shard, and within it the last one done.
pub async fn work(billing: &TenantBilling, part: &Part<'_>) -> Result<Pass> {
    let (from, mut last) = match part.cursor.split_once(' ') {
        Some((shard, last)) => (shard.parse().unwrap_or(0), last.to_owned()),
        None => (0, String::new()),
    };
    for shard in part.shards.iter().filter(|shard| **shard >= from) {
        let partition = format!("{}#{shard:02}", Organizations::NAME);
        let all = Lookup::table::<Organizations>(vec![partition]).consistent();
        let mut next = (!last.is_empty()).then(|| billing.store.after(&all, &last));
        loop {
            let page = billing.store.query::<Organizations>(&all, next).await?;
            for organization in &page.items {
                last = organization.text(ID_FIELD).to_owned();
                if Instant::now() >= part.deadline {
                    return Ok(Pass::Again(format!("{shard} {last}")));
                }
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
