//! `/billingRunActions`: staff exclude, bring back and retry.

use model::Record;
use model::resources::billing_run::{APPROVAL, STATUS as RUN_STATUS};
use model::resources::billing_run_action::UNKNOWN_SINCE;
use model::resources::{BillingRunActions, BillingRuns};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::records::{an_action, record, with};
use tests::{Answer, TestApp};

const ID: &str = "run-1|contact:c-1|07-drop|0";

async fn app(run: &str, action: &str) -> TestApp {
    let app = TestApp::start().await;
    let dates = json!({ "status": run, "scheduled_run_date": "2026-03-01T10:00:00Z", "scheduled_preprocessing_date": "2026-03-01T10:00:00Z" });
    app.seed_run(dates).await;
    app.seed_action(
        "contact:c-1",
        json!({ "status": action, "error_message": "why", "error_stack": "where" }),
    )
    .await;
    app
}

async fn move_to(app: &TestApp, status: &str) -> Answer {
    let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
    app.patch(&format!("/billingRunActions/acme/{ID}"), patch)
        .await
}

async fn run(app: &TestApp) -> Record {
    app.store.require::<BillingRuns>("run-1").await.unwrap()
}

#[tokio::test]
async fn an_action_is_read_by_its_id() {
    let app = app("ready for execution", "pending").await;
    let read = app.get(&format!("/billingRunActions/acme/{ID}")).await.ok();
    assert_eq!(
        (&read["id"], &read["name"]),
        (&json!(ID), &json!("Ada Byron"))
    );
    for other in [
        "run-1",
        "run-1|contact:c-2|07-drop|0",
        "|||",
        "run-1|contact:c-1|07-drop|1",
    ] {
        app.get(&format!("/billingRunActions/acme/{other}"))
            .await
            .refused(404);
    }
}

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
        running.set(
            RUN_STATUS,
            model::resources::billing_run::RunStatus::Running,
        );
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

#[tokio::test]
async fn only_status_and_notices_are_staffs() {
    let app = app("ready for execution", "pending").await;
    app.seed_notice("n-1").await;
    let url = format!("/billingRunActions/acme/{ID}");
    let read = app.get(&url).await.ok();
    for change in [
        json!({ "name": "X" }),
        json!({ "type": "renewal order" }),
        json!({ "membership_id": "contact:c-2" }),
        json!({ "order_id": "o" }),
        json!({ "error_message": "x" }),
        json!({ "membership_expiration_date": "2030-01-01" }),
        json!({ "billing_run_id": "run-2" }),
        json!({ "reminder_number": 3 }),
        json!({ "date": "2030-01-01T00:00:00Z" }),
    ] {
        let name = change.as_object().unwrap().keys().next().unwrap().clone();
        let refused = app
            .put(&url, with(read.clone(), change))
            .await
            .refused_for(400);
        assert_eq!(refused, format!("/{name} is set by the server"));
    }
    let notices = json!({ "success_notice_id": "n-1", "failure_notice_id": "n-1" });
    let after = app.put(&url, with(read.clone(), notices)).await.ok();
    assert_eq!(after["success_notice_id"], "n-1");
    app.delete("/billingNotices/acme/n-1").await.refused(409);
    let nowhere = with(after, json!({ "success_notice_id": "n-9" }));
    assert_eq!(
        app.put(&url, nowhere).await.refused_for(409),
        "/success_notice_id billingNotices n-9 does not exist"
    );
}

#[tokio::test]
async fn a_notice_given_with_a_retry_is_a_use_of_it() {
    let app = app("completed", "error").await;
    app.seed_notice("n-1").await;
    let url = format!("/billingRunActions/acme/{ID}");
    let patch = |notice: &str| json!([{ "op": "replace", "path": "/status", "value": "pending" }, { "op": "add", "path": "/success_notice_id", "value": notice }]);
    app.patch(&url, patch("n-9")).await.refused(409);
    app.patch(&url, patch("n-1")).await.ok();
    app.delete("/billingNotices/acme/n-1").await.refused(409);
}

#[tokio::test]
async fn a_batch_excludes_many_and_retries_many() {
    let app = TestApp::start().await;
    app.seed_run(json!({ "status": "completed" })).await;
    let mut operations = Vec::new();
    for n in 0..40 {
        let action = app
            .seed_action(&format!("contact:c-{n}"), json!({ "status": "error" }))
            .await;
        let retry = [json!({ "op": "replace", "path": "/status", "value": "pending" })];
        operations.push(
            json!({ "operation": "patch", "id": action.raw("id"), "patch_directives": retry }),
        );
    }
    let retried = app
        .post(
            "/billingRunActions/acme/batch",
            json!({ "operations": operations }),
        )
        .await
        .ok();
    assert_eq!(retried["success_count"], 40, "{retried}");
    assert_eq!(
        run(&app).await.get(RUN_STATUS).unwrap().to_string(),
        "ready for execution"
    );
    for operation in &mut operations {
        operation["patch_directives"][0]["value"] = "excluded".into();
    }
    operations.push(json!({ "operation": "create", "object": an_action("contact:x") }));
    operations.push(json!({ "operation": "delete", "id": ID }));
    let excluded = app
        .post(
            "/billingRunActions/acme/batch",
            json!({ "operations": operations }),
        )
        .await
        .ok();
    assert_eq!(
        (&excluded["success_count"], &excluded["error_count"]),
        (&json!(40), &json!(2))
    );
}

#[tokio::test]
async fn a_runs_actions_are_walked_page_by_page() {
    let app = TestApp::start().await;
    app.seed_run(json!({})).await;
    let context = tests::import();
    let changes: Vec<_> = (0..250)
        .map(|n| record(an_action(&format!("contact:c-{n}"))))
        .map(|action| {
            app.store
                .change::<BillingRunActions>(&context, None, action)
                .unwrap()
        })
        .collect();
    assert!(
        app.store
            .write_all(&changes)
            .await
            .iter()
            .all(Result::is_ok)
    );
    let mut seen = BTreeSet::new();
    let mut sizes = Vec::new();
    let mut key = String::new();
    loop {
        let url = format!(
            "/billingRunActions/acme/billingRun/run-1?fields=membership_id&exclusiveStartKey={key}"
        );
        let page = app.get(&url).await.ok();
        let items = page["Items"].as_array().unwrap();
        sizes.push(items.len());
        assert_eq!(page["Count"], items.len());
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match &page["LastEvaluatedKey"] {
            Value::String(next) => key = next.clone(),
            _ => break,
        }
    }
    assert_eq!((sizes, seen.len()), (vec![100, 100, 50], 250));
    app.get("/billingRunActions/acme/billingRun/run-2")
        .await
        .refused(404);
}

#[tokio::test]
async fn a_memberships_actions_of_every_run_are_found() {
    let app = app("ready for execution", "pending").await;
    let other = with(
        an_action("contact:c-1"),
        json!({ "id": "run-2|contact:c-1|07-drop|0", "billing_run_id": "run-2" }),
    );
    app.seed::<BillingRunActions>(record(other)).await;
    app.seed_action("contact:c-2", json!({})).await;
    let page = app
        .get("/billingRunActions/acme/membership/contact:c-1?fields=name")
        .await
        .ok();
    let ids: Vec<&str> = page["Items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [ID, "run-2|contact:c-1|07-drop|0"]);
    assert_eq!(
        (&page["Count"], &page["LastEvaluatedKey"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(page["Items"][0], json!({ "id": ID, "name": "Ada Byron" }));
}
