//! Who may call what. The authorizer identifies; the function decides.

use serde_json::{Value, json};
use tests::records::{a_contact, a_membership, a_type, record};
use tests::{Call, TestApp};

/// The one that a member's own token opens.
const PORTAL: (&str, &str, &str) = (
    "GET",
    "/memberships/acme/portal/contact/c-1/contact:c-1",
    "read",
);

/// Every operation: method, path, and the scope it needs.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("POST", "/memberships/acme", "write"),
    ("POST", "/memberships/acme/batch", "write"),
    ("GET", "/memberships/acme/contact/c-1", "read"),
    ("GET", "/memberships/acme/organization/o-1", "read"),
    (
        "GET",
        "/memberships/acme/parentMembership/organization:o-1",
        "read",
    ),
    ("GET", "/memberships/acme/chapter/a", "read"),
    ("GET", "/memberships/acme/section/a", "read"),
    ("GET", "/memberships/acme/order/o-1", "read"),
    PORTAL,
    ("POST", "/memberships/acme/previewEmail", "write"),
    (
        "POST",
        "/memberships/acme/expirationDateCalculation/2026-01-01",
        "read",
    ),
    ("GET", "/memberships/acme/contact:c-1", "read"),
    ("PUT", "/memberships/acme/contact:c-1", "write"),
    ("PATCH", "/memberships/acme/contact:c-1", "write"),
    ("DELETE", "/memberships/acme/contact:c-1", "write"),
    ("POST", "/applications/acme", "write"),
    ("POST", "/applications/acme/search", "read"),
    ("GET", "/applications/acme/contact/c-1", "read"),
    ("GET", "/applications/acme/organization/o-1", "read"),
    ("GET", "/applications/acme/a-1", "read"),
    ("PUT", "/applications/acme/a-1", "write"),
    ("PATCH", "/applications/acme/a-1", "write"),
    ("DELETE", "/applications/acme/a-1", "write"),
    ("GET", "/billingNotices/acme", "read"),
    ("POST", "/billingNotices/acme", "write"),
    ("POST", "/billingNotices/acme/batch", "write"),
    ("POST", "/billingNotices/acme/previewEmail", "write"),
    ("GET", "/billingNotices/acme/n-1", "read"),
    ("PUT", "/billingNotices/acme/n-1", "write"),
    ("PATCH", "/billingNotices/acme/n-1", "write"),
    ("DELETE", "/billingNotices/acme/n-1", "write"),
    ("POST", "/billingRunActions/acme/batch", "billing"),
    ("GET", "/billingRunActions/acme/billingRun/run-1", "read"),
    (
        "GET",
        "/billingRunActions/acme/membership/contact:c-1",
        "read",
    ),
    ("GET", "/billingRunActions/acme/a-1", "read"),
    ("PUT", "/billingRunActions/acme/a-1", "billing"),
    ("PATCH", "/billingRunActions/acme/a-1", "billing"),
    ("GET", "/types/acme", "read"),
    ("POST", "/types/acme", "write"),
    ("POST", "/types/acme/batch", "write"),
    ("GET", "/types/acme/t-1", "read"),
    ("PUT", "/types/acme/t-1", "write"),
    ("PATCH", "/types/acme/t-1", "write"),
    ("DELETE", "/types/acme/t-1", "write"),
    ("GET", "/packages/acme", "read"),
    ("POST", "/packages/acme", "write"),
    ("POST", "/packages/acme/batch", "write"),
    ("GET", "/packages/acme/p-1", "read"),
    ("PUT", "/packages/acme/p-1", "write"),
    ("PATCH", "/packages/acme/p-1", "write"),
    ("DELETE", "/packages/acme/p-1", "write"),
    ("GET", "/statusReasons/acme", "read"),
    ("POST", "/statusReasons/acme", "write"),
    ("POST", "/statusReasons/acme/batch", "write"),
    ("GET", "/statusReasons/acme/r-1", "read"),
    ("PUT", "/statusReasons/acme/r-1", "write"),
    ("PATCH", "/statusReasons/acme/r-1", "write"),
    ("DELETE", "/statusReasons/acme/r-1", "write"),
    ("GET", "/contacts/acme", "read"),
    ("POST", "/contacts/acme/batch", "write"),
    ("GET", "/contacts/acme/c-1", "read"),
    ("PUT", "/contacts/acme/c-1", "write"),
    ("PATCH", "/contacts/acme/c-1", "write"),
    ("DELETE", "/contacts/acme/c-1", "write"),
    ("GET", "/organizations/acme", "read"),
    ("POST", "/organizations/acme/batch", "write"),
    ("GET", "/organizations/acme/o-1", "read"),
    ("PUT", "/organizations/acme/o-1", "write"),
    ("PATCH", "/organizations/acme/o-1", "write"),
    ("DELETE", "/organizations/acme/o-1", "write"),
    ("GET", "/settings/acme", "read"),
    ("POST", "/settings/acme", "admin"),
    ("PUT", "/settings/acme", "admin"),
    ("PATCH", "/settings/acme", "admin"),
    ("DELETE", "/settings/acme", "admin"),
];

