//! `/billingNotices`

use serde_json::json;
use tests::TestApp;
use tests::records::{a_notice, with};

#[tokio::test]
async fn a_whole_life() {
    let app = TestApp::start().await;
    let made = app.post("/billingNotices/acme", a_notice()).await.ok();
    let url = format!("/billingNotices/acme/{}", made["id"].as_str().unwrap());
    assert_eq!(app.get(&url).await.ok(), made);
    assert_eq!(app.get("/billingNotices/acme").await.ok(), json!([made]));
    let replaced = app
        .put(&url, with(made, json!({ "name": "Second" })))
        .await
        .ok();
    assert_eq!(
        (&replaced["name"], &replaced["sys_version"]),
        (&json!("Second"), &json!(2))
    );
    let patch = json!([{ "op": "replace", "path": "/is_active", "value": false }]);
    assert_eq!(app.patch(&url, patch).await.ok()["is_active"], false);
    app.delete(&url).await.ok();
    app.get(&url).await.refused(404);
    assert_eq!(app.get("/billingNotices/acme").await.ok(), json!([]));
}

#[tokio::test]
async fn a_template_that_cannot_be_rendered_is_refused_by_place() {
    let app = TestApp::start().await;
    let email = json!({ "subject": "{{ oh", "body": "<p>{% if %}</p>", "cc": "nobody" });
    let broken = with(a_notice(), json!({ "email": email }));
    let problems = app.post("/billingNotices/acme", broken).await.refused(400);
    let mut places: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["/email/body", "/email/cc", "/email/subject"]);
    let made = app.post("/billingNotices/acme", a_notice()).await.ok();
    let url = format!("/billingNotices/acme/{}", made["id"].as_str().unwrap());
    let patch = json!([{ "op": "replace", "path": "/email/body", "value": "{{ contact.name " }]);
    let problems = app.patch(&url, patch).await.refused(400);
    assert_eq!(problems[0].0, "/email/body");
    assert_eq!(app.get(&url).await.ok(), made);
}

#[tokio::test]
async fn wrong_parts_of_an_email_are_named() {
    let app = TestApp::start().await;
    let body = json!({ "name": " ", "email": { "subject": 7, "colour": "red" }, "contact_role_ids": ["a", 1] });
    let problems = app.post("/billingNotices/acme", body).await.refused(400);
    let places: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
    for place in [
        "/name",
        "/email/subject",
        "/email/colour",
        "/contact_role_ids/1",
    ] {
        assert!(places.contains(&place), "{place}: {problems:?}");
    }
}
