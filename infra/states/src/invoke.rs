//! What the executor asks of its surroundings: functions to invoke, and someone to tell of an end.

use crate::failure::Failure;
use async_trait::async_trait;
use serde_json::{Value, json};

/// The functions, as the Lambda service stands between a state machine and them.
#[async_trait]
pub trait Invoke: Send + Sync {
    /// Invokes `function` (a name or an ARN) and returns its answer.
    ///
    /// A panic in here is a worker that died: the task fails with `Runtime.ExitError`.
    ///
    /// # Errors
    /// What the function or the service failed with.
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError>;
}

/// The target of the rule for "Step Functions Execution Status Change" events.
#[async_trait]
pub trait Ended: Send + Sync {
    /// Receives the EventBridge event of an execution that has succeeded, failed, timed out or
    /// been aborted; at least once for each.
    ///
    /// # Errors
    /// An error, or a panic, has the event delivered again later, for up to a day.
    async fn ended(&self, event: Value) -> Result<(), InvokeError>;
}

/// Why an invocation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct InvokeError {
    /// What `Retry` and `Catch` match: a function's own `errorType`, `Runtime.ExitError`,
    /// `Sandbox.Timedout`, or the service's errors, as in `Lambda.TooManyRequestsException`.
    pub error_type: String,
    /// Text for people.
    pub message: String,
}

impl InvokeError {
    /// A function's or the service's error of the type `error_type`.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
        }
    }

    /// The worker ended without an answer: a panic that escaped, or a lost connection.
    pub fn exited(message: impl Into<String>) -> Self {
        Self::new("Runtime.ExitError", message)
    }

    /// The function reached its own time limit of `seconds`.
    pub fn timed_out(seconds: u64) -> Self {
        let message = format!("Task timed out after {seconds}.00 seconds");
        Self::new("Sandbox.Timedout", message)
    }

    /// As the service reports it: its own errors in words, a function's as the JSON it sent.
    pub(crate) fn failure(self) -> Failure {
        if self.error_type.starts_with("Lambda.") {
            return Failure::new(&self.error_type, self.message);
        }
        // The error itself is the function's errorType: that is what a retrier's ErrorEquals
        // names.
        let cause = json!({"errorMessage": self.message, "errorType": self.error_type});
        Failure::new(&self.error_type, cause.to_string())
    }
}
