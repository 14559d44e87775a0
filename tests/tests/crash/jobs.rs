//! A tenant's jobs are interrupted at any call of their steps: the step is done again by
//! another process, and what the job has come to is as if nothing had happened.

use crate::attempt::CRASHES;
use crate::crash_point::{Counted, CrashPoint};
use crate::sweep::sample;
use ledger::context::Ports;
use lifecycle::jobs::{self, Kind, Part, State};
use model::resources::Memberships;
use model::resources::membership as m;
use model::{Error, Result, sys};
use serde_json::{Map, Value, json};
use services::steps::Pass;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests::machine::{executions, no_executions};
use tests::{TestApp, intercept};

/// Attempts at a step, as the state machine's own retriers make.
const ATTEMPTS: usize = 5;
const FIRM: &str = "organization:o";
const PEOPLE: usize = 3;

/// Where a job stands; outlives the process that does its steps.
enum At {
    Start,
    Prepare,
    Work { lots: Vec<Vec<u32>>, cursor: String },
    Settle,
    Done,
}

struct Worked {
    id: String,
    at: At,
}

impl Worked {
    fn new() -> Worked {
        Worked {
            id: String::new(),
            at: At::Start,
        }
    }

    /// Does the step that is next.
    async fn step(&mut self, app: &TestApp, ports: &Ports, kind: Kind) -> Result<()> {
        let store = ports.store(app.store.tenant());
        if let At::Start = self.at {
            let mut asked = Map::new();
            asked.insert("notification_email".into(), json!("staff@example.org"));
            self.id = jobs::start(ports, &store, kind, "staff", asked).await?;
            self.at = At::Prepare;
            return Ok(());
        }
        let billing = ports.for_tenant(app.store.tenant(), "jobs", "job").await?;
        self.at = match &self.at {
            At::Prepare => {
                let lots = jobs::prepare(&billing, &self.id).await?;
                let lots = lots.ok_or_else(|| Error::internal("the job is over"))?;
                let cursor = String::new();
                At::Work { lots, cursor }
            }
            At::Work { lots, cursor } if !lots.is_empty() => {
                let part = Part {
                    job: &self.id,
                    shards: &lots[0],
                    cursor,
                    deadline: Instant::now() + Duration::from_secs(60),
                };
                match jobs::work(&billing, &part).await? {
                    Pass::Again(cursor) => At::Work {
                        lots: lots.clone(),
                        cursor,
                    },
                    _ => At::Work {
                        lots: lots[1..].to_vec(),
                        cursor: String::new(),
                    },
                }
            }
            At::Work { .. } => At::Settle,
            _ => {
                jobs::settle(&billing, &self.id).await?;
                At::Done
            }
        };
        Ok(())
    }
}

/// A process over a connection with a crash point; its executions are the test's own.
fn process(app: &TestApp, address: &str, crash_point: &Arc<CrashPoint>) -> Ports {
    let connection = intercept::over(&app.core.connection, crash_point.clone());
    Ports {
        database: app.store_over(&connection).database(),
        executions: executions(&connection, address),
        ..app.core.billing.clone()
    }
}

/// Works a job to its end, in a process that has this crash point and, where that ends,
/// in another; answers its id.
async fn worked(app: &TestApp, kind: Kind, crash_point: &Arc<CrashPoint>) -> String {
    let address = no_executions().await;
    let mut ports = process(app, &address, crash_point);
    let (mut worked, mut failures, mut dead) = (Worked::new(), 0, false);
    while !matches!(worked.at, At::Done) {
        let died = async {
            match dead {
                true => std::future::pending().await,
                false => crash_point.died().await,
            }
        };
        let outcome = tokio::select! {
            () = died => None,
            outcome = Box::pin(worked.step(app, &ports, kind)) => Some(outcome),
        };
        match outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                failures += 1;
                assert!(failures < ATTEMPTS, "{error}");
            }
            None => {
                dead = true;
                let another = Arc::new(CrashPoint::new(Counted::All, None));
                ports = process(app, &address, &another);
            }
        }
    }
    worked.id
}

