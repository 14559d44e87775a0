//! The Lambda function: start-up only.

use ledger::context::Ports;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let ports = &Ports::from_environment()?;
    services::steps::serve(|event, until| billing_steps::handle(ports, event, until)).await
}