fn call(method: &'static str, path: &str) -> Call {
    Call::raw_path(method, path).raw_body("{}")
}

#[tokio::test]
async fn nobody_is_let_in_without_credentials() {
    let app = TestApp::start().await;
    for (method, path, _) in OPERATIONS {
        let answer = app.send(call(method, path).without_credentials()).await;
        assert_eq!(answer.body["code"], "unauthenticated", "{method} {path}");
        answer.refused(401);
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let app = TestApp::start().await;
    for (method, path, _) in OPERATIONS {
        let answer = app
            .send(call(method, path).of_tenant("other").scopes("admin"))
            .await;
        assert_eq!(
            answer.body["message"], "this token is not for tenant acme",
            "{method} {path}"
        );
        answer.refused(403);
    }
}

#[tokio::test]
async fn each_operation_needs_its_scope_or_admin() {
    let app = TestApp::start().await;
    for (method, path, needed) in OPERATIONS {
        let others = ["read", "write", "billing"]
            .into_iter()
            .filter(|scope| scope != needed);
        for scopes in others.chain(["", "nonsense"]) {
            let answer = app.send(call(method, path).scopes(scopes)).await;
            let expected = format!("this needs the scope {needed}");
            assert_eq!(
                answer.body["message"], expected,
                "{method} {path} with {scopes}"
            );
            answer.refused(403);
        }
        for scopes in [*needed, "admin"] {
            let answer = app.send(call(method, path).scopes(scopes)).await;
            assert!(
                matches!(answer.status, 200 | 400 | 404 | 409),
                "{method} {path}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_members_token_opens_the_portal_only() {
    let app = TestApp::start().await;
    let (method, path, _) = PORTAL;
    let own = call(method, path).by_contact("c-1").scopes("");
    app.send(own).await.refused(404);
    let others = OPERATIONS.iter().filter(|operation| **operation != PORTAL);
    for (method, path, _) in others {
        let answer = app
            .send(call(method, path).by_contact("c-1").scopes("admin"))
            .await;
        assert!(
            answer.body["message"]
                .as_str()
                .unwrap()
                .contains("member's token"),
            "{method} {path}"
        );
        answer.refused(403);
    }
}

#[tokio::test]
async fn a_tenant_that_is_none_is_refused() {
    let app = TestApp::start().await;
    for tenant in ["ACME", "a#b", "a b", "-a"] {
        let refused = app.get(&format!("/types/{tenant}")).await.refused_for(400);
        assert_eq!(
            refused, "/tenantId must match ^[a-z0-9][a-z0-9-]{0,62}$",
            "{tenant}"
        );
    }
}

#[tokio::test]
async fn tenants_see_nothing_of_each_other() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let other = |url: &str| Call::get(&url.replace("acme", "acme2")).of_tenant("acme2");
    for url in [
        "/memberships/acme/contact:c-1",
        "/contacts/acme/c-1",
        "/types/acme/t-1",
    ] {
        app.send(other(url)).await.refused(404);
    }
    assert_eq!(app.send(other("/types/acme")).await.ok(), json!([]));
    let body = a_membership();
    let call = Call::post("/memberships/acme2", body).of_tenant("acme2");
    assert_eq!(app.send(call).await.refused(409).len(), 3);
    let store = app.store_of("acme2");
    let found = store
        .get::<model::resources::Contacts>("c-1")
        .await
        .unwrap();
    assert_eq!(found, None, "{:?}", record(a_contact()));
}

#[tokio::test]
async fn every_answer_names_its_request_and_allows_other_origins() {
    let app = TestApp::start().await;
    let good = app.post("/types/acme", a_type()).await;
    let bad = app.post("/types/acme", Value::Null).await;
    for answer in [good, bad, app.get("/nowhere").await] {
        assert_eq!(answer.headers["x-request-id"], "request-1");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
    }
}
