//! A Lambda function of steps: its loop, and until when a pass may work.

use super::StepError;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};

/// Left for the last write of a pass.
const MARGIN: Duration = Duration::from_secs(30);

/// Answers events by `handle`, which is told when it has to come to its end, until the
/// function ends.
///
/// # Errors
/// Those of the Lambda runtime.
pub async fn serve<F, A>(handle: F) -> Result<(), Error>
where
    F: Fn(Value, Instant) -> A,
    A: Future<Output = Result<Value, StepError>>,
{
    lambda_runtime::tracing::init_default_subscriber();
    let handle = &handle;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let left = event.context.deadline().duration_since(SystemTime::now());
        let left = left.unwrap_or_default().saturating_sub(MARGIN);
        // Boxed: the future of a whole pass is too deep to be laid out inline.
        let answer = Box::pin(handle(event.payload, Instant::now() + left)).await;
        answer.map_err(|error| Diagnostic {
            error_type: error.error_type.into(),
            error_message: error.message,
        })
    }))
    .await
}
