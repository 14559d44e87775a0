//! The Lambda function: start-up only.

use ledger::context::Ports;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::lambda::start_logging();
    // A folder of fonts that can't be read ends the start, and no request.
    cards::fonts()?;
    web::lambda::serve(cards::router(Ports::from_environment()?)).await
}
