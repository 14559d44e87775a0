//! A state machine as deployed: read, its substitutions filled, and refused by name where it
//! uses what the executor does not run.

use crate::choice::Choice;
use crate::fields::{DefinitionError, Fields};
use crate::retry::Catcher;
use crate::state::State;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A state machine to run.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name, the last part of its ARN.
    pub name: String,
    /// The Amazon States Language text, as deployed.
    pub definition: String,
    /// What each `${Name}` in the text stands for (`DefinitionSubstitutions` in the template).
    pub substitutions: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Definition {
    /// From the start of an execution to its end, retries and waits included.
    pub timeout_seconds: Option<u64>,
    pub states: States,
}

/// The states of a machine or of a Map's item processor.
#[derive(Debug)]
pub(crate) struct States {
    pub start_at: String,
    by_name: BTreeMap<String, State>,
}

impl Machine {
    /// The text with its substitutions filled in.
    ///
    /// # Errors
    /// When the text names a substitution that is not given.
    pub fn filled(&self) -> Result<String, DefinitionError> {
        let mut filled = String::with_capacity(self.definition.len());
        let mut rest = self.definition.as_str();
        // One pass from left to right: what a substitution brings is not filled again.
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| self.error("${ without }"))?;
            let value = self.substitutions.get(name);
            let value =
                value.ok_or_else(|| self.error(format!("no substitution for ${{{name}}}")))?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn error(&self, rule: impl Into<String>) -> DefinitionError {
        DefinitionError {
            at: self.name.clone(),
            rule: rule.into(),
        }
    }
}

impl Definition {
    /// Reads `text`, whose substitutions are filled; `name` is for messages.
    ///
    /// # Errors
    /// When the text is not JSON, breaks a rule of the language, or uses a state type, field,
    /// path or error name outside what the executor runs.
    pub fn parse(name: &str, text: &str) -> Result<Self, DefinitionError> {
        let value = serde_json::from_str(text).map_err(|error| DefinitionError {
            at: name.to_owned(),
            rule: format!("not JSON: {error}"),
        })?;
        let mut fields = Fields::new(name, value)?;
        let definition = Self {
            timeout_seconds: fields.positive("TimeoutSeconds")?,
            states: States::parse(&mut fields, true)?,
        };
        fields.finish()?;
        Ok(definition)
    }
}

impl States {
    /// `top` is false within a Map, where another Map is refused.
    pub fn parse(fields: &mut Fields, top: bool) -> Result<Self, DefinitionError> {
        let start_at = fields.need_text("StartAt")?;
        let Value::Object(named) = fields.need("States")? else {
            return Err(fields.error("States must be an object"));
        };
        let by_name = parse_states(&fields.at, named, top)?;
        let states = Self { start_at, by_name };
        states.check_targets(fields)?;
        Ok(states)
    }

    /// The state `name`, which exists: every name in a definition was checked when it was read.
    pub fn get(&self, name: &str) -> Option<&State> {
        self.by_name.get(name)
    }

    fn check_targets(&self, fields: &Fields) -> Result<(), DefinitionError> {
        let mut reached = BTreeSet::from([&self.start_at]);
        reached.extend(self.by_name.values().flat_map(State::targets));
        if let Some(name) = reached
            .iter()
            .find(|name| !self.by_name.contains_key(**name))
        {
            return Err(fields.error(format!("there is no state {name} to go to")));
        }
        // The service refuses a state that is not reachable, too.
        match self.by_name.keys().find(|name| !reached.contains(name)) {
            Some(name) => Err(fields.error(format!("nothing leads to state {name}"))),
            None => Ok(()),
        }
    }
}

fn parse_states(
    at: &str,
    named: Map<String, Value>,
    top: bool,
) -> Result<BTreeMap<String, State>, DefinitionError> {
    let parse = |(name, value): (String, Value)| {
        let mut fields = Fields::new(format!("{at}, state {name}"), value)?;
        let state = State::parse(&mut fields, top)?;
        fields.finish()?;
        Ok((name, state))
    };
    named.into_iter().map(parse).collect()
}

