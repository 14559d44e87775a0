//! Paths: what is no operation, and ids that hold what separates paths.

use tests::{Call, TestApp};

#[tokio::test]
async fn what_is_no_operation_is_not_found() {
    let app = TestApp::start().await;
    let paths = [
        ("GET", "/"),
        ("GET", "/nowhere/acme"),
        ("GET", "/memberships"),
        ("GET", "/memberships/acme"),
        ("GET", "/memberships/acme/"),
        ("GET", "/memberships/acme/contact/c-1/more"),
        ("POST", "/memberships/acme/contact:c-1"),
        ("GET", "/applications/acme"),
        ("POST", "/applications/acme/batch"),
        (
            "POST",
            "/applications/acme/generateApplication/p-1/contact/c-1/more",
        ),
        ("POST", "/billingRunActions/acme"),
        ("DELETE", "/billingRunActions/acme/a-1"),
        ("DELETE", "/types/acme"),
        ("GET", "/settings/acme/settings"),
    ];
    for (method, path) in paths {
        let answer = app.send(Call::raw_path(method, path)).await;
        assert_eq!(answer.body["code"], "not_found", "{method} {path}");
        answer.refused(404);
    }
}

/// HTTP APIs deliver the path decoded, so all of these arrive as they stand.
const ODD: &[&str] = &[
    "a|b",
    "a#b",
    "a/b",
    "a?b=c",
    "a b",
    "ä",
    "%",
    "%7C",
    "%zz",
    "a%2Fb",
    "..",
    ".",
    "\u{0}",
    "\n",
    "\u{1F600}",
    "a\\b",
    "\"",
    "a+b",
    "a;b",
    "{id}",
    "*",
    "batch",
];

#[tokio::test]
async fn odd_ids_are_answers() {
    let app = TestApp::start().await;
    app.seed_run(serde_json::json!({})).await;
    let bases = [
        "/memberships/acme/",
        "/memberships/acme/contact/",
        "/memberships/acme/organization/",
        "/memberships/acme/parentMembership/",
        "/applications/acme/",
        "/applications/acme/contact/",
        "/applications/acme/organization/",
        "/billingNotices/acme/",
        "/billingRunActions/acme/",
        "/billingRunActions/acme/billingRun/",
        "/billingRunActions/acme/membership/",
        "/contacts/acme/",
        "/types/acme/",
    ];
    for base in bases {
        for id in ODD {
            let answer = app
                .send(Call::raw_path("GET", &format!("{base}{id}")))
                .await;
            assert!(
                matches!(answer.status, 200 | 404),
                "{base}{id:?}: {} {}",
                answer.status,
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn an_id_with_a_bar_is_found() {
    let app = TestApp::start().await;
    app.seed_contact("a|b").await;
    let answer = app.send(Call::raw_path("GET", "/contacts/acme/a|b")).await;
    assert_eq!(answer.ok()["id"], "a|b");
}

#[tokio::test]
async fn an_id_longer_than_any_key_is_not_found() {
    let app = TestApp::start().await;
    let long = "x".repeat(5_000);
    for base in [
        "/types/acme/",
        "/memberships/acme/contact/",
        "/billingRunActions/acme/billingRun/",
    ] {
        app.get(&format!("{base}{long}")).await.refused(404);
    }
    for base in [
        "/memberships/acme/parentMembership/",
        "/billingRunActions/acme/membership/",
    ] {
        assert_eq!(app.get(&format!("{base}{long}")).await.ok()["Count"], 0);
    }
}
