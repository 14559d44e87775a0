//! The Lambda function: start-up only.

use std::sync::Arc;
use store::{Connection, Database, TableNames};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::lambda::start_logging();
    let connection = Connection::from_environment()?;
    let database = Arc::new(Database::new(&connection, TableNames::from_environment()));
    web::lambda::serve(applications::router(web::App::new(database))).await
}
