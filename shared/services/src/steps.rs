//! What the state machines' steps are given and answer, whatever is worked: a
//! billing run or a tenant's job.

mod serve;

pub use serve::serve;

use model::{Error, Result, TenantId};
use serde_json::{Value, json};

/// Passes of one shard's worker in one execution: 32 workers of so many passes
/// stay far below the service's 25,000 events.
pub const PASSES: i64 = 60;

/// A step's payload.
#[derive(Debug)]
pub struct Input {
    pub step: String,
    pub tenant: TenantId,
    /// The billing run's id, or the job's.
    pub run: String,
    pub generation: i64,
    pub shards: Vec<u32>,
    pub cursor: String,
    pub pass: i64,
    /// Name and cause of the error that the `Catch` caught.
    pub error: Value,
}

impl Input {
    /// # Errors
    /// `Invalid` naming what is missing.
    pub fn read(event: &Value) -> Result<Input> {
        let text = |name: &str| {
            let found = event.get(name).and_then(Value::as_str);
            found
                .map(str::to_owned)
                .ok_or_else(|| Error::invalid(format!("/{name}"), "is required: a string"))
        };
        let number = |name: &str| event.get(name).and_then(model::field::whole);
        let shards = event.get("shards").and_then(Value::as_array);
        let shards = shards
            .into_iter()
            .flatten()
            .filter_map(model::field::whole)
            .filter_map(|n| u32::try_from(n).ok());
        Ok(Input {
            step: text("step")?,
            tenant: TenantId::parse(&text("tenant")?)?,
            run: text("run")?,
            generation: number("generation")
                .ok_or_else(|| Error::invalid("/generation", "is required: a number"))?,
            shards: shards.collect(),
            cursor: text("cursor").unwrap_or_default(),
            pass: number("pass").unwrap_or(0),
            error: event.get("error").cloned().unwrap_or_default(),
        })
    }
}

/// An error by the name that the state machines match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepError {
    /// `StoreThrottled` and `StoreUnavailable` are retried, `StepFailed` is not.
    pub error_type: &'static str,
    pub message: String,
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        let error_type = match error {
            Error::Throttled { .. } => "StoreThrottled",
            Error::Unknown(_) | Error::Internal(_) => "StoreUnavailable",
            _ => "StepFailed",
        };
        StepError {
            error_type,
            message: error.to_string(),
        }
    }
}

/// Every name a step can fail by.
pub const ERROR_TYPES: [&str; 3] = ["StoreThrottled", "StoreUnavailable", "StepFailed"];

/// What a pass over shards has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    Done,
    /// Go on from this cursor.
    Again(String),
    /// The same after a pause.
    Wait {
        cursor: String,
        seconds: u32,
    },
}

/// Shards for each item of the state machine's `Map`; none if what is worked has
/// moved on to another generation.
pub fn shard_groups(groups: Option<Vec<Vec<u32>>>) -> Value {
    match groups {
        Some(groups) => {
            let shards: Vec<Value> = groups
                .into_iter()
                .map(|shards| json!({ "shards": shards }))
                .collect();
            json!({ "next": "work", "shards": shards })
        }
        None => json!({ "next": "superseded", "shards": [] }),
    }
}

/// What a worker's pass means for the loop of the state machine. `passes` were made
/// before it.
pub fn loop_state(pass: Pass, passes: i64) -> Value {
    let answer = |next: &str, cursor: String, seconds: u32| json!({ "next": next, "cursor": cursor, "pass": passes + 1, "wait_seconds": seconds });
    match pass {
        // For this execution: what is open is found when it settles, and goes on in the next.
        _ if passes + 1 >= PASSES => answer("done", String::new(), 0),
        Pass::Done => answer("done", String::new(), 0),
        Pass::Again(cursor) => answer("again", cursor, 0),
        Pass::Wait { cursor, seconds } => answer("wait", cursor, seconds),
    }
}

/// Of the event of an execution's end: input, and what is told of the failure. `None`
/// where there was none: one that succeeded has settled by its own last step.
pub fn failed_execution(event: &Value) -> Option<(Value, Failed)> {
    let detail = &event["detail"];
    let timed_out = match detail["status"].as_str() {
        Some("TIMED_OUT") => true,
        Some("FAILED" | "ABORTED") => false,
        _ => return None,
    };
    let input = detail["input"].as_str()?;
    let input = serde_json::from_str(input).ok()?;
    Some((input, Failed::read(detail, timed_out)))
}

/// Name and cause of a failure, as the service or a `Catch` gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub timed_out: bool,
    pub name: String,
    pub cause: String,
}

impl Failed {
    pub fn read(error: &Value, timed_out: bool) -> Failed {
        let text = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| error.get(name));
            found.and_then(Value::as_str).map(str::to_owned)
        };
        Failed {
            timed_out,
            name: text(["Error", "error"]).unwrap_or_else(|| "unknown".into()),
            cause: text(["Cause", "cause"]).unwrap_or_default(),
        }
    }
}
