//! A process that is killed anywhere goes on where it stood.

use crate::support::*;
use async_trait::async_trait;
use local::states::{Ended, Executor, HistoryPage, InvokeError, Status, execution_arn};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn items() -> Value {
    json!([{"shards": [0]}, {"shards": [1]}, {"shards": [2]}])
}

/// A run with a retry, a second pass, a wait and a plain shard.
fn eventful(payload: &Value, before: usize) -> Reaction {
    match (payload["shards"][0].as_i64(), payload["pass"].as_i64()) {
        (Some(0), _) if before == 0 => error("StoreThrottled"),
        (Some(1), Some(0)) => Reaction::Answer(json!({"next": "again", "cursor": "c", "pass": 1})),
        (Some(2), Some(0)) => {
            Reaction::Answer(json!({"next": "wait", "cursor": "w", "pass": 1, "wait_seconds": 1}))
        }
        _ => good(payload, items()),
    }
}

struct Life {
    runtime: Runtime,
    executor: Arc<Executor>,
    stub: Arc<Stub>,
    recorder: Arc<Recorder>,
}

impl Life {
    /// A process: everything in it ends when it is dropped, wherever it stands.
    fn begin(file: &Path, definition: &str, stub: Arc<Stub>) -> Self {
        let runtime = Runtime::new().unwrap();
        let recorder = Arc::new(Recorder::default());
        let executor = open(Some(file), definition, &stub, recorder.clone());
        Self {
            runtime,
            executor,
            stub,
            recorder,
        }
    }

    fn resume(self) -> Self {
        self.runtime
            .block_on(async { self.executor.resume() })
            .unwrap();
        self
    }

    fn start(self) -> Self {
        self.runtime.block_on(async { start(&self.executor) });
        self
    }

    fn event(&self) -> Value {
        self.runtime.block_on(self.recorder.event())
    }

    fn status(&self) -> Status {
        let arn = execution_arn("m", "r1-1");
        self.executor.describe_execution(&arn).unwrap().status
    }

    fn kinds(&self) -> Vec<String> {
        let arn = execution_arn("m", "r1-1");
        let page = HistoryPage {
            after: None,
            limit: 1000,
            newest_first: false,
        };
        let history = self.executor.history(&arn, page).unwrap();
        let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
        history.iter().map(kind).collect()
    }

