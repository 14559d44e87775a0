//! What the deployed files do with answers, errors, time-outs and stops.

use crate::support::*;
use serde_json::{Value, json};
use states::Status;
use std::sync::Arc;

#[tokio::test]
async fn a_small_run_is_prepared_worked_and_settled() {
    for (text, verb) in [(&REFRESH, "refresh"), (&EXECUTION, "execution")] {
        let stub = Stub::new(|payload, _| good(payload, small()));
        let outcome = run(text, &stub).await;
        assert_eq!(outcome.execution.status, Status::Succeeded);
        let ids = |step: &str| json!({"step": format!("{verb}-{step}"), "tenant": "t1", "run": "r1", "generation": 1});
        let mut work = ids("shard");
        work["shards"] = json!([0, 1]);
        work["cursor"] = json!("");
        work["pass"] = json!(0);
        assert_eq!(stub.seen(), [ids("prepare"), work, ids("settle")]);
        let output: Value = serde_json::from_str(&outcome.execution.output.unwrap()).unwrap();
        assert_eq!(output["settled"]["answer"]["outcome"], "settled");
        assert_eq!(output["worked"], json!({"worked": true}));
    }
}

#[tokio::test]
async fn events_are_those_of_the_service() {
    let stub = Stub::new(|payload, _| good(payload, small()));
    let task = |kind: &str| format!("Task{kind}");
    let attempt = [
        "StateEntered",
        "Scheduled",
        "Started",
        "Succeeded",
        "StateExited",
    ]
    .map(task);
    let choice = ["ChoiceStateEntered", "ChoiceStateExited"].map(str::to_owned);
    let end = ["SucceedStateEntered", "SucceedStateExited"].map(str::to_owned);
    let mut expected = vec!["ExecutionStarted".to_owned()];
    expected.extend(attempt.clone().into_iter().chain(choice.clone()));
    expected
        .extend(["MapStateEntered", "MapStateStarted", "MapIterationStarted"].map(str::to_owned));
    expected.extend(attempt.clone().into_iter().chain(choice).chain(end.clone()));
    expected.extend(
        [
            "MapIterationSucceeded",
            "MapStateSucceeded",
            "MapStateExited",
        ]
        .map(str::to_owned),
    );
    expected.extend(attempt.into_iter().chain(end));
    expected.push("ExecutionSucceeded".to_owned());
    assert_eq!(run(&REFRESH, &stub).await.kinds, expected);
}

#[tokio::test]
async fn a_superseded_run_is_left_alone() {
    let stub = Stub::new(|_, _| Reaction::Answer(json!({"next": "superseded"})));
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(outcome.execution.status, Status::Succeeded);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_shard_goes_on_from_its_cursor_and_waits_when_asked() {
    let stub = Stub::new(|payload, _| match payload["pass"].as_i64() {
        Some(0) => Reaction::Answer(json!({"next": "again", "cursor": "c1", "pass": 1})),
        Some(1) => {
            Reaction::Answer(json!({"next": "wait", "cursor": "c2", "pass": 2, "wait_seconds": 1}))
        }
        _ => good(payload, small()),
    });
    let outcome = run(&EXECUTION, &stub).await;
    assert_eq!(outcome.execution.status, Status::Succeeded);
    let passes = |payload: &Value| (payload["cursor"].clone(), payload["pass"].clone());
    let seen: Vec<_> = stub.seen()[1..4].iter().map(passes).collect();
    assert_eq!(
        seen,
        [
            (json!(""), json!(0)),
            (json!("c1"), json!(1)),
            (json!("c2"), json!(2))
        ]
    );
    assert_eq!(
        outcome
            .kinds
            .iter()
            .filter(|kind| *kind == "WaitStateExited")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_step_error_is_told_to_the_fail_step_and_fails_the_execution() {
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-shard") => error("PlanInvalid"),
        _ => good(payload, json!([{"shards": [0]}, {"shards": [1]}])),
    });
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(outcome.execution.status, Status::Failed);
    assert_eq!(
        outcome.execution.error.as_deref(),
        Some("BillingRefreshFailed")
    );
    assert_eq!(outcome.execution.cause.as_deref(), Some("PlanInvalid"));
    let failed = stub.seen().pop().unwrap();
    assert_eq!(failed["step"], "refresh-fail");
    let cause = r#"{"errorMessage":"stub","errorType":"PlanInvalid"}"#;
    assert_eq!(
        failed["error"],
        json!({"Error": "PlanInvalid", "Cause": cause})
    );
    assert_eq!(outcome.event["detail"]["status"], "FAILED");
}

#[tokio::test]
async fn an_unknown_word_is_an_error_like_any_other() {
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-prepare") => Reaction::Answer(json!({"next": "dance"})),
        _ => good(payload, small()),
    });
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(outcome.execution.cause.as_deref(), Some("UnknownAnswer"));
    assert_eq!(stub.calls("refresh-fail"), 1);

    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-shard") => Reaction::Answer(json!({"next": "dance"})),
        _ => good(payload, small()),
    });
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(
        outcome.execution.cause.as_deref(),
        Some("States.NoChoiceMatched")
    );
    assert_eq!(stub.calls("refresh-fail"), 1);
}

