//! History events, named and counted as the service does, and the service's limits.

use crate::arn::REGION;
use crate::failure::{DATA_LIMIT, Failure, TIMEOUT};
use crate::state::State;
use serde_json::{Value, json};

/// Events an execution may have; the last is kept free for the event of its end.
pub(crate) const MOST_EVENTS: i64 = 25_000;

/// Bytes of UTF-8 an input, a result or an output may have as JSON.
pub(crate) const MOST_BYTES: usize = 262_144;

/// An event before it has a number and a time.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// The API's type, as in `TaskStateEntered`.
    pub kind: String,
    /// The API's details member and its object, as in `stateEnteredEventDetails`.
    pub details: Option<(&'static str, Value)>,
}

impl Event {
    fn new(kind: impl Into<String>, member: &'static str, details: Value) -> Self {
        Self {
            kind: kind.into(),
            details: Some((member, details)),
        }
    }

    pub fn execution_started(input: &str) -> Self {
        let details = json!({"input": input, "inputDetails": whole()});
        Self::new("ExecutionStarted", "executionStartedEventDetails", details)
    }

    pub fn execution_succeeded(output: &Value) -> Self {
        let details = json!({"output": output.to_string(), "outputDetails": whole()});
        Self::new(
            "ExecutionSucceeded",
            "executionSucceededEventDetails",
            details,
        )
    }

    pub fn execution_failed(failure: &Failure) -> Self {
        Self::new(
            "ExecutionFailed",
            "executionFailedEventDetails",
            error(failure),
        )
    }

    pub fn execution_aborted(failure: &Failure) -> Self {
        Self::new(
            "ExecutionAborted",
            "executionAbortedEventDetails",
            error(failure),
        )
    }

    pub fn execution_timed_out() -> Self {
        Self::new(
            "ExecutionTimedOut",
            "executionTimedOutEventDetails",
            json!({}),
        )
    }

    pub fn entered(state: &State, name: &str, input: &Value) -> Self {
        let details = json!({"name": name, "input": input.to_string(), "inputDetails": whole()});
        let kind = format!("{}StateEntered", state.kind());
        Self::new(kind, "stateEnteredEventDetails", details)
    }

    pub fn exited(state: &State, name: &str, output: &Value) -> Self {
        let details = json!({"name": name, "output": output.to_string(), "outputDetails": whole()});
        let kind = format!("{}StateExited", state.kind());
        Self::new(kind, "stateExitedEventDetails", details)
    }

    pub fn task_scheduled(parameters: &Value, timeout_seconds: Option<u64>) -> Self {
        let mut details = json!({"resourceType": "lambda", "resource": "invoke",
            "region": REGION, "parameters": parameters.to_string()});
        if let Some(seconds) = timeout_seconds {
            details["timeoutInSeconds"] = json!(seconds);
        }
        Self::new("TaskScheduled", "taskScheduledEventDetails", details)
    }

    pub fn task_started() -> Self {
        let details = json!({"resourceType": "lambda", "resource": "invoke"});
        Self::new("TaskStarted", "taskStartedEventDetails", details)
    }

    pub fn task_succeeded(result: &Value) -> Self {
        let details = json!({"resourceType": "lambda", "resource": "invoke",
            "output": result.to_string(), "outputDetails": whole()});
        Self::new("TaskSucceeded", "taskSucceededEventDetails", details)
    }

    pub fn task_failed(failure: &Failure) -> Self {
        let mut details = error(failure);
        details["resourceType"] = json!("lambda");
        details["resource"] = json!("invoke");
        // The service has an event of its own for it, with the same details.
        if failure.error == TIMEOUT {
            return Self::new("TaskTimedOut", "taskTimedOutEventDetails", details);
        }
        Self::new("TaskFailed", "taskFailedEventDetails", details)
    }

    pub fn map_started(length: usize) -> Self {
        let details = json!({"length": length});
        Self::new("MapStateStarted", "mapStateStartedEventDetails", details)
    }

    pub fn map_ended(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            details: None,
        }
    }

    pub fn iteration(what: Iteration, name: &str, index: usize) -> Self {
        let (kind, member) = match what {
            Iteration::Started => ("MapIterationStarted", "mapIterationStartedEventDetails"),
            Iteration::Succeeded => ("MapIterationSucceeded", "mapIterationSucceededEventDetails"),
            Iteration::Failed => ("MapIterationFailed", "mapIterationFailedEventDetails"),
            Iteration::Aborted => ("MapIterationAborted", "mapIterationAbortedEventDetails"),
        };
        Self::new(kind, member, json!({"name": name, "index": index}))
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Iteration {
    Started,
    Succeeded,
    Failed,
    Aborted,
}

fn error(failure: &Failure) -> Value {
    json!({"error": failure.error, "cause": failure.cause})
}

fn whole() -> Value {
    json!({"truncated": false})
}

pub(crate) fn history_is_full() -> Failure {
    Failure::runtime(format!(
        "The execution reached the maximum number of history events ({MOST_EVENTS})."
    ))
}

/// Refuses a value that is too large to be a state's input, result or output.
pub(crate) fn within_limit(name: &str, value: &Value) -> Result<(), Failure> {
    if value.to_string().len() <= MOST_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(Failure::new(DATA_LIMIT, cause))
}
