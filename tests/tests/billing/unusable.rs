//! Settings that no check would let be saved now, but that are stored.

use crate::support::{MARCH, run_path, set_status};
use model::resources::billing_run_action::ActionStatus;
use model::resources::settings::{SETTINGS_ID, Settings};
use serde_json::json;
use tests::{TENANT, TestApp};

async fn store_setting(app: &TestApp, name: &str, value: &str) {
    app.store_unchecked::<Settings>(SETTINGS_ID, name, value)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_billed_ends_with_the_setting_as_its_reason() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["notices"]).await;
    store_setting(&app, "currency", "ABC").await;
    let path = format!("/billingRuns/{TENANT}/refresh/{id}");
    app.post(&path, json!({})).await.ok();
    let run = app.until(&id, &["error", "ready for execution"]).await;
    assert_eq!(run["status"], "error", "{run}");
    let why = run["error"].as_str().unwrap();
    assert!(why.contains("currency") && why.contains("ABC"), "{why}");

    // Once it is corrected, the run can be planned.
    store_setting(&app, "currency", "USD").await;
    app.post(&path, json!({})).await.ok();
    let run = app.until(&id, &["error", "ready for execution"]).await;
    assert_eq!(run["status"], "ready for execution", "{run}");
    assert_eq!(run["statistics"]["renewal_notices"]["pending"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_new_order_is_in_a_currency_that_has_ended() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    store_setting(&app, "currency", "BGN").await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    let refused = set_status(&app, &id, "running").await.refused_for(400);
    assert_eq!(
        refused,
        "/status the run would make orders, and the setting currency is in no use: \
         BGN ended on 2025-12-31: use EUR, which took its place"
    );

    // One that was approved in time makes none after.
    store_setting(&app, "currency", "USD").await;
    set_status(&app, &id, "scheduled for execution")
        .await
        .refused(400);
    let date = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    app.patch(&run_path(&id), date).await.ok();
    store_setting(&app, "currency", "BGN").await;
    app.set_clock("2026-03-20T12:00:00Z", "UTC").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let run = app.until(&id, &["completed", "error"]).await;
    assert_eq!(run["statistics"]["renewal_orders"]["error"], 1, "{run}");
    let (status, why) = app.outcome(&id, &member).await;
    assert_eq!(status, ActionStatus::Error);
    assert_eq!(
        why,
        "setting currency: BGN ended on 2025-12-31: use EUR, which took its place"
    );
}
