//! The steps of the two billing state machines, chosen by name, and the event of an
//! execution's end.

mod execution_end;

use billing::staff_mail::{mail_completed, mail_staff};
use billing::{action_counts, approve, execute, planning};
use ledger::context::{Ports, TenantBilling};
use model::context::by_run;
use model::resources::billing_run::{BillingRuns, GENERATION, RunStatus, STATUS};
use model::{Error, Record};
use serde_json::{Value, json};
use services::steps::{Failed, Input, StepError, loop_state, shard_groups};
use std::time::Instant;

/// Every step there is.
pub const STEPS: [&str; 8] = [
    "refresh-prepare",
    "refresh-shard",
    "refresh-settle",
    "refresh-fail",
    "execution-prepare",
    "execution-shard",
    "execution-settle",
    "execution-fail",
];

/// Answers a step's payload, or handles the event of an execution's end. Work stops
/// before `deadline`.
///
/// # Errors
/// A [`StepError`] whose type decides whether the step is tried again.
pub async fn handle(billing: &Ports, event: Value, deadline: Instant) -> Result<Value, StepError> {
    if event.get("detail-type").is_some() {
        execution_end::handle(billing, &event).await?;
        return Ok(json!({}));
    }
    let input = Input::read(&event)?;
    let tenant = &input.tenant;
    // Before the settings are read, which may be what the execution failed by.
    if let "refresh-fail" | "execution-fail" = input.step.as_str() {
        let run = (input.run.as_str(), input.generation);
        let failed = Failed::read(&input.error, false);
        execution_end::fail(billing, tenant, run, &failed).await?;
        return Ok(json!({ "outcome": "failed" }));
    }
    let billing = billing
        .for_tenant(tenant, "billing", &by_run(&input.run))
        .await?;
    Ok(step(&billing, &input, deadline).await?)
}

async fn step(billing: &TenantBilling, input: &Input, deadline: Instant) -> Result<Value, Error> {
    let (run, generation) = (input.run.as_str(), input.generation);
    match input.step.as_str() {
        "refresh-prepare" => Ok(shard_groups(
            planning::prepare(billing, run, generation).await?,
        )),
        "execution-prepare" => {
            let groups = execute::prepare(billing, run, generation).await?;
            if groups.is_none() {
                tell_ended(billing, run, generation, deadline).await?;
            }
            Ok(shard_groups(groups))
        }
        "refresh-shard" | "execution-shard" => shard(billing, input, deadline).await,
        "refresh-settle" => {
            let record = planning::finish(billing, run, generation).await?;
            tell_planned(billing, record).await?;
            Ok(json!({ "outcome": "settled" }))
        }
        "execution-settle" => {
            let continued = execute::finish(billing, run, generation).await?;
            if !continued {
                tell_ended(billing, run, generation, deadline).await?;
            }
            Ok(json!({ "outcome": if continued { "continued" } else { "settled" } }))
        }
        other => Err(Error::invalid("/step", format!("{other} is no step"))),
    }
}

/// A worker's pass over its shards, from where the last one stopped.
async fn shard(billing: &TenantBilling, input: &Input, deadline: Instant) -> Result<Value, Error> {
    let (run, generation) = (input.run.as_str(), input.generation);
    let (shards, cursor) = (&input.shards, &input.cursor);
    let pass = match input.step.as_str() {
        "refresh-shard" => {
            planning::work(billing, run, generation, shards, cursor, deadline).await?
        }
        _ => execute::work(billing, run, generation, shards, cursor, deadline).await?,
    };
    // A run that was cancelled during the pass has been counted before it ended.
    action_counts::recount_cancelled(&billing.store, &billing.context(), run).await?;
    Ok(loop_state(pass, input.pass))
}

/// Tells what has come of planning; a run that moved on meanwhile is nobody's news.
async fn tell_planned(billing: &TenantBilling, record: Record) -> Result<(), Error> {
    let planned = record.get(STATUS) == Some(RunStatus::ReadyForExecution);
    let record = match planned {
        true => approve::automatically(billing, &record).await?,
        false => record,
    };
    let news = match record.get(STATUS) {
        Some(RunStatus::ReadyForExecution) => "is ready for review",
        Some(RunStatus::ScheduledForExecution) => "was approved automatically",
        Some(RunStatus::Completed) => "found nobody and is completed",
        _ => return Ok(()),
    };
    mail_staff(billing, &record, news).await;
    Ok(())
}

/// Tells how an execution has ended. One that was cancelled, or goes on under a
/// later claim, is no news: somebody has done that.
async fn tell_ended(
    billing: &TenantBilling,
    run: &str,
    generation: i64,
    deadline: Instant,
) -> Result<(), Error> {
    let record = billing.store.require::<BillingRuns>(run).await?;
    if record.get(GENERATION) != Some(generation) {
        return Ok(());
    }
    match record.get(STATUS) {
        Some(RunStatus::Completed) => mail_completed(billing, &record, deadline).await,
        Some(RunStatus::ReadyForExecution) => {
            mail_staff(billing, &record, "was stopped for review").await
        }
        _ => {}
    }
    Ok(())
}
