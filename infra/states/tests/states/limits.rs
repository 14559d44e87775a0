//! The service's limits: iterations at once, bytes of a payload, events of a history.

use crate::support::*;
use async_trait::async_trait;
use serde_json::{Value, json};
use states::{Executor, Invoke, InvokeError, Status};
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Counts the shard calls that are under way and lets none go before it is told to.
struct Gate {
    items: usize,
    under_way: watch::Sender<usize>,
    most: watch::Sender<usize>,
    open: Semaphore,
}

#[async_trait]
impl Invoke for Gate {
    async fn invoke(&self, _: &str, payload: Value) -> Result<Value, InvokeError> {
        if payload["step"] == "refresh-shard" {
            self.under_way.send_modify(|count| *count += 1);
            let now = *self.under_way.borrow();
            self.most.send_modify(|most| *most = now.max(*most));
            self.open.acquire().await.unwrap().forget();
            self.under_way.send_modify(|count| *count -= 1);
        }
        let items = (0..self.items)
            .map(|shard| json!({"shards": [shard]}))
            .collect();
        match good(&payload, items) {
            Reaction::Answer(answer) => Ok(answer),
            _ => unreachable!(),
        }
    }
}

async fn most_at_once(max_concurrency: u64, expected: usize) -> usize {
    let text = edited(&REFRESH, |definition| {
        definition["States"]["WorkShards"]["MaxConcurrency"] = json!(max_concurrency);
    });
    let (under_way, most) = (watch::Sender::new(0), watch::Sender::new(0));
    let gate = Arc::new(Gate {
        items: 50,
        under_way,
        most,
        open: Semaphore::new(0),
    });
    let recorder = Arc::new(Recorder::default());
    let executor =
        Executor::open(None, vec![machine(&text)], gate.clone(), recorder.clone()).unwrap();
    start(&executor);
    let mut count = gate.under_way.subscribe();
    tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= expected))
        .await
        .unwrap()
        .unwrap();
    gate.open.add_permits(50);
    assert_eq!(recorder.event().await["detail"]["status"], "SUCCEEDED");
    *gate.most.borrow()
}

#[tokio::test]
async fn a_map_runs_as_many_items_at_once_as_it_says_and_never_more_than_forty() {
    assert_eq!(most_at_once(32, 32).await, 32);
    assert_eq!(most_at_once(0, 40).await, 40);
    assert_eq!(most_at_once(100, 40).await, 40);
    assert_eq!(most_at_once(1, 1).await, 1);
}

#[tokio::test]
async fn an_answer_that_is_too_large_fails_the_execution() {
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-shard") => {
            Reaction::Answer(json!({"next": "done", "cursor": "x".repeat(262_144)}))
        }
        _ => good(payload, small()),
    });
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(
        outcome.execution.error.as_deref(),
        Some("States.DataLimitExceeded")
    );
    assert_eq!(stub.calls("refresh-fail"), 0);
}

#[tokio::test]
async fn results_of_all_items_count_together() {
    let cursors_of = |bytes: usize| {
        Stub::new(move |payload, _| match payload["step"].as_str() {
            Some("refresh-shard") => {
                Reaction::Answer(json!({"next": "done", "cursor": "x".repeat(bytes)}))
            }
            _ => good(
                payload,
                (0..32).map(|shard| json!({"shards": [shard]})).collect(),
            ),
        })
    };
    let outcome = run(&REFRESH, &cursors_of(7_000)).await;
    assert_eq!(outcome.execution.status, Status::Succeeded);
    let outcome = run(&REFRESH, &cursors_of(9_000)).await;
    assert_eq!(
        outcome.execution.error.as_deref(),
        Some("States.DataLimitExceeded")
    );
}

#[tokio::test]
async fn a_history_that_is_full_fails_the_execution() {
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-shard") => {
            Reaction::Answer(json!({"next": "again", "cursor": "", "pass": 1}))
        }
        _ => good(payload, small()),
    });
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(outcome.execution.status, Status::Failed);
    assert_eq!(outcome.execution.error.as_deref(), Some("States.Runtime"));
    assert!(outcome.execution.cause.unwrap().contains("25000"));
    assert!(outcome.kinds.len() > 24_990 && outcome.kinds.len() <= 25_000);
    assert_eq!(outcome.kinds.last().unwrap(), "ExecutionFailed");
    assert_eq!(stub.calls("refresh-fail"), 0);
}
