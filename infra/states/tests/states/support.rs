//! Stub functions, a recorder of ends, and copies of the deployed files to change.

use async_trait::async_trait;
use serde_json::{Value, json};
use states::{Ended, Execution, Executor, HistoryPage, Invoke, InvokeError, Machine, machine_arn};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use yaml_serde::Value as Yaml;

pub static REFRESH: LazyLock<String> = LazyLock::new(|| deployed("BillingRefreshStateMachine"));
pub static EXECUTION: LazyLock<String> = LazyLock::new(|| deployed("BillingExecutionStateMachine"));
pub static JOBS: LazyLock<String> = LazyLock::new(|| deployed("MembershipJobsStateMachine"));
pub const INPUT: &str = r#"{"tenant":"t1","run":"r1","generation":1}"#;

const DEFINITION: &str = include_str!("../../../shards.asl.json");
const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The deployed file with what the template fills in for one machine, all but
/// the function's ARN, which [`machine`] knows.
fn deployed(logical_id: &str) -> String {
    let template: Yaml = yaml_serde::from_str(TEMPLATE).unwrap();
    let properties = &template["Resources"][logical_id]["Properties"];
    let substitutions = properties["DefinitionSubstitutions"].as_mapping().unwrap();
    let mut text = DEFINITION.to_owned();
    for (name, value) in substitutions {
        if let Yaml::String(value) = value {
            text = text.replace(&format!("${{{}}}", name.as_str().unwrap()), value);
        }
    }
    text
}

/// Only a broken executor comes near this; it keeps a test from hanging.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What a stub function does with a call.
pub enum Reaction {
    Answer(Value),
    Error(InvokeError),
    Hang,
    Die,
}

pub fn error(error_type: &str) -> Reaction {
    Reaction::Error(InvokeError::new(error_type, "stub"))
}

type Script = Box<dyn Fn(&Value, usize) -> Reaction + Send + Sync>;

/// Answers by a script, which is given the payload and how often it was seen before.
pub struct Stub {
    script: Script,
    seen: Mutex<Vec<Value>>,
    count: watch::Sender<usize>,
}

impl Stub {
    pub fn new(script: impl Fn(&Value, usize) -> Reaction + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            seen: Mutex::default(),
            count: watch::Sender::new(0),
        })
    }

    pub fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap().clone()
    }

    /// How often the step `step` was invoked.
    pub fn calls(&self, step: &str) -> usize {
        self.seen()
            .iter()
            .filter(|payload| payload["step"] == step)
            .count()
    }

    /// Waits until `count` calls have come.
    pub async fn called(&self, count: usize) {
        let mut calls = self.count.subscribe();
        let reached = calls.wait_for(|calls| *calls >= count);
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap()
            .unwrap();
    }

    fn note(&self, payload: &Value) -> usize {
        let mut seen = self.seen.lock().unwrap();
        let before = seen.iter().filter(|earlier| *earlier == payload).count();
        seen.push(payload.clone());
        self.count.send_replace(seen.len());
        before
    }
}

#[async_trait]
impl Invoke for Stub {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError> {
        assert_eq!(function, "steps");
        let before = self.note(&payload);
        match (self.script)(&payload, before) {
            Reaction::Answer(answer) => Ok(answer),
            Reaction::Error(error) => Err(error),
            Reaction::Hang => std::future::pending().await,
            Reaction::Die => panic!("the worker dies"),
        }
    }
}

/// A run whose items hold `items` and whose every step goes well.
pub fn good(payload: &Value, items: Value) -> Reaction {
    let step = payload["step"].as_str().unwrap();
    Reaction::Answer(match step.rsplit_once('-').unwrap().1 {
        "prepare" => json!({"next": "work", "shards": items}),
        "shard" => json!({"next": "done", "cursor": "", "pass": 1, "wait_seconds": 0}),
        "settle" => json!({"outcome": "settled"}),
        _ => json!({}),
    })
}

/// One item with two shards.
pub fn small() -> Value {
    json!([{"shards": [0, 1]}])
}

/// Keeps the events it is given.
#[derive(Default)]
pub struct Recorder {
    events: Mutex<Vec<Value>>,
    pub count: watch::Sender<usize>,
}

impl Recorder {
    pub async fn event(&self) -> Value {
        self.count_of(1).await;
        self.events.lock().unwrap()[0].clone()
    }

    pub async fn count_of(&self, count: usize) {
        let mut events = self.count.subscribe();
        let reached = events.wait_for(|events| *events >= count);
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap()
            .unwrap();
    }
}

#[async_trait]
impl Ended for Recorder {
    async fn ended(&self, event: Value) -> Result<(), InvokeError> {
        let mut events = self.events.lock().unwrap();
        events.push(event);
        self.count.send_replace(events.len());
        Ok(())
    }
}

/// A copy of the deployed text, changed.
pub fn edited(text: &str, edit: impl Fn(&mut Value)) -> String {
    let mut definition = serde_json::from_str(text).unwrap();
    edit(&mut definition);
    definition.to_string()
}

/// Visits every Task of a definition, also within the Map.
pub fn each_task(definition: &mut Value, edit: &dyn Fn(&mut Value)) {
    for state in definition["States"].as_object_mut().unwrap().values_mut() {
        if state["Type"] == "Task" {
            edit(state);
        }
        if let Some(processor) = state.get_mut("ItemProcessor") {
            each_task(processor, edit);
        }
    }
}

/// Retries after a second at most, `attempts` times (as deployed without a number).
pub fn quick(definition: &mut Value, attempts: Option<u64>) {
    each_task(definition, &|task| {
        for retrier in task["Retry"].as_array_mut().unwrap() {
            retrier["IntervalSeconds"] = json!(1);
            retrier["BackoffRate"] = json!(1);
            retrier["MaxDelaySeconds"] = json!(2);
            if let Some(attempts) = attempts {
                retrier["MaxAttempts"] = json!(attempts);
            }
        }
    });
}

pub fn machine(definition: &str) -> Machine {
    let substitutions = [("StepsFunctionArn".to_owned(), "steps".to_owned())];
    Machine {
        name: "m".to_owned(),
        definition: definition.to_owned(),
        substitutions: BTreeMap::from(substitutions),
    }
}

pub fn open(
    path: Option<&Path>,
    definition: &str,
    stub: &Arc<Stub>,
    ended: Arc<dyn Ended>,
) -> Arc<Executor> {
    Executor::open(path, vec![machine(definition)], stub.clone(), ended).unwrap()
}

pub fn start(executor: &Arc<Executor>) -> Execution {
    executor
        .start_execution(&machine_arn("m"), Some("r1-1"), INPUT)
        .unwrap()
}

/// An execution that has ended, with what it showed.
pub struct Outcome {
    pub execution: Execution,
    pub event: Value,
    pub kinds: Vec<String>,
}

/// Runs `definition` in memory to its end.
pub async fn run(definition: &str, stub: &Arc<Stub>) -> Outcome {
    let recorder = Arc::new(Recorder::default());
    let executor = open(None, definition, stub, recorder.clone());
    let arn = start(&executor).arn;
    let event = recorder.event().await;
    let execution = executor.describe_execution(&arn).unwrap();
    let page = HistoryPage {
        after: None,
        limit: 30_000,
        newest_first: false,
    };
    let history = executor.history(&arn, page).unwrap();
    let kinds = history
        .iter()
        .map(|event| event["type"].as_str().unwrap().to_owned());
    Outcome {
        execution,
        event,
        kinds: kinds.collect(),
    }
}