/// The job has ended, and who asked has been told once.
async fn ended(app: &TestApp, kind: Kind, id: &str, told: usize) {
    let job = jobs::newest(&app.store, kind).await;
    let job = job.expect("the store answers").expect("a job");
    assert_eq!((job.id.as_str(), job.state), (id, State::Completed));
    assert_eq!(job.problems, Vec::<String>::new());
    assert_eq!(app.mails().len(), told);
}

async fn sweep(kind: Kind, mut disturb: impl AsyncFnMut(&TestApp, usize), app: &TestApp) -> usize {
    let counting = Arc::new(CrashPoint::new(Counted::All, None));
    disturb(app, 1).await;
    let id = worked(app, kind, &counting).await;
    ended(app, kind, &id, 1).await;
    let calls = counting.calls();
    let attempts = sample(calls, &CRASHES);
    let count = attempts.len();
    for (number, (at, crash)) in attempts.into_iter().enumerate() {
        println!("{kind}, call {at} of {calls}, {crash:?}");
        disturb(app, number + 2).await;
        let crash_point = Arc::new(CrashPoint::new(Counted::All, Some((at, crash))));
        let id = worked(app, kind, &crash_point).await;
        ended(app, kind, &id, number + 2).await;
    }
    count + 1
}

/// Of the firm and its people: status, and version.
async fn statuses(app: &TestApp) -> Vec<(Option<m::Status>, Option<i64>)> {
    let people = (0..PEOPLE).map(|n| format!("contact:p{n}:o"));
    let ids: Vec<String> = people.chain([FIRM.to_owned()]).collect();
    let found = app.store.get_many::<Memberships>(&ids).await;
    let found = found.expect("the store answers").into_iter();
    let state = |one: Option<model::Record>| {
        let one = one.expect("a membership");
        (one.get(m::STATUS), one.get(sys::VERSION))
    };
    found.map(state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reprocessing_is_the_same_wherever_it_is_interrupted() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    for n in 0..PEOPLE {
        app.person(&format!("p{n}"), Some("o")).await;
    }
    app.firm_joins("o", json!({})).await;
    let before = statuses(&app).await;
    // The firm's status changes past flowdown, there and back.
    let disturb = async |app: &TestApp, number: usize| {
        let people = statuses(app).await;
        let status = people[PEOPLE].0;
        assert!(people.iter().all(|(own, _)| *own == status), "{people:?}");
        for (own, first) in people.iter().zip(&before).take(PEOPLE) {
            let written = own.1.zip(first.1).map(|(own, first)| own - first);
            assert_eq!(written, Some(number as i64 - 1), "each is written once");
        }
        let other = ["active", "suspended"][number % 2];
        app.set::<Memberships>(FIRM, json!({ "status": other }))
            .await;
    };
    let count = sweep(Kind::Flowdown, disturb, &app).await;
    let left = statuses(&app).await;
    assert!(
        left.iter().all(|(own, _)| *own == left[PEOPLE].0),
        "{left:?}"
    );
    assert!(count > 10, "{count}");
    app.reprocess_flow_down().await;
    assert_eq!(statuses(&app).await, left, "a second pass writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_count_everybody_once_wherever_they_are_interrupted() {
    let app = TestApp::with_catalogue().await;
    app.member("m-0", "2026-12-31", json!({})).await;
    let members = async |app: &TestApp| -> Value {
        let found = app.get("/statistics/acme/members").await.ok();
        found["value"].clone()
    };
    // Another member each time, so that what was counted before is not the answer.
    let disturb = async |app: &TestApp, number: usize| {
        if number > 1 {
            assert_eq!(members(app).await, number);
        }
        app.member(&format!("m-{number}"), "2026-12-31", json!({}))
            .await;
    };
    let count = sweep(Kind::Snapshots, disturb, &app).await;
    assert_eq!(members(&app).await, count + 1);
}
