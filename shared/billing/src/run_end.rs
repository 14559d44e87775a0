//! Ending a run whose execution has failed. It needs no settings, which may be
//! what the execution has failed by.

use crate::action_counts;
use crate::staff_mail::mail_staff_if_stopped;
use jiff::Timestamp;
use ledger::context::{Ports, update};
use model::context::by_run;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::{Record, Result, TenantId, WriteContext};
use store::Store;

/// How an execution has failed.
pub struct Failure {
    /// `error` or `timed_out`
    pub status: RunStatus,
    /// One line for staff.
    pub why: String,
    /// For operators.
    pub detail: String,
}

/// Ends a run whose execution failed, timed out or was aborted, and tells staff;
/// one that has moved on stays as it is. Where the tenant's settings cannot be
/// used, that is the reason, and no mail can go.
///
/// # Errors
/// `NotFound` for a run that is deleted; an outage, after which it is called
/// again.
pub async fn end_run(
    ports: &Ports,
    tenant: &TenantId,
    user: &str,
    (id, generation): (&str, i64),
    failure: Failure,
) -> Result<()> {
    let (store, via) = (ports.store(tenant), by_run(id));
    match ports.for_tenant(tenant, user, &via).await {
        Ok(billing) => {
            let by = billing.context();
            let ended = write_end(&store, &by, id, generation, failure).await?;
            mail_staff_if_stopped(&billing, &ended).await;
        }
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            // The machine's time, as the tenant's clock is a setting too.
            let by = WriteContext {
                user: user.to_owned(),
                via,
                now: Timestamp::now(),
            };
            let why = format!(
                "the tenant cannot be billed ({error}): correct it and refresh or approve the run again"
            );
            let failure = Failure { why, ..failure };
            write_end(&store, &by, id, generation, failure).await?;
        }
    }
    Ok(())
}

/// The run as it stands afterwards.
async fn write_end(
    store: &Store,
    by: &WriteContext,
    id: &str,
    generation: i64,
    failure: Failure,
) -> Result<Record> {
    // A cancelled run's execution is aborted, perhaps with a page under way.
    action_counts::recount_cancelled(store, by, id).await?;
    // Outside of the change, which is made again when somebody overtakes it.
    let counts = action_counts::count(store, id).await?;
    let mut end = |before: &Record| {
        let working = matches!(
            before.get(run::STATUS),
            Some(RunStatus::Preprocessing | RunStatus::Running)
        );
        if !working || before.get(run::GENERATION) != Some(generation) {
            return Ok(None);
        }
        let mut after = before.clone();
        after.set(run::STATUS, failure.status);
        after.set(run::ERROR, failure.why.clone());
        after.set(run::ERROR_STACK, failure.detail.clone());
        counts.write(&mut after);
        Ok(Some(after))
    };
    update::<BillingRuns>(store, by, id, &mut end).await
}
