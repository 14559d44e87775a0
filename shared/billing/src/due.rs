//! The memberships that planning is about: a shard's, by expiration date. Dates
//! are changed while they are read (rule PLAN-20).

use crate::member::DueMembership;
use crate::selection::RunSelection;
use ledger::context::TenantBilling;
use model::Result;
use model::ids::SHARDS;
use model::lookup::Lookup;
use model::resources::membership::indexes::expiring;
use model::resources::membership::{DUE_PACKED, Memberships};
use std::collections::BTreeMap;

/// Index entries read in one request; they are small, 1 MB bounds the answer.
const PAGE: i32 = 2_000;

/// By id: what the index told last; nothing where the record itself has to be read.
type Met = BTreeMap<String, Option<DueMembership>>;

/// A shard's memberships with an expiration date in any of the run's ranges,
/// each once.
pub async fn due_members(
    billing: &TenantBilling,
    selection: &RunSelection,
    shard: u32,
) -> Result<Vec<DueMembership>> {
    let Some(lookup) = lookup(selection, shard) else {
        return Ok(Vec::new());
    };
    let (mut met, requests) = read(billing, &lookup).await?;
    // Between two requests a date may have moved to where the index had been read
    // already. A second reading meets it there.
    if requests > 1 {
        let earlier: Vec<String> = met.into_keys().collect();
        (met, _) = read(billing, &lookup).await?;
        for id in earlier {
            met.entry(id).or_default();
        }
    }
    whole(billing, met).await
}

/// What one reading of another index finds that carries what planning reads.
pub async fn find(billing: &TenantBilling, lookup: Lookup) -> Result<Vec<DueMembership>> {
    let (met, _) = read(billing, &lookup.limit(PAGE)).await?;
    whole(billing, met).await
}

async fn whole(billing: &TenantBilling, met: Met) -> Result<Vec<DueMembership>> {
    let unread = met.iter().filter(|(_, member)| member.is_none());
    let unread: Vec<String> = unread.map(|(id, _)| id.clone()).collect();
    let mut members = from_records(billing, &unread).await?;
    members.extend(met.into_values().flatten());
    Ok(members)
}

/// About how many memberships are due in all shards.
pub async fn estimate(billing: &TenantBilling, selection: &RunSelection) -> Result<usize> {
    let Some(lookup) = lookup(selection, 0) else {
        return Ok(0);
    };
    let store = &billing.store;
    let page = store.query_packed(&lookup, DUE_PACKED, None).await?;
    // Shards are filled evenly, so one tells the size of all.
    Ok(page.items.len() * SHARDS as usize)
}

/// The memberships of these ids that are there.
pub async fn from_records(billing: &TenantBilling, ids: &[String]) -> Result<Vec<DueMembership>> {
    let found = billing.store.get_many::<Memberships>(ids).await?;
    found.iter().flatten().map(DueMembership::of).collect()
}

fn lookup(selection: &RunSelection, shard: u32) -> Option<Lookup> {
    let (from, to) = selection.dates()?;
    Some(expiring(shard, from, to).limit(PAGE))
}

/// Everything that a look-up finds, and the requests that took.
async fn read(billing: &TenantBilling, lookup: &Lookup) -> Result<(Met, usize)> {
    let (mut met, mut requests, mut next) = (Met::new(), 0, None);
    loop {
        let page = billing.store.query_packed(lookup, DUE_PACKED, next).await?;
        requests += 1;
        for (id, packed) in page.items {
            // What was read last is newer.
            let member = DueMembership::unpack(&id, &packed);
            met.insert(id, member);
        }
        next = page.next;
        if next.is_none() {
            return Ok((met, requests));
        }
    }
}
