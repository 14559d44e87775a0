//! The steps of execution: prepare, shards page by page, finish.

use super::breaker;
use super::context::RunContext;
use super::cursor::Cursor;
use super::page::read_page;
use super::worker::Worker;
use crate::action_counts::{self, ActionCounts, settling};
use crate::approve;
use crate::claim::{claim_execution, holds, settles, start, works};
use crate::planning::{Pass, lots};
use jiff::Timestamp;
use ledger::context::TenantBilling;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::resources::billing_run_action::{ActionStatus, STATUS};
use model::{Record, Result};
use services::executions::Machine;
use std::time::Instant;

/// Longest pause before open actions are looked at again.
const PAUSE_MAX: u32 = 300;

/// Whether the plan is still what was approved, and the shards to work. `None`
/// if there is nothing to work (any more).
pub async fn prepare(
    billing: &TenantBilling,
    id: &str,
    generation: i64,
) -> Result<Option<Vec<Vec<u32>>>> {
    let record = billing.store.require::<BillingRuns>(id).await?;
    if !works(&record, generation) {
        return Ok(None);
    }
    let counts = action_counts::count(&billing.store, id).await?;
    if settles(&record, generation) {
        let open = counts.count(None, "processing");
        return Ok(Some(lots(usize::try_from(open).unwrap_or(usize::MAX))));
    }
    let differs = !approve::holds_for(&record, &counts);
    billing.update::<BillingRuns>(id, |before| {
        if !holds(before, generation, RunStatus::Running) {
            return Ok(None);
        }
        let mut after = before.clone();
        if !differs {
            after.set(run::EVER_CLAIMED, true);
            after.set(run::MODES, billing.tenant.modes().to_value());
        } else {
            stop(
                &mut after,
                "the plan differs from the one that was approved: look at it and approve it again",
            );
        }
        Ok((after != *before).then_some(after))
    })
    .await?;
    let open = counts.count(None, "pending") + counts.count(None, "processing");
    Ok((!differs).then(|| lots(usize::try_from(open).unwrap_or(usize::MAX))))
}

/// Back to review, with the reason.
fn stop(after: &mut Record, why: &str) {
    after.set(run::STATUS, RunStatus::ReadyForExecution);
    after.set(run::ERROR, why.to_owned());
    after.clear(run::APPROVAL);
}

/// Works shards from the cursor on until done or until `deadline`.
pub async fn work(
    billing: &TenantBilling,
    id: &str,
    generation: i64,
    shards: &[u32],
    cursor: &str,
    deadline: Instant,
) -> Result<Pass> {
    let mut at = Cursor::read(cursor);
    let mut pause = PAUSE_MAX;
    let left = deadline.saturating_duration_since(Instant::now());
    let lease =
        Timestamp::now() + jiff::SignedDuration::try_from(left).unwrap_or_default() + LEASE_MARGIN;
    let record = billing.store.require::<BillingRuns>(id).await?;
    let context = RunContext::read(billing, record, generation, lease).await?;
    let worker = Worker { context };
    while let Some(shard) = shards.get(at.shard) {
        if Instant::now() >= deadline {
            return Ok(Pass::Again(at.write()));
        }
        let record = billing.store.require::<BillingRuns>(id).await?;
        // Cancelled or claimed anew: no further page is begun.
        if !works(&record, generation) {
            return Ok(Pass::Done);
        }
        let (mut page, next) = read_page(billing, id, *shard, at.after.take()).await?;
        if settles(&record, generation) {
            page.retain(|action| action.get(STATUS) != Some(ActionStatus::Pending));
        }
        let worked = worker.work_page(page).await?;
        if let Some(seconds) = worked.left {
            (at.left, pause) = (true, pause.min(seconds));
        }
        if let Some(why) =
            breaker::add(billing, id, approve::number(&record), &worked.figures).await?
        {
            trip(billing, id, generation, &why).await?;
            return Ok(Pass::Done);
        }
        match next {
            Some(after) => at.after = Some(after),
            None => at.shard += 1,
        }
    }
    // From the beginning, as what was left may be in any of the shards.
    if at.left {
        return Ok(Pass::Wait {
            cursor: Cursor::default().write(),
            seconds: pause.clamp(1, PAUSE_MAX),
        });
    }
    Ok(Pass::Done)
}

/// A claim outlives its worker's deadline by this much.
const LEASE_MARGIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// Stops a run that fails too often or bills too much. Where nothing is left to
/// stop, the run is completed and says so.
async fn trip(billing: &TenantBilling, id: &str, generation: i64, why: &str) -> Result<()> {
    tracing::warn!(run = id, why, "a run has passed a limit");
    let counts = action_counts::count(&billing.store, id).await?;
    let open = counts.count(None, "pending") + counts.count(None, "processing");
    billing
        .update::<BillingRuns>(id, |before| {
            let mut after = before.clone();
            if open == 0 {
                after.set(run::STATUS, RunStatus::Completed);
                after.set(run::ERROR, why.to_owned());
            } else {
                stop(&mut after, &format!("stopped for review: {why}"));
            }
            counts.write(&mut after);
            Ok(holds(before, generation, RunStatus::Running).then_some(after))
        })
        .await
        .map(|_| ())
}

/// All shards have been worked: the run is completed, or, when actions are
/// still open, goes on in the next generation. Answers whether it goes on.
pub async fn finish(billing: &TenantBilling, id: &str, generation: i64) -> Result<bool> {
    let counts = action_counts::count(&billing.store, id).await?;
    let open = counts.count(None, "pending") + counts.count(None, "processing");
    let run = billing
        .update::<BillingRuns>(id, |before| {
            if before.get(run::GENERATION) != Some(generation) {
                return Ok(None);
            }
            let mut after = before.clone();
            counts.write(&mut after);
            match before.get(run::STATUS) {
                Some(RunStatus::Running) if open == 0 => {
                    after.set(run::STATUS, RunStatus::Completed)
                }
                Some(RunStatus::Running) => {
                    approve::carry_over(&mut after, &counts);
                    claim_execution(
                        &billing.ports,
                        billing.store.tenant(),
                        &mut after,
                        Machine::Execution,
                    );
                }
                Some(RunStatus::Cancelled) if before.is(run::SETTLING) => {
                    settled(billing, &mut after, &counts)
                }
                _ => {}
            }
            Ok(Some(after))
        })
        .await?;
    let continues = works(&run, generation + 1);
    if continues {
        start(&billing.ports, billing.store.tenant(), &run).await?;
    }
    Ok(continues)
}

/// A cancelled run after a round over what was begun: done with, or another round.
fn settled(billing: &TenantBilling, after: &mut Record, counts: &ActionCounts) {
    if counts.count(None, "processing") == 0 {
        after.clear(run::SETTLING);
        after.clear(run::ERROR);
        return;
    }
    let tenant = billing.store.tenant();
    claim_execution(&billing.ports, tenant, after, Machine::Execution);
    settling(after, counts);
}
