//! Moves of an action's status, and the run they depend on.

use super::{ID, app, move_to, run};
use model::resources::billing_run::{APPROVAL, RunStatus, STATUS as RUN_STATUS};
use model::resources::billing_run_action::UNKNOWN_SINCE;
use model::resources::{BillingRunActions, BillingRuns};
use serde_json::json;

#[tokio::test]
async fn moves_are_allowed_by_the_state_of_the_run() {
    let before_it_runs = ["ready for execution", "scheduled for execution"];
    let to_retry = ["ready for execution", "completed", "error", "timed out"];
    let runs = [
        "draft",
        "scheduled",
        "preprocessing",
        "ready for execution",
        "scheduled for execution",
        "running",
        "completed",
        "error",
        "timed out",
        "cancelled",
    ];
    let moves: [(&str, &str, &[&str]); 4] = [
        ("pending", "excluded", &before_it_runs),
        ("excluded", "pending", &before_it_runs),
        ("error", "pending", &to_retry),
        ("payment failure", "pending", &to_retry),
    ];
    for status in runs {
        for (from, to, allowed) in moves {
            let app = app(status, from).await;
            let answer = move_to(&app, to).await;
            if allowed.contains(&status) {
                assert_eq!(answer.ok()["status"], to, "{from} to {to} while {status}");
            } else {
                let expected =
                    format!("/status cannot move from {from} to {to} while the run is {status}");
                assert_eq!(answer.refused_for(400), expected);
            }
        }
    }
}

#[tokio::test]
async fn every_other_move_is_refused() {
    let all = [
        "pending",
        "excluded",
        "processing",
        "processing order",
        "completed",
        "payment failure",
        "error",
        "no longer eligible",
        "expiration date changed",
    ];
    let allowed = [
        ("pending", "excluded"),
        ("excluded", "pending"),
        ("error", "pending"),
        ("payment failure", "pending"),
    ];
    for from in all {
        let app = app("ready for execution", from).await;
        for to in all
            .into_iter()
            .filter(|to| *to != from && !allowed.contains(&(from, to)))
        {
            let refused = move_to(&app, to).await.refused_for(400);
            assert_eq!(refused, format!("/status cannot move from {from} to {to}"));
        }
    }
}

#[tokio::test]
async fn a_retry_opens_a_completed_run_again_without_its_approval() {
    let app = app("completed", "payment failure").await;
    let before = run(&app).await;
    let mut approved = before.clone();
    approved.set(APPROVAL, json!({ "by": "boss" }));
    app.change::<BillingRuns>(&before, approved).await;
    let retried = move_to(&app, "pending").await.ok();
    assert_eq!(
        (retried.get("error_message"), retried.get("error_stack")),
        (None, None)
    );
    let after = run(&app).await;
    assert_eq!(
        after.get(RUN_STATUS).unwrap().to_string(),
        "ready for execution"
    );
    assert_eq!(after.get(APPROVAL), None);
}

#[tokio::test]
async fn excluding_and_bringing_back_leave_the_run_as_it_is() {
    let app = app("scheduled for execution", "pending").await;
    let before = run(&app).await;
    move_to(&app, "excluded").await.ok();
    move_to(&app, "pending").await.ok();
    assert_eq!(run(&app).await, before);
}

#[tokio::test]
async fn a_charge_of_unknown_outcome_is_not_retried() {
    let app = app("completed", "error").await;
    let before = app.store.require::<BillingRunActions>(ID).await.unwrap();
    let mut unknown = before.clone();
    unknown.set(UNKNOWN_SINCE, "2026-03-01T10:00:00Z".parse().unwrap());
    app.change::<BillingRunActions>(&before, unknown).await;
    let refused = move_to(&app, "pending").await.refused_for(400);
    assert!(
        refused.contains("before the payment provider has told"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_run_that_starts_meanwhile_gets_no_more_work() {
    for round in 0..10 {
        let app = app("ready for execution", "excluded").await;
        let ready = run(&app).await;
        let mut running = ready.clone();
        running.set(RUN_STATUS, RunStatus::Running);
        let context = tests::import();
        let start = app
            .store
            .save::<BillingRuns>(&context, Some(&ready), running);
        let (answer, started) = tokio::join!(move_to(&app, "pending"), start);
        started.unwrap();
        let action = app.store.require::<BillingRunActions>(ID).await.unwrap();
        let status = action.raw("status").unwrap().clone();
        assert_eq!(
            status,
            if answer.status == 200 {
                json!("pending")
            } else {
                json!("excluded")
            },
            "{round}"
        );
    }
}
