//! Who may call what. The authorizer identifies; the function decides.

use api::operations as all;
use serde_json::{Value, json};
use tests::operations::{self, name};
use tests::records::{a_contact, a_membership, a_type, record};
use tests::{Call, TestApp};
use web::Operation;

/// What a refusal with `status` says to a request for an operation that `by` has
/// changed.
async fn message(
    app: &TestApp,
    operation: &Operation,
    by: impl Fn(Call) -> Call,
    status: u16,
) -> String {
    let request = operations::call(operation, &operations::path(operation));
    let answer = app.send(by(request)).await;
    let message = answer.body["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(answer.status, status, "{} says {message}", name(operation));
    answer.refused(status);
    message
}

#[tokio::test]
async fn nobody_is_let_in_without_credentials() {
    let app = TestApp::with_catalogue().await;
    for operation in all() {
        message(&app, &operation, Call::without_credentials, 401).await;
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let app = TestApp::with_catalogue().await;
    for operation in all() {
        let others = |call: Call| call.of_tenant("other").scopes("admin");
        let message = message(&app, &operation, others, 403).await;
        let expected = "this token is not for tenant acme";
        assert_eq!(message, expected, "{}", name(&operation));
    }
}

#[tokio::test]
async fn each_operation_needs_its_scope() {
    let app = TestApp::with_catalogue().await;
    for operation in all() {
        let needed = operation.scope.to_string();
        let every_other = ["read", "write", "billing", "nonsense"]
            .into_iter()
            .filter(|scope| *scope != needed);
        let every_other = every_other.collect::<Vec<_>>().join(" ");
        for scopes in ["", &every_other] {
            let message = message(&app, &operation, |call| call.scopes(scopes), 403).await;
            let expected = format!("this needs the scope {needed}");
            assert_eq!(message, expected, "{} with {scopes}", name(&operation));
        }
    }
}

#[tokio::test]
async fn each_operation_is_open_to_its_scope_and_to_admin() {
    let app = TestApp::with_catalogue().await;
    for operation in all() {
        for scopes in [operation.scope.to_string().as_str(), "admin"] {
            let request = operations::call(&operation, &operations::path(&operation));
            let answer = app.send(request.scopes(scopes)).await;
            assert!(
                matches!(answer.status, 200 | 400 | 404 | 409),
                "{} with {scopes}: {}",
                name(&operation),
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_members_token_opens_the_portal_only() {
    let app = TestApp::with_catalogue().await;
    let (portal, others): (Vec<_>, Vec<_>) =
        all().into_iter().partition(|operation| operation.or_member);
    let names: Vec<String> = portal.iter().map(name).collect();
    assert_eq!(
        names,
        ["GET /memberships/{tenantId}/portal/contact/{portalContactId}/{id}"]
    );
    let own = |call: Call| call.by_contact("c-1").scopes("");
    message(&app, &portal[0], own, 404).await;
    for operation in others {
        let by_member = |call: Call| call.by_contact("c-1").scopes("admin");
        let message = message(&app, &operation, by_member, 403).await;
        assert!(message.contains("member's token"), "{}", name(&operation));
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
