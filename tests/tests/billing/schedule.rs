//! What the scheduler does, and executions that are lost.

use crate::support::{
    MARCH, create, overwrite, set_status, stored, until_charge_is_unknown, with_late_gateway,
};
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

/// A run of staff's own that finds nobody waits for them, and cannot be approved.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_staffs_own_that_finds_nobody_stays() {
    let app = TestApp::with_catalogue().await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    assert_eq!(app.run(&id).await["status"], "ready for execution");
    assert_eq!(
        app.approve(&id).await.refused_for(400),
        "/status the run has no pending action to execute"
    );
}

fn mail_with(app: &TestApp, subject: &str) -> Option<String> {
    let entries = app.outbox.list(TENANT).expect("an outbox");
    let mut mails = entries.iter().map(|entry| {
        let mail = app.outbox.read(TENANT, &entry.name).expect("an outbox");
        String::from_utf8_lossy(&mail.unwrap_or_default()).into_owned()
    });
    mails.find(|mail| mail.contains(subject))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_become_eligible_since_planning_is_named_when_the_run_has_ended() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let mail = json!({ "notification_email": "staff@example.org" });
    let switches = &["notices", "orders"];
    let id = create(&app, with(run_body(MARCH.0, MARCH.1, switches), mail)).await;
    app.refresh(&id).await;
    for n in 0..22 {
        app.member(&format!("late-{n}"), "2026-03-31", json!({}))
            .await;
    }
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(
        run["statistics"]["all_actions"]["total"], 2,
        "nobody is added"
    );
    wait_for_mail(&app, "Renewals: has ended").await;
    let mail = mail_with(&app, "has ended").expect("a mail");
    let mail = mail.replace("=\r\n", "");
    assert!(mail.contains("not in it: 22 members"), "{mail}");
    assert_eq!(mail.matches("<li>Member late-").count(), 20, "{mail}");
    assert!(mail.contains("<li>and 2 more</li>"), "{mail}");
    assert!(!mail.contains("<li>Member a<"), "{mail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_limit_stops_is_told_as_stopped() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_failures": 0 })).await;
    for n in 0..40 {
        app.auto_member(&format!("m{n}"), "2026-03-31", "tok_declined")
            .await;
    }
    let mail = json!({ "notification_email": "staff@example.org" });
    let id = create(&app, with(run_body(MARCH.0, MARCH.1, &["auto"]), mail)).await;
    app.refresh(&id).await;
    assert_eq!(app.execute(&id).await["status"], "ready for execution");
    wait_for_mail(&app, "Renewals: was stopped for review").await;
    assert!(!app.mails().contains(&"Renewals: has ended".into()));
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
    until_charge_is_unknown(&app, &member).await;
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
async fn a_charge_that_is_unknown_when_the_run_is_cancelled_is_asked_about_and_settled() {
    let (app, gateway) = with_late_gateway().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let reminder = json!({ "id": 1, "reminder_notice_id": "reminder",
        "expiration_date_range_start": MARCH.0, "expiration_date_range_end": MARCH.1 });
    let reminders = json!({ "send_auto_renewal_reminders": true, "auto_renewal_reminder_options": { "reminders": [reminder] } });
    let body = with(run_body(MARCH.0, MARCH.1, &["auto"]), reminders);
    let id = create(&app, body).await;
    app.refresh(&id).await;
    app.approve(&id).await.ok();
    until_charge_is_unknown(&app, &member).await;
    set_status(&app, &id, "cancelled").await.ok();
    let settled = |run: &Value| run["statistics"]["auto_renewals"]["processing"] == 0;
    let run = app.run(&id).await;
    assert_eq!(run["status"], "cancelled");
    assert_eq!(run["statistics"]["auto_renewals"]["processing"], 1);
    assert_eq!(
        run["error"],
        "1 actions were under way when the run was cancelled: they are settled once their outcome is known"
    );
    let kind = (member.clone(), "auto renewal order".to_owned());
    let status = |action: &model::Record| action.raw("status").cloned();
    let action = app.actions(&id).await.remove(&kind).unwrap();
    assert_eq!(status(&action), Some(json!("processing order")));
    gateway.answers.store(true, Ordering::SeqCst);
    let mut run = app.run(&id).await;
    for _ in 0..3_000 {
        if settled(&run) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        run = app.run(&id).await;
    }
    assert_eq!(run["status"], "cancelled");
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 1, "{run}");
    let actions = app.actions(&id).await;
    assert_eq!(status(&actions[&kind]), Some(json!("completed")));
    let reminder = (member.clone(), "auto renewal reminder".to_owned());
    assert_eq!(status(&actions[&reminder]), Some(json!("pending")));
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
    for _ in 0..500 {
        if app.run(&id).await["error"] == Value::Null {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the run says still: {}", app.run(&id).await);
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
