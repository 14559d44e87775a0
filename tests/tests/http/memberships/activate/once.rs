//! What is refused, and that an activation happens once.

use super::{activate, app, approved, events, join, of, pay};
use model::resources::{Applications, Memberships};
use serde_json::json;
use tests::records::with;

#[tokio::test]
async fn what_cannot_be_activated_says_why() {
    let app = app().await;
    app.seed_process(json!({ "id": "reviewed" })).await;
    let body = join(json!({ "process_id": "reviewed" }));
    let made = app.post("/applications/acme", body).await.ok();
    assert_eq!(
        activate(&app, &made).await.refused_for(400),
        "/status must be approved to be activated, and is under review"
    );
    activate(&app, &json!({ "id": "nowhere" }))
        .await
        .refused(404);
    let url = format!("/applications/acme/{}", made["id"].as_str().unwrap());
    let approve = json!([{ "op": "replace", "path": "/status", "value": "approved" }]);
    app.patch(&url, approve).await.ok();
    let order = made["order_id"].as_str().unwrap();
    app.post(&format!("/orders/acme/{order}/void"), json!({}))
        .await
        .ok();
    let refused = activate(&app, &made).await.refused_for(400);
    assert!(
        refused.contains("is void: nothing was bought by it"),
        "{refused}"
    );
    app.get("/memberships/acme/contact:c-1").await.refused(404);
    let member = app.member("m-1", "2026-03-31", json!({})).await;
    let made = approved(&app, of("renewal", "m-1", json!({}))).await;
    app.set::<Memberships>(&member, json!({ "sys_locked": true }))
        .await;
    activate(&app, &made).await.refused(403);
}

#[tokio::test]
async fn an_application_approved_before_orders_were_made_gets_its_own() {
    let app = app().await;
    let stored = with(
        join(json!({})),
        json!({ "id": "old", "name": "Ada Byron", "status": "approved" }),
    );
    app.seed::<Applications>(stored).await;
    activate(&app, &json!({ "id": "old" })).await.ok();
    let made = app.get("/applications/acme/old").await.ok();
    pay(&app, &made, "p-1", 120.0).await;
    assert_eq!(app.membership("contact:c-1").await["status"], "active");
}

#[tokio::test]
async fn several_at_once_activate_once() {
    let app = app().await;
    let made = approved(&app, join(json!({}))).await;
    pay(&app, &made, "p-1", 120.0).await;
    let activate = || activate(&app, &made);
    let all = futures::join!(activate(), activate(), activate(), activate());
    for answer in [all.0, all.1, all.2, all.3] {
        answer.ok();
    }
    let member = app.membership("contact:c-1").await;
    assert_eq!(events(&member), ["join"]);
    assert_eq!(member["expiration_date"], "2027-03-09");
    assert_eq!(app.orders("contact:c-1").await.len(), 1);
}
