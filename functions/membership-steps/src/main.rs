//! The Lambda function: start-up only.

use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use ledger::context::Ports;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Left for the last write of a pass.
const MARGIN: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let ports = &Ports::from_environment()?;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let left = event
            .context
            .deadline()
            .duration_since(std::time::SystemTime::now())
            .unwrap_or_default();
        let deadline = Instant::now() + left.saturating_sub(MARGIN);
        // Boxed: the future of a whole pass is too deep to be laid out inline.
        let answer = Box::pin(membership_steps::handle(ports, event.payload, deadline)).await;
        answer.map_err(|error| Diagnostic {
            error_type: error.error_type.into(),
            error_message: error.message,
        })
    }))
    .await
}
