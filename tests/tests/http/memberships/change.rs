//! `PUT` and `PATCH /memberships/{tenantId}/{id}`: history and rules.

use model::resources::Types;
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{a_membership, a_type, with};

const URL: &str = "/memberships/acme/contact:c-1";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app
}

fn set(field: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": format!("/{field}"), "value": value }])
}

#[tokio::test]
async fn what_staff_change_is_in_the_history() {
    let app = app().await;
    let student = with(a_type(), json!({ "id": "t-2" }));
    app.seed::<Types>(student).await;
    app.patch(URL, set("notes", json!("n"))).await.ok();
    app.patch(URL, set("expiration_date", json!("2026-12-31")))
        .await
        .ok();
    let after = app.patch(URL, set("type_id", json!("t-2"))).await.ok();
    let rows = after["history"].as_array().unwrap();
    let events: Vec<&str> = rows
        .iter()
        .map(|row| row["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["join", "manual change", "manual change"]);
    assert_eq!(rows[1]["old"]["expiration_date"], "2025-12-31");
    assert_eq!(rows[1]["new"]["expiration_date"], "2026-12-31");
    assert_eq!(
        (&rows[2]["old"]["type_id"], &rows[2]["new"]["type_id"]),
        (&json!("t-1"), &json!("t-2"))
    );
    assert_eq!(rows[2]["user_id"], "user-1");
}

#[tokio::test]
async fn the_rules_hold_for_changes_too() {
    let app = app().await;
    let before = app.get(URL).await.ok();
    let cases = [
        (
            set("expiration_date", json!("2024-12-31")),
            "/expiration_date must not lie before term_start_date",
        ),
        (
            set("renew_automatically", json!(true)),
            "/renewal_payment_info is required when renew_automatically is true",
        ),
        (
            set("owner_type", json!("team")),
            "/owner_type must be one of: contact, organization",
        ),
        (
            set("origin", json!("flowdown")),
            "/parent_membership_id is required when origin is flowdown",
        ),
        (
            set("add_ons", json!([{ "add_on_id": "a", "quantity": 0 }])),
            "/add_ons/0/quantity must be a number from 1 to 1000000",
        ),
        (
            set("custom_field_values", json!([{ "custom_field_id": "Bad" }])),
            "/custom_field_values/0/custom_field_id must match ^[a-z\\d:_-]{1,300}__c$",
        ),
        (
            json!([{ "op": "remove", "path": "/type_id" }]),
            "/type_id is required",
        ),
        (
            set("join_date", json!("2025-1-1")),
            "/join_date must be a date, YYYY-MM-DD",
        ),
    ];
    for (patch, expected) in cases {
        let problems = app.patch(URL, patch).await.refused(400);
        let found = problems
            .iter()
            .any(|(path, rule)| format!("{path} {rule}") == expected);
        assert!(found, "{expected}: {problems:?}");
    }
    app.patch(URL, set("package_id", json!("p-9")))
        .await
        .refused(409);
    assert_eq!(app.get(URL).await.ok(), before);
}

#[tokio::test]
async fn a_replacement_without_status_and_origin_has_the_defaults() {
    let app = app().await;
    let before = app.patch(URL, set("status", json!("inactive"))).await.ok();
    let body = with(
        before,
        json!({ "status": null, "origin": null, "termination_date": null }),
    );
    let after = app.put(URL, body).await.ok();
    assert_eq!(
        (&after["status"], &after["origin"]),
        (&json!("active"), &json!("principal"))
    );
}

#[tokio::test]
async fn chapters_that_change_change_what_is_derived() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &[]).await;
    app.patch(URL, set("chapters", json!([{ "chapter_id": "north" }])))
        .await
        .ok();
    let after = app
        .patch(URL, set("chapters/0", json!({ "chapter_id": "south" })))
        .await
        .ok();
    assert_eq!(after["chapter_ids"], json!(["south", "north"]));
    assert_eq!(after["primary_chapter_id"], "south");
    let after = app
        .patch(URL, json!([{ "op": "remove", "path": "/chapters" }]))
        .await
        .ok();
    assert_eq!(
        (after.get("chapter_ids"), after.get("primary_chapter_id")),
        (None, None)
    );
}
