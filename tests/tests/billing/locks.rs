//! What is locked stays as it is: nobody plans, works or makes it.

use crate::support::{MARCH, create, run_path};
use model::resources::{BillingRuns, RecurringBillingRuns};
use serde_json::{Value, json};
use tests::billing::run_body;
use tests::records::with;
use tests::{TENANT, TestApp};

const LOCKED: &str = "is locked (sys_locked)";

fn lock(on: bool) -> Value {
    json!({ "sys_locked": on })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_run_is_not_refreshed_and_its_actions_stay() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", MARCH.1, json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    app.set::<BillingRuns>(&id, lock(true)).await;
    let refresh = format!("/billingRuns/{TENANT}/refresh/{id}");
    let refused = app.post(&refresh, json!({})).await;
    assert!(refused.body["message"].as_str().unwrap().contains(LOCKED));
    refused.refused(403);
    let excluded = crate::support::set_action(&app, &id, &member, "excluded").await;
    assert!(excluded.body["message"].as_str().unwrap().contains(LOCKED));
    excluded.refused(403);
    app.approve(&id).await.refused(403);
    app.delete(&run_path(&id)).await.refused(403);
    assert_eq!(app.run(&id).await["status"], "ready for execution");
    app.set::<BillingRuns>(&id, lock(false)).await;
    let done = app.execute(&id).await;
    assert_eq!(done["statistics"]["renewal_orders"]["successful"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_run_waits_at_its_dates() {
    let app = TestApp::with_catalogue().await;
    app.member("a", MARCH.1, json!({})).await;
    let dates = json!({ "status": "scheduled",
        "scheduled_preprocessing_date": "2026-03-10T08:00:00Z",
        "scheduled_run_date": "2026-03-10T09:00:00Z" });
    let body = with(run_body(MARCH.0, MARCH.1, &["orders"]), dates);
    let id = create(&app, body).await;
    app.set::<BillingRuns>(&id, lock(true)).await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    assert_eq!(app.run(&id).await["status"], "scheduled");
    app.set::<BillingRuns>(&id, lock(false)).await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    app.until(&id, &["ready for execution"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_recurring_run_makes_no_runs() {
    let app = TestApp::with_catalogue().await;
    app.template("monthly", json!({})).await;
    let body = json!({ "name": "Monthly", "template_id": "monthly", "schedule": "0 0 9 1 * ?",
        "pre_processing_lead_time": 1, "is_active": true });
    let base = format!("/recurringBillingRuns/{TENANT}");
    let made = app.post(&base, body).await.ok();
    let id = made["id"].as_str().unwrap().to_owned();
    let runs = format!("/billingRuns/{TENANT}/recurringBillingRun/{id}");
    app.set_today("2026-04-02").await;
    for (locked, count) in [(true, 0), (false, 1)] {
        app.set::<RecurringBillingRuns>(&id, lock(locked)).await;
        billing::schedule::tick(&app.core.billing).await.unwrap();
        assert_eq!(app.get(&runs).await.ok()["Count"], count, "{locked}");
    }
}
