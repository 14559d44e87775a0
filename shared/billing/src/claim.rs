//! Claims on a run. The run's own conditional write is the lock: it raises the
//! generation; then an execution is started by a name made of run and
//! generation. Asking again gives the same execution, so a crash between the
//! two is mended by asking again.

use jiff::Timestamp;
use ledger::context::{Ports, update};
use model::resource::ID_FIELD;
use model::resources::billing_run::rules::{refuse_while_deleting, refuse_while_locked};
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::{Error, Record, Result, TenantId, WriteContext};
use services::executions::{Job, Machine};
use store::Store;

/// An execution that has been asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub execution_arn: String,
    pub start_date: Timestamp,
}

/// Claims a run for planning and starts it. While one is under way, answers
/// the same again.
///
/// # Errors
/// `Invalid` from a status that cannot be refreshed, naming it; `Conflict` for a
/// run that is being deleted.
pub async fn start_planning(
    ports: &Ports,
    store: &Store,
    id: &str,
    context: &WriteContext,
) -> Result<Started> {
    let mut claim = |before: &Record| match before.get(run::STATUS) {
        // Asked first: by its status alone it would be refused as one that was cancelled.
        _ if before.has(run::DELETING_SINCE) => refuse_while_deleting(before).map(|()| None),
        Some(RunStatus::Preprocessing) => Ok(None),
        Some(from) if may_refresh(from) => {
            refuse_while_locked(before)?;
            let mut after = before.clone();
            after.set(run::STATUS, RunStatus::Preprocessing);
            claim_execution(ports, store.tenant(), &mut after, Machine::Refresh);
            // It was for the plan that this one takes the place of.
            after.clear(run::APPROVAL);
            after.set(run::PLANNED_BY, context.user.clone());
            Ok(Some(after))
        }
        from => {
            let from = from.map(|from| from.to_string()).unwrap_or_default();
            Err(Error::invalid(
                "/status",
                format!("cannot move from {from} to preprocessing: this run cannot be refreshed"),
            ))
        }
    };
    let run = update::<BillingRuns>(store, context, id, &mut claim).await?;
    start(ports, store.tenant(), &run).await
}

/// Writes a claim into a run that is about to be saved: the next
/// generation, and the execution that will work it.
pub fn claim_execution(ports: &Ports, tenant: &TenantId, after: &mut Record, machine: Machine) {
    let generation = after.get(run::GENERATION).unwrap_or(0) + 1;
    after.set(run::GENERATION, generation);
    after.set(run::CLAIMED_FOR, name(machine).to_owned());
    // The machine's time, whatever the tenant's clock shows: the scheduler measures its
    // patience by it.
    after.set(run::CLAIMED_AT, Timestamp::now());
    after.set(run::ZONE_DATA, model::zone::RELEASE.to_owned());
    after.clear(run::ERROR);
    after.clear(run::ERROR_STACK);
    // Known before the execution is there, so that it is stored with the claim.
    let id = after.text(ID_FIELD).to_owned();
    let arn = ports.executions.arn(&Job {
        machine,
        tenant,
        run: &id,
        generation,
    });
    after.set(run::EXECUTION_ARN, arn);
}

/// Starts the execution that a run has been claimed for; one that was
/// started before counts as started.
pub async fn start(ports: &Ports, tenant: &TenantId, run: &Record) -> Result<Started> {
    let machine = machine(run).ok_or_else(|| Error::internal("a run that was never claimed"))?;
    let generation = run.get(run::GENERATION).unwrap_or(0);
    let job = Job {
        machine,
        tenant,
        run: run.text(ID_FIELD),
        generation,
    };
    let execution_arn = ports.executions.start(&job).await?;
    Ok(Started {
        execution_arn,
        start_date: run.get(run::CLAIMED_AT).unwrap_or_default(),
    })
}

fn may_refresh(from: RunStatus) -> bool {
    use RunStatus::{Draft, Error, ReadyForExecution, Scheduled, ScheduledForExecution, TimedOut};
    matches!(
        from,
        Draft | Scheduled | ReadyForExecution | ScheduledForExecution | Error | TimedOut
    )
}

fn name(machine: Machine) -> &'static str {
    match machine {
        Machine::Refresh => "refresh",
        Machine::Execution => "execution",
        // Of no run.
        Machine::Jobs => "jobs",
    }
}

/// What a run was last claimed for.
pub fn machine(run: &Record) -> Option<Machine> {
    match run.text(run::CLAIMED_FOR) {
        "refresh" => Some(Machine::Refresh),
        "execution" => Some(Machine::Execution),
        _ => None,
    }
}

/// Whether a step of `generation` may still work this run in `status`: not after
/// a newer claim, a cancellation or a stop.
pub fn holds(run: &Record, generation: i64, status: RunStatus) -> bool {
    run.get(run::GENERATION) == Some(generation) && run.get(run::STATUS) == Some(status)
}

/// Whether an execution of `generation` may still work this run's begun actions: while
/// it runs, or, cancelled, until what was begun is settled.
pub fn works(run: &Record, generation: i64) -> bool {
    holds(run, generation, RunStatus::Running) || settles(run, generation)
}

/// Whether an execution of `generation` is there to settle a cancelled run.
pub fn settles(record: &Record, generation: i64) -> bool {
    holds(record, generation, RunStatus::Cancelled) && record.is(run::SETTLING)
}