#[tokio::test]
async fn an_answer_without_its_word_fails_at_once() {
    let stub = Stub::new(|_, _| Reaction::Answer(json!({})));
    let outcome = run(&REFRESH, &stub).await;
    assert_eq!(outcome.execution.error.as_deref(), Some("States.Runtime"));
    assert!(
        outcome
            .execution
            .cause
            .unwrap()
            .contains("$.prepared.answer.next")
    );
    assert_eq!(stub.calls("refresh-fail"), 0);
}

#[tokio::test]
async fn a_task_time_out_is_an_error_and_its_worker_is_not_waited_for() {
    let text = edited(&REFRESH, |definition| {
        each_task(definition, &|task| {
            task["TimeoutSeconds"] = json!(1);
            task["Retry"] = json!([]);
        });
    });
    let stub = Stub::new(|payload, _| match payload["step"].as_str() {
        Some("refresh-prepare") => Reaction::Hang,
        _ => good(payload, small()),
    });
    let outcome = run(&text, &stub).await;
    assert_eq!(outcome.execution.cause.as_deref(), Some("States.Timeout"));
    assert!(outcome.kinds.contains(&"TaskTimedOut".to_owned()));
    assert_eq!(
        stub.seen()[1]["error"],
        json!({"Error": "States.Timeout", "Cause": ""})
    );
}

#[tokio::test]
async fn the_machine_time_limit_runs_no_catch_but_is_told() {
    let text = edited(&REFRESH, |definition| {
        definition["TimeoutSeconds"] = json!(1)
    });
    let stub = Stub::new(|_, _| Reaction::Hang);
    let outcome = run(&text, &stub).await;
    assert_eq!(outcome.execution.status, Status::TimedOut);
    assert_eq!(outcome.event["detail"]["status"], "TIMED_OUT");
    assert_eq!(outcome.kinds.last().unwrap(), "ExecutionTimedOut");
    assert_eq!(stub.calls("refresh-fail"), 0);
}

#[tokio::test]
async fn a_stopped_execution_is_aborted_and_told() {
    let stub = Stub::new(|_, _| Reaction::Hang);
    let recorder = Arc::new(Recorder::default());
    let executor = open(None, &REFRESH, &stub, recorder.clone());
    let execution = start(&executor);
    stub.called(1).await;
    executor
        .stop_execution(&execution.arn, "Cancelled", "by staff")
        .unwrap();
    let detail = recorder.event().await["detail"].clone();
    assert_eq!(detail["status"], "ABORTED");
    assert_eq!(
        (&detail["error"], &detail["cause"]),
        (&json!("Cancelled"), &json!("by staff"))
    );
    assert_eq!(
        detail["executionArn"],
        "arn:aws:states:us-east-1:123456789012:execution:m:r1-1"
    );
    assert_eq!(
        detail["stateMachineArn"],
        "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    );
    assert_eq!(
        (&detail["name"], &detail["input"]),
        (&json!("r1-1"), &json!(INPUT))
    );
    assert!(detail["stopDate"].as_i64() >= detail["startDate"].as_i64());
    let again = executor
        .stop_execution(&execution.arn, "Other", "")
        .unwrap();
    assert_eq!(again.error.as_deref(), Some("Cancelled"));
}
