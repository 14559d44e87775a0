//! Groups of applications: found by a search, previewed in a mail.

use serde_json::{Value, json};
use tests::TestApp;

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    for id in ["c-1", "c-2"] {
        app.seed_contact(id).await;
    }
    app
}

async fn group(app: &TestApp, name: &str, contact: &str) -> Value {
    let body = json!({ "name": name, "contact_id": contact, "number_of_applications": 3 });
    app.post("/applicationGroups/acme", body).await.ok()
}

#[tokio::test]
async fn a_search_finds_them_by_name_and_administrator() {
    let app = app().await;
    group(&app, "Engineers of the north", "c-1").await;
    group(&app, "Lawyers", "c-2").await;
    let url = "/applicationGroups/acme/search";
    for (criteria, expected) in [
        (json!({}), 2),
        (json!({ "name": "ENGINEERS" }), 1),
        (json!({ "contact_id": ["c-2", "c-9"] }), 1),
        (json!({ "name": "law", "contact_id": ["c-1"] }), 0),
    ] {
        let found = app.post(url, criteria.clone()).await.ok();
        let items = found["Items"].as_array().expect("items");
        assert_eq!(items.len(), expected, "{criteria}");
    }
    let unknown = app.post(url, json!({ "total": [1, 2] })).await;
    unknown.refused(400);
}

#[tokio::test]
async fn a_preview_goes_to_one_address_and_changes_nothing() {
    const URL: &str = "/memberships/acme/previewGroupApplicationEmail";
    let app = app().await;
    let made = group(&app, "Engineers", "c-1").await;
    let mut body = json!({
        "application_group_id": made["id"], "destination_email_address": "staff@example.org",
        "email_template": { "subject": "{{ application_group.name }}", "cc": "all@example.org",
            "body": "<p>{{ contact.name }}: {{ application_group.number_of_applications }}</p>" },
    });
    app.post(URL, body.clone()).await.ok();
    let sent = app.outbox.list("acme").expect("an outbox");
    assert_eq!(sent.len(), 1);
    let mail = app.outbox.read("acme", &sent[0].name).expect("a folder");
    let mail = String::from_utf8(mail.expect("a mail")).expect("a text");
    assert!(mail.contains("Ada Byron: 3"), "{mail}");
    assert!(mail.contains("Subject: Engineers"), "{mail}");
    assert!(!mail.contains("all@example.org"), "{mail}");
    body["application_group_id"] = "nowhere".into();
    app.post(URL, body).await.refused(404);
    app.post(URL, json!({})).await.refused(400);
}
