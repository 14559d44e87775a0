//! Actions by id, by run, by membership.

use super::{ID, app};
use model::resources::BillingRunActions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::TestApp;
use tests::records::{an_action, record, with};

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
    app.seed::<BillingRunActions>(other).await;
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
