//! Settings that no check would let be saved now, but that are stored.

use crate::support::MARCH;
use aws_sdk_dynamodb::types::AttributeValue::S;
use model::resource::{Home, Resource};
use model::resources::settings::{SETTINGS_ID, Settings};
use serde_json::json;
use tests::{TENANT, TestApp};

/// Writes a setting past every check.
async fn store_setting(app: &TestApp, name: &str, value: &str) {
    let client = store::client(&app.core.connection);
    let tables = local::tables::make(&app.core.connection).await;
    let tables = tables.expect("the tables");
    let partition = Home::of::<Settings>().partition(SETTINGS_ID);
    let partition = format!("{}#{partition}", app.store.tenant());
    let update = client
        .update_item()
        .table_name(tables.of(Settings::TABLE).expect("a table"))
        .key("_pk", S(partition))
        .key("_sk", S(SETTINGS_ID.into()))
        .update_expression("SET #name = :value")
        .expression_attribute_names("#name", name)
        .expression_attribute_values(":value", S(value.into()));
    update.send().await.expect("an update");
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
