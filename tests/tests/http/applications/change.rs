//! `PUT` and `PATCH /applications/{tenantId}/{id}`

use super::{app, set};
use serde_json::json;
use tests::records::{an_application, with};

#[tokio::test]
async fn each_kind_of_field_is_patched() {
    let app = app().await;
    let url = app.apply(an_application()).await;
    let changes = [
        ("notes", json!("n")),
        ("renew_automatically", json!(true)),
        ("date", json!("2026-02-01T10:00:00.000Z")),
        ("override_join_date", json!("2019-05-01")),
        ("hidden_directory_fields", json!(["city", "state"])),
        (
            "custom_field_values",
            json!([{ "custom_field_id": "shoe_size__c", "string_value": "41" }]),
        ),
        (
            "assigned_contacts",
            json!([{ "type": "existing", "contact_id": "c-1" }]),
        ),
    ];
    for (field, value) in changes {
        let after = app.patch(&url, set(field, value.clone())).await.ok();
        assert_eq!(after[field], value, "{field}");
    }
    let remove = json!([{ "op": "remove", "path": "/assigned_contacts/0" }]);
    let after = app.patch(&url, remove).await.ok();
    assert_eq!(after["assigned_contacts"], json!([]));
    assert_eq!(after["sys_version"], 9);
}

#[tokio::test]
async fn the_rules_hold_for_changes_too() {
    let app = app().await;
    let url = app.apply(an_application()).await;
    let before = app.get(&url).await.ok();
    let cases = [
        (
            set("type", json!("leave")),
            "/type must be one of: join, renewal, reinstatement, change affiliations",
        ),
        (
            json!([{ "op": "remove", "path": "/status" }]),
            "/status is required",
        ),
        (
            json!([{ "op": "remove", "path": "/contact_id" }]),
            "/contact_id is required when owner_type is contact",
        ),
        (
            set("override_join_date", json!("2019-5-1")),
            "/override_join_date must be a date, YYYY-MM-DD",
        ),
        (
            set("add_ons", json!([{ "add_on_id": "a", "quantity": 1.5 }])),
            "/add_ons/0/quantity must be a whole number",
        ),
        (
            set("number", json!(1)),
            "/number is not a field of Application",
        ),
    ];
    for (patch, expected) in cases {
        assert_eq!(app.patch(&url, patch).await.refused_for(400), expected);
    }
    let nowhere = app.patch(&url, set("referral_contact_id", json!("c-9")));
    assert_eq!(
        nowhere.await.refused_for(409),
        "/referral_contact_id contacts c-9 does not exist"
    );
    assert_eq!(app.get(&url).await.ok(), before);
}

#[tokio::test]
async fn a_replacement_is_whole_and_takes_the_name_anew() {
    let app = app().await;
    let body = with(an_application(), json!({ "notes": "n", "name": "A. B." }));
    let url = app.apply(body).await;
    let before = app.get(&url).await.ok();
    let after = app
        .put(&url, with(before, json!({ "notes": null, "name": null })))
        .await
        .ok();
    assert_eq!(after["name"], "Ada Byron");
    assert_eq!(after.get("notes"), None);
    assert_eq!(after["sys_version"], 2);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = app().await;
    let url = "/applications/acme/a-9";
    app.get(url).await.refused(404);
    app.put(url, with(an_application(), json!({ "sys_version": 1 })))
        .await
        .refused(404);
    app.delete(url).await.refused(404);
    let answer = app.patch(url, json!([])).await;
    assert_eq!(answer.body["message"], "Application a-9 does not exist");
    answer.refused(404);
}
