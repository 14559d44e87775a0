//! A process that is killed anywhere goes on where it stood.

use crate::life::*;
use crate::support::*;
use async_trait::async_trait;
use serde_json::{Value, json};
use states::{Ended, Executor, InvokeError, Status};
use std::sync::Arc;
use tokio::runtime::Runtime;

#[test]
fn what_was_done_is_not_done_again() {
    let (_folder, file) = folder();
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-settle") => Reaction::Hang,
        _ => good(payload, items()),
    });
    let first = Life::begin(&file, &REFRESH, stub).start();
    first.runtime.block_on(first.stub.called(5));
    first.dies();
    let second = Life::begin(
        &file,
        &REFRESH,
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
    let first = Life::begin(&file, &REFRESH, stub).start();
    let stub = first.dies_after("WaitStateEntered");
    let waiting = Life::begin(&file, &REFRESH, stub.clone()).resume();
    assert_eq!(waiting.status(), Status::Running);
    waiting.dies();
    assert_eq!(
        alter(
            &file,
            "UPDATE positions SET until_ms = until_ms - 3600000 WHERE phase = 'until'"
        ),
        1
    );
    let last = Life::begin(&file, &REFRESH, stub.clone()).resume();
    assert_eq!(last.event()["detail"]["status"], "SUCCEEDED");
    assert_eq!(stub.calls("refresh-shard"), 2);
}

#[test]
fn a_retry_keeps_its_time_and_its_count() {
    let text = edited(&REFRESH, |definition| {
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
    let first = Life::begin(&file, &REFRESH, Stub::new(|_, _| Reaction::Hang)).start();
    let stub = first.dies_after("TaskStarted");
    alter(
        &file,
        "UPDATE executions SET start_ms = start_ms - 82800000",
    );
    let last = Life::begin(&file, &REFRESH, stub).resume();
    assert_eq!(last.event()["detail"]["status"], "TIMED_OUT");
}

#[test]
fn an_execution_keeps_the_definition_it_began_with() {
    let (_folder, file) = folder();
    let first = Life::begin(&file, &REFRESH, Stub::new(|_, _| Reaction::Hang)).start();
    let stub = first.dies_after("TaskStarted");
    assert_eq!(stub.calls("refresh-prepare"), 1);
    let last = Life::begin(
        &file,
        &EXECUTION,
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
        &REFRESH,
        &stub,
        Arc::new(Deaf(recorder.clone())),
    );
    let event = runtime.block_on(async {
        start(&executor);
        recorder.event().await
    });
    drop((executor, runtime));
    let second = Life::begin(&file, &REFRESH, stub.clone()).resume();
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
    let executor = open(None, &REFRESH, &stub, Arc::new(Stubborn(recorder.clone())));
    start(&executor);
    recorder.count_of(3).await;
}

#[test]
fn a_file_has_one_executor() {
    let (_folder, file) = folder();
    let stub = Stub::new(|_, _| Reaction::Hang);
    let first = Life::begin(&file, &REFRESH, stub.clone());
    let second = Executor::open(Some(&file), vec![], stub, first.recorder.clone());
    assert!(
        second
            .err()
            .unwrap()
            .to_string()
            .contains("database is locked")
    );
}
