//! The Lambda function: start-up only.

use lambda_runtime::{LambdaEvent, run, service_fn};
use ledger::context::Ports;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let billing = &Ports::from_environment()?;
    run(service_fn(|_: LambdaEvent<Value>| async move {
        Ok::<(), lambda_runtime::Error>(scheduler::tick(billing).await?)
    }))
    .await
}
