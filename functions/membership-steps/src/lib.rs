//! The steps of the state machine of jobs, chosen by name, and the event of an
//! execution's end. Which job it is, its id says.

use ledger::context::{Ports, TenantBilling};
use lifecycle::jobs::{self, Part};
use model::{Error, TenantId};
use serde_json::{Value, json};
use services::steps::{
    Failed, Input, PASSES, Pass, StepError, failed_execution, loop_state, shard_groups,
};
use std::time::Instant;

/// Every step there is.
pub const STEPS: [&str; 4] = ["job-prepare", "job-shard", "job-settle", "job-fail"];

/// Answers a step's payload, or handles the event of an execution's end. Work stops
/// before `deadline`.
///
/// # Errors
/// A [`StepError`] whose type decides whether the step is tried again.
pub async fn handle(ports: &Ports, event: Value, deadline: Instant) -> Result<Value, StepError> {
    if event.get("detail-type").is_some() {
        ended(ports, &event).await?;
        return Ok(json!({}));
    }
    let input = Input::read(&event)?;
    if input.step == "job-fail" {
        // Before the settings are read, which may be what the execution failed by.
        let failed = Failed::read(&input.error, false);
        jobs::fail(ports, &input.tenant, &input.run, &failed).await?;
        return Ok(json!({ "outcome": "failed" }));
    }
    let via = format!("job {}", input.run);
    let billing = ports.for_tenant(&input.tenant, "jobs", &via).await?;
    Ok(step(&billing, &input, deadline).await?)
}

async fn step(billing: &TenantBilling, input: &Input, deadline: Instant) -> Result<Value, Error> {
    match input.step.as_str() {
        "job-prepare" => Ok(shard_groups(jobs::prepare(billing, &input.run).await?)),
        "job-shard" => {
            let part = Part {
                job: &input.run,
                shards: &input.shards,
                cursor: &input.cursor,
                deadline,
            };
            let pass = jobs::work(billing, &part).await?;
            // A job has no next execution, so what would be left is told of.
            if pass != Pass::Done && input.pass + 1 >= PASSES {
                return Err(Error::conflict(
                    "/pass",
                    "is the last that an execution may make",
                ));
            }
            Ok(loop_state(pass, input.pass))
        }
        "job-settle" => {
            jobs::settle(billing, &input.run).await?;
            Ok(json!({ "outcome": "settled" }))
        }
        other => Err(Error::invalid("/step", format!("{other} is no step"))),
    }
}

/// An execution that no `Catch` of its own has told of: a time-out, an abort.
async fn ended(ports: &Ports, event: &Value) -> Result<(), Error> {
    let Some((input, failed)) = failed_execution(event) else {
        return Ok(());
    };
    let (Some(tenant), Some(job)) = (input["tenant"].as_str(), input["run"].as_str()) else {
        return Ok(());
    };
    jobs::fail(ports, &TenantId::parse(tenant)?, job, &failed).await
}