impl State {
    fn targets(&self) -> Vec<&String> {
        match self {
            Self::Task(task) => with_catch(&task.next, &task.catch),
            Self::Map(map) => with_catch(&map.next, &map.catch),
            Self::Choice(choice) => Choice::targets(choice).collect(),
            Self::Pass(pass) => vec![&pass.next],
            Self::Wait(wait) => vec![&wait.next],
            Self::Succeed | Self::Fail(_) => Vec::new(),
        }
    }
}

fn with_catch<'a>(next: &'a String, catch: &'a [Catcher]) -> Vec<&'a String> {
    std::iter::once(next)
        .chain(catch.iter().map(|catcher| &catcher.next))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn machine(definition: &str) -> Machine {
        let substitutions = [
            ("StepsFunctionArn", "steps"),
            ("Phase", "refresh"),
            ("FailureError", "BillingRefreshFailed"),
        ];
        let owned = substitutions.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Machine {
            name: "m".to_owned(),
            definition: definition.to_owned(),
            substitutions: BTreeMap::from(owned),
        }
    }

    fn filled() -> String {
        machine(include_str!("../../shards.asl.json"))
            .filled()
            .unwrap()
    }

    fn deployed() -> Value {
        serde_json::from_str(&filled()).unwrap()
    }

    #[test]
    fn the_deployed_file_is_read() {
        let filled = filled();
        assert!(filled.contains(r#""FunctionName": "steps""#));
        assert!(filled.contains(r#""step": "refresh-prepare""#));
        let definition = Definition::parse("m", &filled).unwrap();
        assert_eq!(definition.timeout_seconds, Some(82_800));
    }

    #[test]
    fn a_missing_substitution_is_named() {
        let error = machine(r#"{"a": "${Other}"}"#).filled().unwrap_err();
        assert_eq!(error.to_string(), "m: no substitution for ${Other}");
    }

    #[test]
    fn what_the_executor_does_not_run_is_refused_by_name() {
        for (pointer, value, expected) in [
            (
                "",
                json!({"QueryLanguage": "JSONata"}),
                "m: field QueryLanguage",
            ),
            (
                "/States/Prepare",
                json!({"Assign": {}}),
                "m, state Prepare: field Assign",
            ),
            (
                "/States/Prepare",
                json!({"ResultPath": null}),
                "state Prepare: ResultPath",
            ),
            (
                "/States/Prepare",
                json!({"Resource": "arn:aws:lambda:x"}),
                "state Prepare: Resource",
            ),
            (
                "/States/Prepare",
                json!({"Next": "Nowhere"}),
                "no state Nowhere",
            ),
            (
                "/States/Prepared",
                json!({"Default": "Failed"}),
                "nothing leads to state UnknownAnswer",
            ),
            (
                "/States/Prepared",
                json!({"Type": "Parallel"}),
                "state Prepared: Type Parallel",
            ),
            (
                "/States/WorkShards",
                json!({"ItemReader": {}}),
                "state WorkShards: field ItemReader",
            ),
            (
                "/States/WorkShards/ItemProcessor/ProcessorConfig",
                json!({"Mode": "DISTRIBUTED"}),
                "Mode",
            ),
            (
                "/States/WorkShards/ItemProcessor/States/Pause",
                json!({"Seconds": 3}),
                "state Pause: field Seconds",
            ),
            (
                "/States/Settle/Retry/0",
                json!({"Backoff": 3}),
                "state Settle, Retry[0]: field Backoff",
            ),
        ] {
            let mut definition = deployed();
            let place = definition
                .pointer_mut(pointer)
                .unwrap()
                .as_object_mut()
                .unwrap();
            place.extend(value.as_object().unwrap().clone());
            let error = Definition::parse("m", &definition.to_string())
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }
}