    /// Waits until the history is as `reached` says, then dies.
    fn dies_when(self, reached: impl Fn(Vec<String>) -> bool) -> Arc<Stub> {
        self.runtime.block_on(async {
            let poll = async {
                while !reached(self.kinds()) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::time::timeout(PATIENCE, poll).await.unwrap();
        });
        self.dies()
    }

    fn dies_after(self, kind: &str) -> Arc<Stub> {
        self.dies_when(|kinds| kinds.iter().any(|earlier| earlier == kind))
    }

    fn dies(self) -> Arc<Stub> {
        self.stub.clone()
    }
}

/// Sets what the database says, while nothing has it open.
fn alter(file: &Path, sql: &str) -> usize {
    rusqlite::Connection::open(file)
        .unwrap()
        .execute(sql, [])
        .unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("executions.db");
    (folder, file)
}

/// A second process takes over; returns all that was invoked in both lives. The end must have
/// been told in one of them.
fn taken_over(file: &Path, definition: &str, first: &Stub, told: &Recorder) -> Vec<Value> {
    let mut seen = first.seen();
    let stub = Stub::new(|payload, _| eventful(payload, 1));
    let second = Life::begin(file, definition, stub).resume();
    if *told.count.borrow() == 0 {
        second.event();
    }
    assert_eq!(second.status(), Status::Succeeded);
    let ends = |kind: &&String| kind.starts_with("ExecutionS") || kind.contains("IterationS");
    assert_eq!(second.kinds().iter().filter(ends).count(), 2 + 2 * 3);
    seen.extend(second.dies().seen());
    seen
}

/// Dies when call number `last` comes.
fn killed_at_call(last: usize) -> Vec<Value> {
    let text = edited(REFRESH, |definition| quick(definition, None));
    let (_folder, file) = folder();
    let calls = AtomicUsize::new(0);
    let stub = Stub::new(move |payload, before| {
        let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call >= last {
            Reaction::Hang
        } else {
            eventful(payload, before)
        }
    });
    let first = Life::begin(&file, &text, stub).start();
    let told = first.recorder.clone();
    first.runtime.block_on(first.stub.called(last));
    taken_over(&file, &text, &first.dies(), &told)
}

/// Dies somewhere after the history has `count` events.
fn killed_at_event(count: usize) -> Vec<Value> {
    let text = edited(REFRESH, |definition| quick(definition, None));
    let (_folder, file) = folder();
    let first = Life::begin(&file, &text, Stub::new(eventful)).start();
    let told = first.recorder.clone();
    let stub = first.dies_when(|kinds| kinds.len() >= count);
    taken_over(&file, &text, &stub, &told)
}

/// What a run invokes that nobody kills, and how many events it has.
fn undisturbed() -> (Vec<Value>, usize) {
    let text = edited(REFRESH, |definition| quick(definition, None));
    let (_folder, file) = folder();
    let whole = Life::begin(&file, &text, Stub::new(eventful)).start();
    whole.event();
    let events = whole.kinds().len();
    (whole.dies().seen(), events)
}

fn sweep(points: impl Iterator<Item = usize>, killed_at: fn(usize) -> Vec<Value>, whole: &[Value]) {
    let lives: Vec<_> = points
        .map(|point| (point, std::thread::spawn(move || killed_at(point))))
        .collect();
    for (point, life) in lives {
        let seen = life.join().unwrap();
        for payload in whole {
            assert!(
                seen.contains(payload),
                "killed at {point}: never saw {payload}"
            );
        }
    }
}

#[test]
fn a_run_killed_at_any_call_ends_the_same() {
    let (whole, _) = undisturbed();
    assert_eq!(whole.len(), 8);
    sweep(1..=whole.len(), killed_at_call, &whole);
}

#[test]
fn a_run_killed_after_any_event_ends_the_same() {
    let (whole, events) = undisturbed();
    sweep((1..events).step_by(3), killed_at_event, &whole);
}

#[test]
fn what_was_done_is_not_done_again() {
    let (_folder, file) = folder();
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-settle") => Reaction::Hang,
        _ => good(payload, items()),
    });
    let first = Life::begin(&file, REFRESH, stub).start();
    first.runtime.block_on(first.stub.called(5));
    first.dies();
    let second = Life::begin(
        &file,
        REFRESH,
        Stub::new(|payload, _| good(payload, items())),
    )
    .resume();
    second.event();
    let seen = second.dies().seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["step"], "refresh-settle");
}

#[test]
fn a_wait_keeps_its_end() {
    let (_folder, file) = folder();
    let stub = Stub::new(|payload, _| match payload["pass"].as_i64() {
        Some(0) => {
            Reaction::Answer(json!({"next": "wait", "cursor": "", "pass": 1, "wait_seconds": 3600}))
        }
        _ => good(payload, small()),
    });
    let first = Life::begin(&file, REFRESH, stub).start();
    let stub = first.dies_after("WaitStateEntered");
    let waiting = Life::begin(&file, REFRESH, stub.clone()).resume();
    assert_eq!(waiting.status(), Status::Running);
    waiting.dies();
    assert_eq!(
        alter(
            &file,
            "UPDATE positions SET until_ms = until_ms - 3600000 WHERE phase = 'until'"
        ),
        1
    );
    let last = Life::begin(&file, REFRESH, stub.clone()).resume();
    assert_eq!(last.event()["detail"]["status"], "SUCCEEDED");
    assert_eq!(stub.calls("refresh-shard"), 2);
}

