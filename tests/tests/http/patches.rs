//! PATCH: RFC 6902, whole or not at all.

use serde_json::{Value, json};
use tests::TestApp;

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_contact("c-1").await;
    app
}

const URL: &str = "/contacts/acme/c-1";

#[tokio::test]
async fn every_operation_of_the_standard() {
    let app = app().await;
    let patch = json!([
        { "op": "test", "path": "/name", "value": "Ada Byron" },
        { "op": "copy", "from": "/address/city", "path": "/address/county" },
        { "op": "move", "from": "/job_title", "path": "/address/line1" },
        { "op": "replace", "path": "/name", "value": "A. B." },
        { "op": "remove", "path": "/last_name" },
        { "op": "add", "path": "/contact_role_ids", "value": ["x"] },
        { "op": "add", "path": "/contact_role_ids/-", "value": "y" },
    ]);
    let after = app.patch(URL, patch).await.ok();
    assert_eq!(after["name"], "A. B.");
    assert_eq!(
        after["address"],
        json!({ "city": "London", "state": "LDN", "country": "GB", "county": "London", "line1": "Analyst" })
    );
    assert_eq!(after["contact_role_ids"], json!(["x", "y"]));
    assert_eq!(
        (after.get("last_name"), after.get("job_title")),
        (None, None)
    );
    assert_eq!(after["sys_version"], 2);
}

#[tokio::test]
async fn a_patch_that_fails_anywhere_changes_nothing() {
    let app = app().await;
    let before = app.get(URL).await.ok();
    let first = json!({ "op": "replace", "path": "/name", "value": "X" });
    let cases = [
        (
            json!({ "op": "test", "path": "/first_name", "value": "Bob" }),
            "/1 test failed: /first_name has another value",
        ),
        (
            json!({ "op": "remove", "path": "/nothing" }),
            "/1 /nothing cannot be applied: path is invalid",
        ),
        (
            json!({ "op": "add", "path": "/a/b/c", "value": 1 }),
            "/1 /a/b/c cannot be applied: path is invalid",
        ),
        (
            json!({ "op": "add", "path": "/nonsense", "value": 1 }),
            "/nonsense is not a field of Contact",
        ),
        (
            json!({ "op": "replace", "path": "/email_address", "value": 7 }),
            "/email_address must be a string",
        ),
    ];
    for (second, expected) in cases {
        let answer = app.patch(URL, json!([first, second])).await;
        assert_eq!(answer.refused_for(400), expected);
    }
    assert_eq!(app.get(URL).await.ok(), before);
}

#[tokio::test]
async fn what_is_no_patch_is_refused_by_place() {
    let app = app().await;
    for (body, place) in [
        (json!({}), ""),
        (json!("x"), ""),
        (json!([1]), "/0"),
        (json!([{ "op": "fly", "path": "/a" }]), "/0"),
        (json!([{ "op": "add", "path": "/a" }]), "/0/value"),
        (
            json!([{ "op": "add", "path": "no slash", "value": 1 }]),
            "/0",
        ),
        (
            Value::Array(vec![
                json!({ "op": "test", "path": "/id", "value": "c-1" });
                1_001
            ]),
            "",
        ),
    ] {
        let problems = app.patch(URL, body.clone()).await.refused(400);
        assert_eq!(problems[0].0, place, "{body}");
    }
}

#[tokio::test]
async fn the_whole_record_cannot_become_something_else() {
    let app = app().await;
    for value in [json!(null), json!([]), json!("x")] {
        app.patch(
            URL,
            json!([{ "op": "replace", "path": "", "value": value }]),
        )
        .await
        .refused(400);
    }
    let refused = app
        .patch(
            URL,
            json!([{ "op": "replace", "path": "/id", "value": "c-2" }]),
        )
        .await;
    assert_eq!(refused.refused_for(400), "/id must be the id in the path");
}

#[tokio::test]
async fn growth_ends_before_memory_does() {
    let app = app().await;
    let mut patch =
        vec![json!({ "op": "add", "path": "/contact_role_ids", "value": ["x".repeat(200)] })];
    patch.extend((0..40).map(
        |_| json!({ "op": "copy", "from": "/contact_role_ids", "path": "/contact_role_ids/0" }),
    ));
    let problems = app.patch(URL, Value::Array(patch)).await.refused(400);
    assert!(
        problems[0].1.contains("larger than 350000 bytes"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn nothing_to_do_is_a_write_all_the_same() {
    let app = app().await;
    assert_eq!(app.patch(URL, json!([])).await.ok()["sys_version"], 2);
}

#[tokio::test]
async fn many_patches_at_once_are_all_kept() {
    let app = app().await;
    app.patch(
        URL,
        json!([{ "op": "add", "path": "/contact_role_ids", "value": [] }]),
    )
    .await
    .ok();
    let patches = (0..4).map(|n| {
        app.patch(
            URL,
            json!([{ "op": "add", "path": "/contact_role_ids/-", "value": n.to_string() }]),
        )
    });
    for answer in futures::future::join_all(patches).await {
        answer.ok();
    }
    let after = app.get(URL).await.ok();
    assert_eq!(after["contact_role_ids"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_record_that_is_not_there_is_not_found() {
    let app = app().await;
    let answer = app.patch("/contacts/acme/c-2", json!([])).await;
    assert_eq!(answer.body["message"], "Contact c-2 does not exist");
    answer.refused(404);
}
