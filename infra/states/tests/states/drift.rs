//! A change to the deployed file must change the outcome: nothing is known but what it says.

use crate::support::*;
use serde_json::{Value, json};
use states::Status;
use std::sync::Arc;

/// The first call of each shard fails as `error_type` says.
fn fails_once(reaction: fn() -> Reaction) -> Arc<Stub> {
    Stub::new(move |payload, before| match payload["step"].as_str() {
        Some("refresh-shard") if before == 0 => reaction(),
        _ => good(payload, small()),
    })
}

fn fails_always() -> Arc<Stub> {
    Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-shard") => error("StoreThrottled"),
        _ => good(payload, small()),
    })
}

fn work(definition: &mut Value) -> &mut Value {
    &mut definition["States"]["WorkShards"]["ItemProcessor"]["States"]["Work"]
}

#[tokio::test]
async fn every_passing_error_is_retried_with_success() {
    let text = edited(&REFRESH, |definition| quick(definition, None));
    let died: fn() -> Reaction = || Reaction::Die;
    let throttled: fn() -> Reaction = || error("StoreThrottled");
    let refused: fn() -> Reaction = || error("Lambda.TooManyRequestsException");
    let slow: fn() -> Reaction = || error("Sandbox.Timedout");
    for reaction in [died, throttled, refused, slow] {
        let stub = fails_once(reaction);
        let outcome = run(&text, &stub).await;
        assert_eq!(outcome.execution.status, Status::Succeeded);
        assert_eq!(stub.calls("refresh-shard"), 2);
    }
}

#[tokio::test]
async fn without_retry_the_first_error_is_the_last() {
    let text = edited(&REFRESH, |definition| work(definition)["Retry"] = json!([]));
    for (reaction, name) in [
        ((|| Reaction::Die) as fn() -> Reaction, "Runtime.ExitError"),
        (|| error("StoreThrottled"), "StoreThrottled"),
    ] {
        let stub = fails_once(reaction);
        let outcome = run(&text, &stub).await;
        assert_eq!(outcome.execution.status, Status::Failed);
        assert_eq!(outcome.execution.cause.as_deref(), Some(name));
        assert_eq!(
            (stub.calls("refresh-shard"), stub.calls("refresh-fail")),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn a_retrier_that_is_used_up_leads_to_the_catch() {
    let text = edited(&REFRESH, |definition| quick(definition, Some(2)));
    let stub = fails_always();
    let outcome = run(&text, &stub).await;
    assert_eq!(outcome.execution.cause.as_deref(), Some("StoreThrottled"));
    assert_eq!(
        (stub.calls("refresh-shard"), stub.calls("refresh-fail")),
        (3, 1)
    );
    let failed: Vec<&String> = outcome
        .kinds
        .iter()
        .filter(|kind| kind.contains("Failed"))
        .collect();
    let expected = [
        "TaskFailed",
        "TaskFailed",
        "TaskFailed",
        "MapIterationFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ];
    assert_eq!(failed, expected);
}

#[tokio::test]
async fn without_the_catch_the_fail_step_is_not_told() {
    let text = edited(&REFRESH, |definition| {
        quick(definition, Some(0));
        definition["States"]["WorkShards"]["Catch"] = json!([]);
    });
    let stub = fails_always();
    let outcome = run(&text, &stub).await;
    assert_eq!(outcome.execution.error.as_deref(), Some("StoreThrottled"));
    assert_eq!(stub.calls("refresh-fail"), 0);
}

#[tokio::test]
async fn a_swapped_choice_takes_the_other_way() {
    let text = edited(&REFRESH, |definition| {
        let choices = &mut definition["States"]["Prepared"]["Choices"];
        choices[0]["StringEquals"] = json!("superseded");
        choices[1]["StringEquals"] = json!("work");
    });
    let stub = Stub::new(|payload, _| good(payload, small()));
    let outcome = run(&text, &stub).await;
    assert_eq!(outcome.execution.status, Status::Succeeded);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn another_step_name_is_another_call() {
    let text = edited(&REFRESH, |definition| {
        definition["States"]["Settle"]["Parameters"]["Payload"]["step"] = json!("other-settle");
    });
    let stub = Stub::new(|payload, _| good(payload, small()));
    run(&text, &stub).await;
    assert_eq!(
        (stub.calls("refresh-settle"), stub.calls("other-settle")),
        (0, 1)
    );
}