#[test]
fn a_retry_keeps_its_time_and_its_count() {
    let text = edited(REFRESH, |definition| {
        each_task(definition, &|task| {
            task["Retry"] = json!([{"ErrorEquals": ["StoreThrottled"], "IntervalSeconds": 3600, "MaxAttempts": 1}]);
        });
    });
    let (_folder, file) = folder();
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-settle") => error("StoreThrottled"),
        _ => good(payload, small()),
    });
    let first = Life::begin(&file, &text, stub).start();
    let stub = first.dies_after("TaskFailed");
    assert_eq!(
        alter(
            &file,
            "UPDATE positions SET until_ms = until_ms - 3600000 WHERE phase = 'until'"
        ),
        1
    );
    let last = Life::begin(&file, &text, stub.clone()).resume();
    assert_eq!(last.event()["detail"]["cause"], "StoreThrottled");
    assert_eq!(
        (stub.calls("refresh-settle"), stub.calls("refresh-fail")),
        (2, 1)
    );
}

#[test]
fn the_machine_time_limit_counts_from_the_start() {
    let (_folder, file) = folder();
    let first = Life::begin(&file, REFRESH, Stub::new(|_, _| Reaction::Hang)).start();
    let stub = first.dies_after("TaskStarted");
    alter(
        &file,
        "UPDATE executions SET start_ms = start_ms - 82800000",
    );
    let last = Life::begin(&file, REFRESH, stub).resume();
    assert_eq!(last.event()["detail"]["status"], "TIMED_OUT");
}

#[test]
fn an_execution_keeps_the_definition_it_began_with() {
    let (_folder, file) = folder();
    let first = Life::begin(&file, REFRESH, Stub::new(|_, _| Reaction::Hang)).start();
    let stub = first.dies_after("TaskStarted");
    assert_eq!(stub.calls("refresh-prepare"), 1);
    let last = Life::begin(
        &file,
        EXECUTION,
        Stub::new(|payload, _| good(payload, small())),
    )
    .resume();
    last.event();
    assert_eq!(last.dies().calls("refresh-settle"), 1);
}

/// Takes nothing: the process dies with every delivery under way.
struct Deaf(Arc<Recorder>);

#[async_trait]
impl Ended for Deaf {
    async fn ended(&self, event: Value) -> Result<(), InvokeError> {
        self.0.ended(event).await?;
        std::future::pending().await
    }
}

#[test]
fn an_end_that_was_not_taken_is_told_again() {
    let (_folder, file) = folder();
    let stub = Stub::new(|payload, _| good(payload, small()));
    let runtime = Runtime::new().unwrap();
    let recorder = Arc::new(Recorder::default());
    let executor = open(
        Some(&file),
        REFRESH,
        &stub,
        Arc::new(Deaf(recorder.clone())),
    );
    let event = runtime.block_on(async {
        start(&executor);
        recorder.event().await
    });
    drop((executor, runtime));
    let second = Life::begin(&file, REFRESH, stub.clone()).resume();
    assert_eq!(second.event(), event);
    assert_eq!(second.status(), Status::Succeeded);
    assert_eq!(second.dies().seen().len(), 3);
}

/// Refuses the first delivery and dies of the second.
struct Stubborn(Arc<Recorder>);

#[async_trait]
impl Ended for Stubborn {
    async fn ended(&self, event: Value) -> Result<(), InvokeError> {
        self.0.ended(event.clone()).await?;
        match *self.0.count.borrow() {
            1 => Err(InvokeError::exited("refused")),
            2 => panic!("the target dies"),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_delivery_that_fails_is_repeated() {
    let stub = Stub::new(|payload, _| good(payload, small()));
    let recorder = Arc::new(Recorder::default());
    let executor = open(None, REFRESH, &stub, Arc::new(Stubborn(recorder.clone())));
    start(&executor);
    recorder.count_of(3).await;
}

#[test]
fn a_file_has_one_executor() {
    let (_folder, file) = folder();
    let stub = Stub::new(|_, _| Reaction::Hang);
    let first = Life::begin(&file, REFRESH, stub.clone());
    let second = Executor::open(Some(&file), vec![], stub, first.recorder.clone());
    assert!(
        second
            .err()
            .unwrap()
            .to_string()
            .contains("database is locked")
    );
}
