//! Deleting a run with its actions (rule RUN-16). The run's own conditional
//! write claims it: from there on nothing of it is planned, approved or
//! changed. Then its actions go by pages, then the run. What is left after a
//! crash, or of a large run, is gone on with by the scheduler and by whoever
//! asks again.

use jiff::Timestamp;
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::BillingRunActions;
use model::resources::billing_run::rules::BEING_DELETED;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::resources::billing_run_action::of_run;
use model::{Error, Record, Result, WriteContext};
use store::Store;

/// Actions deleted while a request waits.
pub const IN_A_REQUEST: usize = 5_000;
/// Actions deleted when the scheduler looks at a run.
pub const AT_A_LOOK: usize = 20_000;
/// Actions read at once: they are small, and 1 MB bounds the answer.
const PAGE: usize = 1_000;
/// Attempts at deleting the run itself while its counts are written.
const ATTEMPTS: usize = 5;

/// Claims a run for its deletion, on condition that it is as it was read. One
/// that is claimed or gone stays so.
///
/// # Errors
/// `Conflict` for a run that is worked or ever was; `Stale` when it has changed.
pub async fn claim(store: &Store, by: &WriteContext, before: &Record) -> Result<()> {
    if before.has(run::DELETING_SINCE) {
        return Ok(());
    }
    check_deletable(before)?;
    let refused = match store
        .save::<BillingRuns>(by, Some(before), claimed(before))
        .await
    {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    // Another request may have claimed it meanwhile: then this one has what it wants.
    let now = store
        .get_consistent::<BillingRuns>(before.text(ID_FIELD))
        .await?;
    match now.is_none_or(|now| now.has(run::DELETING_SINCE)) {
        true => Ok(()),
        false => Err(refused),
    }
}

fn check_deletable(run: &Record) -> Result<()> {
    if let Some(status @ (RunStatus::Preprocessing | RunStatus::Running)) = run.get(run::STATUS) {
        let why = format!("a run that is {status} cannot be deleted");
        return Err(Error::conflict("/status", why));
    }
    if run.is(run::EVER_CLAIMED) {
        let why = "actions of this run have been worked: it is kept for audit";
        return Err(Error::conflict("/id", why));
    }
    Ok(())
}

/// Cancelled, so that nothing of it is ever worked; a completed run has nothing
/// to work and cannot be cancelled.
fn claimed(before: &Record) -> Record {
    let mut after = before.clone();
    if before.get(run::STATUS) != Some(RunStatus::Completed) {
        after.set(run::STATUS, RunStatus::Cancelled);
    }
    after.set(run::DELETING_SINCE, Timestamp::now());
    after.set(
        run::GENERATION,
        before.get(run::GENERATION).unwrap_or(0) + 1,
    );
    after.set(run::ERROR, BEING_DELETED.to_owned());
    after.clear(run::APPROVAL);
    after
}

/// Deletes up to `most` actions of a claimed run, and the run when none is left.
pub async fn go_on(store: &Store, id: &str, most: usize) -> Result<()> {
    let mut left = most;
    let mut next = None;
    while left > 0 {
        let limit = i32::try_from(left.min(PAGE)).map_err(Error::internal)?;
        // Consistent: an action that is not seen would outlive its run.
        let query = of_run(id, 0..SHARDS).limit(limit).consistent();
        let page = store.query::<BillingRunActions>(&query, next).await?;
        let ids = page
            .items
            .iter()
            .map(|action| action.text(ID_FIELD).to_owned());
        let ids: Vec<String> = ids.collect();
        store.remove_all::<BillingRunActions>(&ids).await?;
        // The run goes last: by it the scheduler finds what is left of its actions.
        if page.next.is_none() {
            return remove(store, id).await;
        }
        left = left.saturating_sub(ids.len());
        next = page.next;
    }
    Ok(())
}

/// Deletes the run itself. Its counts may be written by what a cancelled
/// execution has left, so it is read anew.
async fn remove(store: &Store, id: &str) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let run = store.get_consistent::<BillingRuns>(id).await?;
        let Some(run) = run.filter(|run| run.has(run::DELETING_SINCE)) else {
            return Ok(());
        };
        match store.delete::<BillingRuns>(&run).await {
            Err(Error::Stale { .. }) => {}
            settled => return settled,
        }
    }
    Err(Error::stale("BillingRun", id))
}
