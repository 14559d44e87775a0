//! Memberships by their last order.

use model::resources::Memberships;
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::a_stored_membership;

async fn ids(app: &TestApp, order: &str) -> Value {
    let url = format!("/memberships/acme/order/{order}?fields=id");
    let page = app.get(&url).await.ok();
    assert_eq!(page["LastEvaluatedKey"], Value::Null);
    let items = page["Items"].as_array().expect("a sound answer");
    assert_eq!(page["Count"], items.len());
    items.iter().map(|item| item["id"].clone()).collect()
}

#[tokio::test]
async fn only_those_whose_last_order_it_is() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    for contact in ["c-2", "c-3"] {
        app.seed_contact(contact).await;
    }
    for order in ["o-1", "o-2"] {
        app.seed_order(order).await;
    }
    for (contact, order) in [("c-1", "o-1"), ("c-2", "o-1"), ("c-3", "o-2")] {
        let member = a_stored_membership(contact, json!({ "order_id": order }));
        app.create::<Memberships>(member).await;
    }
    assert_eq!(
        ids(&app, "o-1").await,
        json!(["contact:c-1", "contact:c-2"])
    );
    assert_eq!(ids(&app, "o-2").await, json!(["contact:c-3"]));
    assert_eq!(ids(&app, "o").await, json!([]));
    assert_eq!(ids(&app, &"x".repeat(3_000)).await, json!([]));
    let before = app
        .store
        .require::<Memberships>("contact:c-1")
        .await
        .unwrap();
    let after = a_stored_membership("c-1", json!({ "order_id": "o-2" }));
    app.change::<Memberships>(&before, after).await;
    assert_eq!(ids(&app, "o-1").await, json!(["contact:c-2"]));
    assert_eq!(
        ids(&app, "o-2").await,
        json!(["contact:c-1", "contact:c-3"])
    );
    let shown = app.get("/memberships/acme/contact:c-1").await.ok();
    assert_eq!(shown["order_id"], "o-2");
    assert_eq!(shown.get("_order"), None);
}
