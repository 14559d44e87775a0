//! What the scheduler does: recurring runs, due planning, due execution, and runs
//! whose execution got lost (rules REC-10, REC-11). Each look can run twice.

use crate::approve::SCHEDULER;
use crate::claim::{claim_execution, machine, settles, start, start_planning};
use crate::deletion;
use crate::recurring;
use crate::run_end::{Failure, end_run};
use crate::staff_mail::mail_staff;
use jiff::{SignedDuration, Timestamp};
use ledger::context::{Ports, TenantBilling, update};
use model::context::by_run;
use model::resource::ID_FIELD;
use model::resources::RecurringBillingRuns;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus, due_work};
use model::{Record, Resource, Result, TenantId, WriteContext, sys};
use services::executions::{Machine, Standing};
use store::Store;

/// A claimed run is looked after once its start, or its deletion, should long
/// have happened.
const START_WITHIN: SignedDuration = SignedDuration::from_secs(20);

/// Looks at every run that is due, of all tenants. One that fails is logged
/// and stops no other.
pub async fn tick(ports: &Ports) -> Result<()> {
    // A tenant's clock may stand in the future, so with such clocks everything is looked
    // at, and each tenant's own time says whether it is due.
    let until = if ports.defaults.deployment.test_clock {
        "9999".into()
    } else {
        model::field::moment(Timestamp::now())
    };
    // The index is no tenant's; any store of this database reads it.
    let reader = ports.database.tenant(&TenantId::parse("scheduler")?);
    let due = due_work(&until);
    let mut next = None;
    loop {
        let page = reader.query_keys(&due, next).await?;
        for (partition, id) in &page.items {
            look_safely(ports, partition, id).await;
        }
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

async fn look_safely(ports: &Ports, partition: &str, id: &str) {
    let tenant = partition.split('#').next().unwrap_or_default();
    let recurring = partition.ends_with(RecurringBillingRuns::NAME);
    let looked = match TenantId::parse(tenant) {
        Ok(tenant) if recurring => recurring::make_due(ports, &tenant, id).await,
        Ok(tenant) => look(ports, &tenant, id).await,
        Err(error) => Err(error),
    };
    if let Err(error) = looked {
        tracing::warn!(tenant, run = id, %error, "a due run could not be looked at");
    }
}

/// What is due for one run.
pub async fn look(ports: &Ports, tenant: &TenantId, id: &str) -> Result<()> {
    let store = ports.store(tenant);
    // Consistent, as the index that has named it may be late.
    let Some(record) = store.get_consistent::<BillingRuns>(id).await? else {
        return Ok(());
    };
    if let Some(since) = record.get(run::DELETING_SINCE) {
        // At first the request that asked for it is at work.
        return match Timestamp::now().duration_since(since) < START_WITHIN {
            true => Ok(()),
            false => deletion::go_on(&store, id, deletion::AT_A_LOOK).await,
        };
    }
    let status = record.get(run::STATUS);
    // What is under way is looked after whatever the settings say: they may be
    // what has stopped it.
    let settles = status == Some(RunStatus::Cancelled) && record.is(run::SETTLING);
    if settles || matches!(status, Some(RunStatus::Preprocessing | RunStatus::Running)) {
        return look_after(ports, &store, &record).await;
    }
    if record.is(sys::LOCKED) {
        // Its dates wait until it is unlocked.
        return Ok(());
    }
    let via = by_run(id);
    let billing = ports.for_tenant(tenant, SCHEDULER, &via).await?;
    let now = billing.tenant.now();
    let due = |field| record.get(field).is_some_and(|at| at <= now);
    match status {
        Some(RunStatus::Scheduled) if due(run::SCHEDULED_PREPROCESSING) => {
            start_planning(ports, &billing.store, id, &billing.context())
                .await
                .map(|_| ())
        }
        Some(RunStatus::ScheduledForExecution) if due(run::SCHEDULED_RUN) => {
            execute_due(ports, &billing, id).await
        }
        Some(RunStatus::ReadyForExecution) if due(run::SCHEDULED_RUN) => {
            past_due(&billing, id).await
        }
        _ => Ok(()),
    }
}

/// Starts an approved run at its scheduled date.
async fn execute_due(ports: &Ports, billing: &TenantBilling, id: &str) -> Result<()> {
    let now = billing.tenant.now();
    let claimed = billing
        .update::<BillingRuns>(id, |before| {
            // Staff may have taken the approval back, or started it themselves.
            if before.get(run::STATUS) != Some(RunStatus::ScheduledForExecution) {
                return Ok(None);
            }
            let mut after = before.clone();
            after.set(run::STATUS, RunStatus::Running);
            after.set(run::RUN_DATE, now);
            claim_execution(
                ports,
                billing.store.tenant(),
                &mut after,
                Machine::Execution,
            );
            Ok(Some(after))
        })
        .await?;
    // Whoever has claimed it: starting it twice is starting it once.
    if claimed.get(run::STATUS) == Some(RunStatus::Running) {
        start(ports, billing.store.tenant(), &claimed).await?;
    }
    Ok(())
}

/// A claimed run whose execution never started is started; one whose
/// execution has ended without settling it is settled.
async fn look_after(ports: &Ports, store: &Store, record: &Record) -> Result<()> {
    let claimed_at = record.get(run::CLAIMED_AT).unwrap_or_default();
    if Timestamp::now().duration_since(claimed_at) < START_WITHIN {
        return Ok(());
    }
    let generation = record.get(run::GENERATION).unwrap_or(0);
    let id = record.text(ID_FIELD);
    match ports
        .executions
        .standing(record.text(run::EXECUTION_ARN))
        .await?
    {
        Standing::Running => Ok(()),
        Standing::Missing => start(ports, store.tenant(), record).await.map(|_| ()),
        // Its last page was at work when it was cancelled, or the execution is lost.
        _ if record.is(run::SETTLING) => settle_again(ports, store, id, generation).await,
        ended => {
            let status = if ended == Standing::TimedOut {
                RunStatus::TimedOut
            } else {
                RunStatus::Error
            };
            let what = if machine(record) == Some(Machine::Refresh) {
                "planning"
            } else {
                "execution"
            };
            let why = format!("{what} stopped without finishing: refresh or approve the run again");
            let detail = format!("the execution ended as {ended:?}");
            let failure = Failure {
                status,
                why,
                detail,
            };
            end_run(ports, store.tenant(), SCHEDULER, (id, generation), failure).await
        }
    }
}

/// A cancelled run has begun actions, and no execution that settles them.
async fn settle_again(ports: &Ports, store: &Store, id: &str, generation: i64) -> Result<()> {
    let by = WriteContext {
        user: SCHEDULER.to_owned(),
        via: by_run(id),
        now: Timestamp::now(),
    };
    let mut claim = |before: &Record| {
        if !settles(before, generation) {
            return Ok(None);
        }
        let (mut after, why) = (before.clone(), before.get(run::ERROR));
        claim_execution(ports, store.tenant(), &mut after, Machine::Execution);
        after.put(run::ERROR, why);
        Ok(Some(after))
    };
    let claimed = update::<BillingRuns>(store, &by, id, &mut claim).await?;
    match settles(&claimed, generation + 1) {
        true => start(ports, store.tenant(), &claimed).await.map(|_| ()),
        false => Ok(()),
    }
}

/// Without approval nothing is executed: the run stays, and staff are told once.
async fn past_due(billing: &TenantBilling, id: &str) -> Result<()> {
    // Noted before the mail goes: a crash between may lose it, and none goes each minute.
    let record = billing
        .update::<BillingRuns>(id, |before| {
            let mut after = before.clone();
            after.put(run::TOLD_PAST_DUE, before.get(run::SCHEDULED_RUN));
            Ok(
                (before.get(run::STATUS) == Some(RunStatus::ReadyForExecution) && after != *before)
                    .then_some(after),
            )
        })
        .await?;
    mail_staff(
        billing,
        &record,
        "waits for approval past its scheduled date",
    )
    .await;
    Ok(())
}
