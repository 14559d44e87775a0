//! A step's payload.

use model::{Error, Result};
use serde_json::Value;

/// What the state machines pass to a step.
#[derive(Debug)]
pub struct Input {
    pub step: String,
    pub tenant: String,
    pub run: String,
    pub generation: i64,
    pub shards: Vec<u32>,
    pub cursor: String,
    pub pass: i64,
    /// Name and cause of the error that the `Catch` caught.
    pub error: Value,
}

impl Input {
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
            tenant: text("tenant")?,
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
