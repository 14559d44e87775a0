//! The Lambda function: start-up only.

use billing::engine::Billing;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::lambda::start_logging();
    web::lambda::serve(memberships::router(Billing::from_environment()?)).await
}
