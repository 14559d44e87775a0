//! The Lambda function: start-up only.

use ledger::context::Ports;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::lambda::start_logging();
    web::lambda::serve(applications::router(Ports::from_environment()?)).await
}
