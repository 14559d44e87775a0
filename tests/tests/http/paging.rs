//! Pages: stable, complete, and keys that fit only where they come from.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::TestApp;
use tests::records::{a_contact, record, with};

async fn with_contacts(count: usize) -> TestApp {
    let app = TestApp::start().await;
    let context = tests::import();
    let changes: Vec<_> = (0..count)
        .map(|n| record(with(a_contact(), json!({ "id": format!("c-{n}") }))))
        .map(|contact| {
            app.store
                .change::<model::resources::Contacts>(&context, None, contact)
                .expect("a sound answer")
        })
        .collect();
    assert!(
        app.store
            .write_all(&changes)
            .await
            .iter()
            .all(Result::is_ok)
    );
    app
}

async fn walk(app: &TestApp, base: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut key = String::new();
    loop {
        let answer = app
            .get(&format!("{base}?fields=id&exclusiveStartKey={key}"))
            .await;
        let next = answer.headers.get("x-last-evaluated-key").cloned();
        let ids = answer
            .ok()
            .as_array()
            .expect("a sound answer")
            .iter()
            .map(|item| item["id"].as_str().expect("a sound answer").to_owned())
            .collect();
        pages.push(ids);
        match next {
            Some(next) => key = next,
            None => return pages,
        }
    }
}

#[tokio::test]
async fn a_walk_meets_every_record_once_in_a_stable_order() {
    let app = with_contacts(230).await;
    let pages = walk(&app, "/contacts/acme").await;
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [100, 100, 30]);
    let ids: BTreeSet<&String> = pages.iter().flatten().collect();
    assert_eq!(ids.len(), 230);
    assert_eq!(walk(&app, "/contacts/acme").await, pages);
}

#[tokio::test]
async fn a_key_from_elsewhere_is_refused() {
    let app = with_contacts(101).await;
    let key = app.get("/contacts/acme").await.headers["x-last-evaluated-key"].clone();
    let expected = "/exclusiveStartKey is not a key that this query has answered with";
    for url in [
        format!("/organizations/acme?exclusiveStartKey={key}"),
        format!("/memberships/acme/parentMembership/organization:o?exclusiveStartKey={key}"),
        format!("/contacts/acme?exclusiveStartKey={key}x"),
        "/contacts/acme?exclusiveStartKey=nonsense".to_owned(),
        "/contacts/acme?exclusiveStartKey=ä%00".to_owned(),
    ] {
        assert_eq!(app.get(&url).await.refused_for(400), expected, "{url}");
    }
}

#[tokio::test]
async fn an_empty_list_is_its_last_page() {
    let app = TestApp::start().await;
    let answer = app.get("/contacts/acme").await;
    assert!(!answer.headers.contains_key("x-last-evaluated-key"));
    assert_eq!(answer.ok(), json!([]));
    let children = app
        .get("/memberships/acme/parentMembership/organization:o")
        .await
        .ok();
    assert_eq!(
        children,
        json!({ "Count": 0, "Items": [], "LastEvaluatedKey": Value::Null })
    );
}

#[tokio::test]
async fn a_page_of_large_records_ends_early() {
    let app = TestApp::start().await;
    for n in 0..16 {
        let body = json!({ "name": n.to_string(), "customer_type": "contact", "flowdown_options": { "a": "x".repeat(300_000) } });
        app.post("/types/acme", body).await.ok();
    }
    let answer = app.get("/types/acme").await;
    assert!(answer.headers.contains_key("x-last-evaluated-key"));
    assert!(answer.body.to_string().len() < 4_500_000);
    let pages = walk(&app, "/types/acme").await;
    assert_eq!(pages.iter().flatten().count(), 16);
}
