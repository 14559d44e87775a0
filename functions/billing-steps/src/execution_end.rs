//! Executions that ended without settling their run: a failure that no `Catch`
//! took, a time-out, an abort.

use billing::run_end::{Failure, end_run};
use ledger::context::Ports;
use model::resources::billing_run::RunStatus;
use model::{Error, Result, TenantId};
use serde_json::Value;

/// Settles the run of an execution that has ended, unless its own last step did.
pub async fn handle(ports: &Ports, event: &Value) -> Result<()> {
    let detail = &event["detail"];
    let status = match detail["status"].as_str() {
        Some("TIMED_OUT") => RunStatus::TimedOut,
        Some("FAILED" | "ABORTED") => RunStatus::Error,
        // One that succeeded has settled its run by its own last step.
        _ => return Ok(()),
    };
    let input: Value = detail["input"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let (Some(tenant), Some(run)) = (input["tenant"].as_str(), input["run"].as_str()) else {
        return Ok(());
    };
    let generation = input
        .get("generation")
        .and_then(model::field::whole)
        .unwrap_or(0);
    let tenant = TenantId::parse(tenant)?;
    fail(ports, &tenant, (run, generation), status, detail).await
}

/// Ends the run with what is known of the error. One that is deleted needs no end.
pub async fn fail(
    ports: &Ports,
    tenant: &TenantId,
    run: (&str, i64),
    status: RunStatus,
    error: &Value,
) -> Result<()> {
    let name = error
        .get("Error")
        .or_else(|| error.get("error"))
        .and_then(Value::as_str)
        .unwrap_or("unknown");
    let cause = error
        .get("Cause")
        .or_else(|| error.get("cause"))
        .and_then(Value::as_str)
        .unwrap_or("");
    let why = match status {
        RunStatus::TimedOut => {
            "took too long and was stopped: what it did is kept, refresh or approve it again"
                .to_owned()
        }
        _ => format!(
            "stopped by a technical failure ({name}): what it did is kept, refresh or approve it again"
        ),
    };
    let failure = Failure {
        status,
        why,
        detail: format!("{name}: {cause}"),
    };
    match end_run(ports, tenant, "billing", run, failure).await {
        Err(Error::NotFound { .. }) => Ok(()),
        ended => ended,
    }
}
