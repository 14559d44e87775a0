//! The two billing state machines, a step at a time. Where they stand outlives the
//! process that does the steps; a step that was under way is done again.

use crate::{Answer, Call, TENANT};
use api::routes;
use axum::{Json, Router};
use ledger::context::Ports;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::{Record, WriteContext};
use serde_json::{Value, json};
use services::executions::Executions;
use services::steps::StepError;
use std::time::{Duration, Instant};
use store::{Connection, Store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Refresh,
    Step(&'static str),
    Approve,
    Done,
}

const SHARD: [&str; 2] = ["refresh-shard", "execution-shard"];

pub struct Machine {
    pub at: At,
    /// Over a connection without faults.
    store: Store,
    run: String,
    /// The lots of shards still to be worked, and the worker's last answer.
    lots: Vec<Value>,
    work: Value,
}

/// Attempts at a step, as the state machines' own retriers make.
const ATTEMPTS: usize = 20;

impl Machine {
    /// Of a run that is still a draft.
    pub fn new(store: &Store, run: &str) -> Machine {
        Machine {
            at: At::Refresh,
            store: store.clone(),
            run: run.to_owned(),
            lots: Vec::new(),
            work: start(),
        }
    }

    /// Goes on until the run has ended.
    pub async fn run(&mut self, process: &Ports) {
        self.until(At::Done, process).await;
    }

    /// Goes on until it stands there.
    pub async fn until(&mut self, end: At, process: &Ports) {
        let mut attempt = 0;
        while self.at != end {
            let error = match self.attempt(process).await {
                Ok(answer) => {
                    self.advance(answer).await;
                    attempt = 0;
                    continue;
                }
                Err(error) => error,
            };
            attempt += 1;
            let passing = error.error_type != "StepFailed";
            assert!(passing && attempt < ATTEMPTS, "{:?}: {error:?}", self.at);
        }
    }

    /// Does what is next, without going on.
    pub async fn attempt(&self, process: &Ports) -> Result<Value, StepError> {
        match self.at {
            At::Refresh => self.refresh(process).await,
            At::Approve => self.approve(process).await,
            At::Step(step) => self.step(step, process).await,
            At::Done => Ok(Value::Null),
        }
    }

    async fn step(&self, step: &str, process: &Ports) -> Result<Value, StepError> {
        let generation = self.stored().await.get(run::GENERATION);
        let mut payload = json!({
            "step": step, "tenant": TENANT, "run": self.run, "generation": generation,
        });
        if SHARD.contains(&step) {
            payload["shards"] = self.lots.last().expect("a lot")["shards"].clone();
            payload["cursor"] = self.work["cursor"].clone();
            payload["pass"] = self.work["pass"].clone();
        }
        let deadline = Instant::now() + Duration::from_secs(270);
        billing_steps::handle(process, payload, deadline).await
    }

    /// What the answer leads to.
    pub async fn advance(&mut self, answer: Value) {
        let word = answer["next"].as_str().or(answer["outcome"].as_str());
        self.at = match (self.at, word) {
            (At::Refresh, _) => At::Step("refresh-prepare"),
            (At::Approve, _) => At::Step("execution-prepare"),
            (At::Step("refresh-prepare"), Some("work")) => self.begin(&answer, SHARD[0]),
            (At::Step("execution-prepare"), Some("work")) => self.begin(&answer, SHARD[1]),
            (At::Step("refresh-shard"), Some("done")) => self.next_lot("refresh-settle"),
            (At::Step("execution-shard"), Some("done")) => self.next_lot("execution-settle"),
            (at @ At::Step(_), Some("again" | "wait")) => {
                let seconds = answer["wait_seconds"].as_u64().unwrap_or(0);
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                self.work = answer;
                at
            }
            (At::Step("refresh-settle"), Some("settled")) => At::Approve,
            (At::Step("execution-settle"), Some("continued")) => At::Step("execution-prepare"),
            (At::Step("execution-settle"), Some("settled")) => At::Done,
            (at, _) => panic!("{at:?} answered {answer}"),
        };
    }

    fn begin(&mut self, prepared: &Value, step: &'static str) -> At {
        self.lots = prepared["shards"].as_array().expect("lots").clone();
        self.work = start();
        At::Step(step)
    }

    fn next_lot(&mut self, settle: &'static str) -> At {
        self.lots.pop();
        self.work = start();
        match self.lots.is_empty() {
            true => At::Step(settle),
            false => self.at,
        }
    }
}

fn start() -> Value {
    json!({ "cursor": "", "pass": 0 })
}

impl Machine {
    async fn stored(&self) -> Record {
        let record = self.store.get_consistent::<BillingRuns>(&self.run).await;
        record.expect("the store answers").expect("the run")
    }

    /// Staff ask for planning, and again when they get no answer.
    async fn refresh(&self, process: &Ports) -> Result<Value, StepError> {
        let staff = WriteContext {
            user: "staff".into(),
            via: "api".into(),
            now: jiff::Timestamp::now(),
        };
        let store = process.store(self.store.tenant());
        let started = billing::claim::start_planning(process, &store, &self.run, &staff).await?;
        Ok(json!({ "arn": started.execution_arn }))
    }

    /// Staff approve; without an answer they look whether it was taken.
    async fn approve(&self, process: &Ports) -> Result<Value, StepError> {
        if self.stored().await.get(run::STATUS) == Some(RunStatus::Running) {
            return Ok(Value::Null);
        }
        let app = web::App {
            database: process.database.clone(),
            deployment: model::Deployment::LOCAL,
        };
        let routes = routes(&app, process);
        let (_, function) = routes
            .iter()
            .find(|(name, _)| *name == "billingRuns")
            .expect("a function");
        let patch = json!([{ "op": "replace", "path": "/status", "value": "running" }]);
        let call = Call::patch(&format!("/billingRuns/{TENANT}/{}", self.run), patch);
        let answer = Answer::read(&call.through(function).await);
        match answer.status {
            200 => Ok(Value::Null),
            500 | 429 => Err(model::Error::internal("approving failed").into()),
            _ => panic!("{answer:?}"),
        }
    }
}

/// The address of a service that starts nothing: the machine is the test's own.
pub async fn no_executions() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let started = || async { Json(json!({ "executionArn": "arn:started", "startDate": 0 })) };
    let service = Router::new().fallback(started);
    tokio::spawn(async move { axum::serve(listener, service).await });
    format!("http://{address}")
}

/// What asks that service, over a connection.
pub fn executions(connection: &Connection, address: &str) -> Executions {
    let service = Connection {
        endpoint: Some(address.to_owned()),
        ..connection.clone()
    };
    Executions::new(&service, local::machines::arns())
}
