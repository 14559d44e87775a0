//! The steps of planning: prepare, a shard at a time, finish. Each can run
//! twice with the same result.

use crate::action_counts;
use crate::claim::holds;
use crate::due::{due_members, estimate, from_records};
use crate::eligibility::Facts;
use crate::known::{Known, Source};
use crate::member::DueMembership;
use crate::notice_mail::NoticeCache;
use crate::owing::Owing;
use crate::plan::{Moment, Proposal, plan};
use crate::selection::RunSelection;
use ledger::context::TenantBilling;
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::resources::billing_run_action::{self as action, BillingRunActions};
use model::{Error, Record, Result};
pub use services::steps::Pass;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use store::Change;

/// Candidates that one worker plans faster than many can be started.
const SMALL: usize = 2_000;

/// The shards of the run, in the lots that workers take: one lot for a small
/// run, each its own for a large one. `None` if the run is no longer this
/// generation's.
pub async fn prepare(
    billing: &TenantBilling,
    id: &str,
    generation: i64,
) -> Result<Option<Vec<Vec<u32>>>> {
    let record = billing.store.require::<BillingRuns>(id).await?;
    if !holds(&record, generation, RunStatus::Preprocessing) {
        return Ok(None);
    }
    let selection = RunSelection::of(&record)?;
    Ok(Some(lots(estimate(billing, &selection).await?)))
}

/// One lot for a small number of pieces of work, a lot a shard for a large one.
pub fn lots(pieces: usize) -> Vec<Vec<u32>> {
    if pieces < SMALL {
        vec![(0..SHARDS).collect()]
    } else {
        (0..SHARDS).map(|shard| vec![shard]).collect()
    }
}

/// Plans shards from the cursor on until done or until `deadline`.
pub async fn work(
    billing: &TenantBilling,
    id: &str,
    generation: i64,
    shards: &[u32],
    cursor: &str,
    deadline: Instant,
) -> Result<Pass> {
    let from = shards
        .iter()
        .position(|shard| shard.to_string() == cursor)
        .unwrap_or(0);
    let (mut notices, mut owing) = (None, None);
    for (place, shard) in shards.iter().enumerate().skip(from) {
        // At least one shard a pass, or a pass that begins late would never get on.
        if place > from && Instant::now() >= deadline {
            return Ok(Pass::Again(shard.to_string()));
        }
        let record = billing.store.require::<BillingRuns>(id).await?;
        if !holds(&record, generation, RunStatus::Preprocessing) {
            return Ok(Pass::Done);
        }
        let notices = notices.get_or_insert_with(|| NoticeCache::new(billing, &record));
        let owing = match &mut owing {
            Some(known) => known,
            none => none.insert(Owing::read(billing, &record, shards).await?),
        };
        let proposals = propose_with(billing, &record, notices, *shard, owing).await?;
        write(billing, proposals).await?;
    }
    Ok(Pass::Done)
}

/// What planning would change in one shard: the dry run. Writes nothing.
pub async fn propose(
    billing: &TenantBilling,
    record: &Record,
    notices: &NoticeCache<'_>,
    number: u32,
) -> Result<Vec<Proposal>> {
    let mut owing = Owing::read(billing, record, &[number]).await?;
    propose_with(billing, record, notices, number, &mut owing).await
}

async fn propose_with(
    billing: &TenantBilling,
    record: &Record,
    notices: &NoticeCache<'_>,
    number: u32,
    owing: &mut Owing,
) -> Result<Vec<Proposal>> {
    let selection = RunSelection::of(record)?;
    let mut existing = BTreeMap::new();
    let keep = |record: &Record| {
        existing.insert(record.text(ID_FIELD).to_owned(), record.clone());
    };
    action_counts::for_each(&billing.store, &selection.run_id, number, keep).await?;
    let mut members = due_members(billing, &selection, number).await?;
    owing.add_to(&mut members, number);
    members.extend(left_range(billing, &members, &existing).await?);
    let facts = Facts::of(billing, &selection);
    let source = Source {
        billing,
        selection: &selection,
        notices,
    };
    let known = Known::read(&source, &members, &existing, &facts).await?;
    let now = billing.tenant.now();
    let moment = Moment {
        planned_for: record.get(run::SCHEDULED_RUN).unwrap_or(now),
        now,
        generation: record.get(run::GENERATION).unwrap_or(0),
    };
    Ok(plan(
        &selection, &members, &existing, &facts, &known, moment,
    ))
}

/// Memberships with an action but with a date in no range any more.
async fn left_range(
    billing: &TenantBilling,
    members: &[DueMembership],
    existing: &BTreeMap<String, Record>,
) -> Result<Vec<DueMembership>> {
    let known: BTreeSet<&str> = members.iter().map(|member| member.id.as_str()).collect();
    let ids: BTreeSet<String> = existing
        .values()
        .map(|record| record.text(action::MEMBERSHIP_ID).to_owned())
        .filter(|id| !known.contains(id.as_str()))
        .collect();
    from_records(billing, &ids.into_iter().collect::<Vec<_>>()).await
}

fn change(billing: &TenantBilling, proposal: &Proposal) -> Result<Change> {
    let (before, after) = (proposal.before.as_ref(), proposal.after.clone());
    let by = billing.context();
    billing
        .store
        .change::<BillingRunActions>(&by, before, after)
}

async fn write(billing: &TenantBilling, proposals: Vec<Proposal>) -> Result<()> {
    let changes = proposals.iter().filter_map(|proposal| {
        let refused = match change(billing, proposal) {
            Ok(change) => return Some(change),
            Err(refused) => refused.to_string(),
        };
        // One record that is unsound stops nobody else.
        let parked = change(billing, &proposal.parked(&refused)?);
        if let Err(error) = &parked {
            let id = proposal.after.text(ID_FIELD);
            tracing::warn!(action = id, %error, "an action could not be planned");
        }
        parked.ok()
    });
    let changes: Vec<Change> = changes.collect();
    for (change, outcome) in changes.iter().zip(billing.store.write_all(&changes).await) {
        match outcome {
            // Planned by an earlier attempt at this step, or changed by staff
            // a moment ago: both are looked at again by the next refresh.
            Ok(()) | Err(Error::Exists { .. } | Error::Stale { .. }) => {}
            Err(error) => {
                tracing::warn!(action = change.id(), %error, "an action could not be planned");
                return Err(error);
            }
        }
    }
    Ok(())
}

/// All shards are planned: the run is ready for review. One that a recurring run has
/// made and that finds nobody is completed, as there is nothing to review.
pub async fn finish(billing: &TenantBilling, id: &str, generation: i64) -> Result<Record> {
    let counts = action_counts::count(&billing.store, id).await?;
    let now = billing.tenant.now();
    billing
        .update::<BillingRuns>(id, |before| {
            if !holds(before, generation, RunStatus::Preprocessing) {
                return Ok(None);
            }
            let mut after = before.clone();
            let empty = before.has(run::RECURRING_ID) && counts.is_empty();
            let planned = match empty {
                true => RunStatus::Completed,
                false => RunStatus::ReadyForExecution,
            };
            after.set(run::STATUS, planned);
            after.set(run::PREPROCESSING_DATE, now);
            after.set(run::LAST_REFRESH, now);
            after.set(run::PLANNED_GENERATION, generation);
            counts.write(&mut after);
            after.set(run::PLAN_HASH, counts.plan_hash(before));
            Ok(Some(after))
        })
        .await
}
