//! What the scheduler does, and executions that are lost.

use crate::support::{MARCH, create, overwrite, set_status, stored, with_late_gateway};
use model::resources::billing_run::{self as run, RunStatus};
use serde_json::{Value, json};
use services::executions::Machine;
use std::sync::atomic::Ordering;
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;
use tests::records::with;

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_run_is_planned_then_waits_then_executes_at_its_dates() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let dates = json!({ "status": "scheduled", "scheduled_preprocessing_date": "2026-03-11T08:00:00Z",
        "scheduled_run_date": "2026-03-13T08:00:00Z", "notification_email": "staff@example.org; boss@example.org" });
    let id = create(&app, with(run_body(MARCH.0, MARCH.1, &["orders"]), dates)).await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(app.run(&id).await["status"], "scheduled", "not yet");
    app.set_clock("2026-03-11T08:00:00Z", "UTC").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let planned = app.until(&id, &["ready for execution"]).await;
    assert_eq!(planned["statistics"]["renewal_orders"]["pending"], 1);
    assert_eq!(planned["preprocessing_date"], "2026-03-11T08:00:00.000Z");
    let action = app.actions(&id).await.into_values().next().unwrap();
    assert_eq!(
        action.raw("date").unwrap(),
        "2026-03-13T08:00:00.000Z",
        "the planned date"
    );
    set_status(&app, &id, "scheduled for execution").await.ok();
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(app.run(&id).await["status"], "scheduled for execution");
    app.set_clock("2026-03-13T08:00:00Z", "UTC").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let done = app.until(&id, &["completed"]).await;
    assert_eq!(done["run_date"], "2026-03-13T08:00:00.000Z");
    assert_eq!(app.orders(&member).await.len(), 1);
    wait_for_mail(&app, "Renewals: has ended").await;
    assert!(
        app.mails()
            .contains(&"Renewals: is ready for review".into()),
        "{:?}",
        app.mails()
    );
}

/// The run is settled a moment before its mail goes.
async fn wait_for_mail(app: &TestApp, subject: &str) {
    for _ in 0..500 {
        if app.mails().iter().any(|mail| mail == subject) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail {subject}: {:?}", app.mails());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_approval_nothing_fires_and_staff_are_told_once() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let dates = json!({ "scheduled_run_date": "2026-03-12T08:00:00Z", "notification_email": "staff@example.org" });
    let id = create(&app, with(run_body(MARCH.0, MARCH.1, &["orders"]), dates)).await;
    app.refresh(&id).await;
    app.set_today("2026-03-12").await;
    for _ in 0..3 {
        billing::schedule::tick(&app.core.billing).await.unwrap();
    }
    assert_eq!(app.run(&id).await["status"], "ready for execution");
    assert!(app.orders(&member).await.is_empty());
    let told = "Renewals: waits for approval past its scheduled date";
    wait_for_mail(&app, told).await;
    assert_eq!(app.mails().iter().filter(|mail| *mail == told).count(), 1);
    // A new date that passes is told again.
    let patch = json!([{ "op": "replace", "path": "/scheduled_run_date", "value": "2026-03-14T08:00:00Z" }]);
    app.patch(&crate::support::run_path(&id), patch).await.ok();
    app.set_today("2026-03-15").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    for _ in 0..250 {
        if stored(&app, &id).await.get(run::TOLD_PAST_DUE)
            == stored(&app, &id).await.get(run::SCHEDULED_RUN)
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("staff were not told of the second date");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_execution_settles_its_run() {
    let (app, gateway) = with_late_gateway().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let mail = json!({ "notification_email": "staff@example.org" });
    let id = create(&app, with(run_body(MARCH.0, MARCH.1, &["auto"]), mail)).await;
    app.refresh(&id).await;
    app.approve(&id).await.ok();
    for _ in 0..500 {
        if app
            .orders(&member)
            .await
            .first()
            .is_some_and(|o| o["charge"]["state"] == "unknown")
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let arn = stored(&app, &id).await.text(run::EXECUTION_ARN).to_owned();
    app.core
        .billing
        .executions
        .stop(&arn, "by an operator")
        .await
        .unwrap();
    let run = app.until(&id, &["error"]).await;
    assert!(
        run["error"]
            .as_str()
            .unwrap()
            .starts_with("stopped by a technical failure"),
        "{run}"
    );
    assert_eq!(run["statistics"]["auto_renewals"]["processing"], 1);
    wait_for_mail(&app, "Renewals: has stopped").await;
    // What was begun is finished, and charged once.
    gateway.answers.store(true, Ordering::SeqCst);
    set_status(&app, &id, "ready for execution").await.ok();
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(run["error"], Value::Null);
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_execution_is_over_without_a_word_is_settled_by_the_scheduler() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    let tenant = app.store.tenant().clone();
    // Claimed again with the execution that is over, as if its event were lost.
    let over = stored(&app, &id).await.text(run::EXECUTION_ARN).to_owned();
    overwrite(&app, &id, |after| {
        after.set(run::STATUS, RunStatus::Running);
        billing::claim::claim_execution(&app.core.billing, &tenant, after, Machine::Execution);
        after.set(run::EXECUTION_ARN, over);
        after.set(
            run::CLAIMED_AT,
            jiff::Timestamp::now() - jiff::SignedDuration::from_mins(5),
        );
    })
    .await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let run = app.until(&id, &["error"]).await;
    assert_eq!(
        run["error"],
        "execution stopped without finishing: refresh or approve the run again"
    );
    let started = app
        .post(&format!("/billingRuns/{TENANT}/refresh/{id}"), json!({}))
        .await
        .ok();
    assert!(started["executionArn"].is_string());
    app.until(&id, &["ready for execution"]).await;
}
