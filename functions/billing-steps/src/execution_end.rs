//! Executions that ended without settling their run: a failure that no `Catch`
//! took, a time-out, an abort.

use billing::run_end::{Failure, end_run};
use ledger::context::Ports;
use model::resources::billing_run::RunStatus;
use model::{Error, Result, TenantId};
use serde_json::Value;
use services::steps::{Failed, failed_execution};

/// Settles the run of an execution that has ended, unless its own last step did.
pub async fn handle(ports: &Ports, event: &Value) -> Result<()> {
    let Some((input, failed)) = failed_execution(event) else {
        return Ok(());
    };
    let (Some(tenant), Some(run)) = (input["tenant"].as_str(), input["run"].as_str()) else {
        return Ok(());
    };
    let generation = input
        .get("generation")
        .and_then(model::field::whole)
        .unwrap_or(0);
    let tenant = TenantId::parse(tenant)?;
    fail(ports, &tenant, (run, generation), &failed).await
}

/// Ends the run with what is known of the error. One that is deleted needs no end.
pub async fn fail(
    ports: &Ports,
    tenant: &TenantId,
    run: (&str, i64),
    failed: &Failed,
) -> Result<()> {
    let (name, cause) = (&failed.name, &failed.cause);
    let (status, why) = match failed.timed_out {
        true => (
            RunStatus::TimedOut,
            "took too long and was stopped: what it did is kept, refresh or approve it again"
                .to_owned(),
        ),
        false => (
            RunStatus::Error,
            format!(
                "stopped by a technical failure ({name}): what it did is kept, refresh or approve it again"
            ),
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
