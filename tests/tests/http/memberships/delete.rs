//! `DELETE /memberships/{tenantId}/{id}`

use model::Record;
use model::resources::Memberships;
use model::resources::membership::{COVERED_THROUGH, OPEN_ORDER, ORDER_ID};
use serde_json::json;
use tests::records::{a_membership, an_action, with};
use tests::{Call, TestApp};

const URL: &str = "/memberships/acme/contact:c-1";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app
}

#[tokio::test]
async fn is_for_good() {
    let app = app().await;
    assert_eq!(app.delete(URL).await.ok(), "contact:c-1");
    app.get(URL).await.refused(404);
    app.delete(URL).await.refused(404);
    app.get("/memberships/acme/contact/c-1").await.refused(404);
    app.post("/memberships/acme", a_membership()).await.ok();
}

#[tokio::test]
async fn is_refused_once_it_was_billed() {
    let billed: [fn(&mut Record); 3] = [
        |record| record.set(ORDER_ID, "o".into()),
        |record| record.set(OPEN_ORDER, "o".into()),
        |record| record.set(COVERED_THROUGH, jiff::civil::date(2026, 12, 31)),
    ];
    for bill in billed {
        let app = app().await;
        app.seed_order("o").await;
        let before = app
            .store
            .require::<Memberships>("contact:c-1")
            .await
            .unwrap();
        let mut after = before.clone();
        bill(&mut after);
        app.change::<Memberships>(&before, after).await;
        let refused = app.delete(URL).await.refused_for(409);
        assert_eq!(
            refused,
            "/id has been billed: make the membership inactive instead"
        );
    }
}

#[tokio::test]
async fn is_refused_while_others_are_derived_from_it() {
    let app = app().await;
    let organization = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" });
    app.post("/memberships/acme", with(a_membership(), organization))
        .await
        .ok();
    let child = json!({ "origin": "flowdown", "parent_membership_id": "organization:o-1", "flowdown_depth": 1 });
    let call = Call::post("/memberships/acme", with(a_membership(), child)).scopes("admin");
    app.send(call).await.ok();
    let refused = app
        .delete("/memberships/acme/organization:o-1")
        .await
        .refused_for(409);
    assert_eq!(refused, "/id has memberships that are derived from it");
    app.delete("/memberships/acme/contact:c-1:o-1").await.ok();
    app.delete("/memberships/acme/organization:o-1").await.ok();
}

#[tokio::test]
async fn is_refused_while_a_run_is_to_work_it() {
    let app = app().await;
    app.seed_run(json!({})).await;
    app.seed_action("contact:c-1", json!({})).await;
    let refused = app.delete(URL).await.refused_for(409);
    assert_eq!(
        refused,
        "/id is to be worked by the billing run run-1 (Spring): exclude its actions from the run first, or cancel the run"
    );
    let action = an_action("contact:c-1");
    let id = action["id"].as_str().unwrap();
    let set = |status: &str| json!([{ "op": "replace", "path": "/status", "value": status }]);
    let action = format!("/billingRunActions/acme/{id}");
    app.patch(&action, set("excluded")).await.ok();
    app.delete(URL).await.ok();
}

#[tokio::test]
async fn a_cancelled_run_keeps_none() {
    let app = app().await;
    app.seed_run(json!({ "status": "cancelled" })).await;
    app.seed_action("contact:c-1", json!({})).await;
    app.delete(URL).await.ok();
}
