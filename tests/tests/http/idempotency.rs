//! `Idempotency-Key`: a POST that is sent again is not carried out again.

use jiff::Timestamp;
use model::json::same;
use model::resources::Types;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Document, DocumentKey};
use tests::records::{a_membership, a_package, a_type, with};
use tests::{Answer, Call, TestApp};

const NOTICES: &str = "/billingNotices/acme";

fn notice(name: &str) -> Value {
    json!({ "name": name })
}

async fn send(app: &TestApp, path: &str, key: &str, body: Value) -> Answer {
    app.send(Call::post(path, body).header("idempotency-key", key))
        .await
}

async fn count(app: &TestApp) -> usize {
    let listed = app.get(NOTICES).await.ok();
    listed.as_array().expect("a list").len()
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.contains_key("idempotency-replayed")
}

#[tokio::test]
async fn a_record_is_made_once_and_answered_as_it_is() {
    let app = TestApp::start().await;
    let first = send(&app, NOTICES, "k-1", notice("A")).await;
    assert!(!is_replayed(&first));
    let made = first.ok();
    let again = send(&app, NOTICES, "k-1", notice("A")).await;
    assert!(is_replayed(&again));
    assert_eq!(again.headers["etag"], "\"1\"");
    assert_eq!(again.ok(), made);
    assert_eq!(count(&app).await, 1);
    send(&app, NOTICES, "k-2", notice("A")).await.ok();
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn another_body_or_path_under_the_same_key_is_refused() {
    let app = TestApp::start().await;
    send(&app, NOTICES, "k-1", notice("A")).await.ok();
    for (path, body) in [(NOTICES, notice("B")), ("/types/acme", notice("A"))] {
        let refused = send(&app, path, "k-1", body).await.refused_for(409);
        assert_eq!(
            refused,
            "Idempotency-Key was used for another request: choose a new one"
        );
    }
}

#[tokio::test]
async fn a_body_written_anew_is_the_same_request() {
    let app = TestApp::start().await;
    let post = |body: &str| {
        let call = Call::post("/packages/acme", Value::Null).raw_body(body);
        app.send(call.header("idempotency-key", "k-1"))
    };
    let first = r#"{"name":"A","business_unit_id":"b","price":12.50}"#;
    let anew = r#"{ "price": 1.25e1, "business_unit_id": "b", "name": "A" }"#;
    let other = r#"{"name":"A","business_unit_id":"b","price":12.51}"#;
    let made = post(first).await.ok();
    let again = post(anew).await;
    assert!(is_replayed(&again));
    assert!(same(&again.ok(), &made));
    post(other).await.refused(409);
}

#[tokio::test]
async fn a_key_is_the_callers_own() {
    let app = TestApp::start().await;
    send(&app, NOTICES, "k-1", notice("A")).await.ok();
    let by_another = Call::post(NOTICES, notice("B"))
        .header("idempotency-key", "k-1")
        .by_user("user-2");
    assert!(!is_replayed(&app.send(by_another).await));
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn a_validation_error_is_answered_again() {
    let app = TestApp::start().await;
    let refused = send(&app, NOTICES, "k-1", json!({})).await.refused_for(400);
    let again = send(&app, NOTICES, "k-1", json!({})).await;
    assert!(is_replayed(&again));
    assert_eq!(again.refused_for(400), refused);
}

#[tokio::test]
async fn what_may_come_out_otherwise_is_tried_anew() {
    let app = TestApp::start().await;
    let package = with(a_package(), json!({ "membership_type_id": "t-1" }));
    send(&app, "/packages/acme", "k-1", package.clone())
        .await
        .refused(409);
    app.seed::<Types>(with(a_type(), json!({ "id": "t-1" })))
        .await;
    let made = send(&app, "/packages/acme", "k-1", package).await;
    assert!(!is_replayed(&made));
    made.ok();
}

#[tokio::test]
async fn a_batch_is_carried_out_once() {
    let app = TestApp::start().await;
    let operations = json!({ "operations": [
        { "operation": "create", "object": notice("A") },
        { "operation": "create", "object": notice("B") },
        { "operation": "create", "object": {} },
    ]});
    let mut first = send(&app, &format!("{NOTICES}/batch"), "k-1", operations.clone())
        .await
        .ok();
    let again = send(&app, &format!("{NOTICES}/batch"), "k-1", operations).await;
    assert!(is_replayed(&again));
    assert_eq!(count(&app).await, 2);
    // The records themselves are not kept.
    for result in first["results"].as_array_mut().unwrap() {
        result.as_object_mut().unwrap().remove("object");
    }
    assert_eq!(again.ok(), first);
}

#[tokio::test]
async fn of_two_at_once_one_is_carried_out() {
    let app = TestApp::start().await;
    let calls = (0..8).map(|_| send(&app, NOTICES, "k-1", notice("A")));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 200 | 409))
    );
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_key_has_a_length() {
    let app = TestApp::start().await;
    for key in [String::new(), "k".repeat(201)] {
        let refused = send(&app, NOTICES, &key, notice("A"))
            .await
            .refused_for(400);
        assert_eq!(
            refused,
            "Idempotency-Key must have 1 to 200 visible ASCII characters"
        );
    }
    send(&app, NOTICES, &"k".repeat(200), notice("A"))
        .await
        .ok();
}

#[tokio::test]
async fn who_may_not_call_is_told_nothing_of_an_earlier_answer() {
    let app = TestApp::start().await;
    send(&app, NOTICES, "k-1", notice("A")).await.ok();
    let call = || Call::post(NOTICES, notice("A")).header("idempotency-key", "k-1");
    app.send(call().scopes("read")).await.refused(403);
    app.send(call().of_tenant("other")).await.refused(403);
    app.send(call().without_credentials()).await.refused(401);
}

/// What stands in the ledger for a key.
#[derive(Clone, Serialize, Deserialize)]
struct Standing {
    user: String,
    key: String,
    fingerprint: String,
    leased_until: Timestamp,
    expires_at: Timestamp,
}

impl Document for Standing {
    const WHAT: &'static str = "request";
    fn key(&self) -> DocumentKey {
        web::idempotency::document_key(&self.user, &self.key)
    }
}

/// Changes what stands for the key: `answer` is left out, as a function that
/// ended before it could note its answer leaves it.
async fn cut_off(app: &TestApp, change: impl Fn(&mut Standing)) {
    let key = web::idempotency::document_key("user-1", "k-1");
    let found = app
        .store
        .document::<Standing>(&key)
        .await
        .expect("a read")
        .expect("a claim");
    let mut standing = found.value.clone();
    change(&mut standing);
    let put = app.store.put(&found.with(standing)).await;
    put.expect("a write").expect("no other writer");
}

#[tokio::test]
async fn a_request_that_was_cut_off_is_finished_by_sending_it_again() {
    let app = TestApp::start().await;
    let made = send(&app, NOTICES, "k-1", notice("A")).await.ok();
    cut_off(&app, |_| {}).await;
    let refused = send(&app, NOTICES, "k-1", notice("A"))
        .await
        .refused_for(409);
    assert!(refused.contains("still under way"), "{refused}");
    cut_off(&app, |standing| standing.leased_until = Timestamp::now()).await;
    let again = send(&app, NOTICES, "k-1", notice("A")).await;
    assert!(!is_replayed(&again));
    assert_eq!(again.ok()["id"], made["id"]);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_key_may_be_used_anew_the_day_after() {
    let app = TestApp::start().await;
    send(&app, NOTICES, "k-1", notice("A")).await.ok();
    cut_off(&app, |standing| standing.expires_at = Timestamp::now()).await;
    send(&app, NOTICES, "k-1", notice("B")).await.ok();
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn a_membership_of_an_owner_is_made_once_too() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let body = a_membership();
    let made = send(&app, "/memberships/acme", "k-1", body.clone())
        .await
        .ok();
    assert_eq!(
        send(&app, "/memberships/acme", "k-1", body).await.ok(),
        made
    );
}

#[tokio::test]
async fn a_replay_says_that_its_record_has_been_deleted() {
    let app = TestApp::start().await;
    let made = send(&app, NOTICES, "k-1", notice("A")).await.ok();
    let id = made["id"].as_str().expect("an id");
    app.delete(&format!("{NOTICES}/{id}")).await.ok();
    let again = send(&app, NOTICES, "k-1", notice("A")).await;
    assert!(is_replayed(&again));
    assert_eq!(
        again.refused_for(409),
        format!(
            "Idempotency-Key is of a request that created BillingNotice {id}, which has been deleted since: to create another, choose a new key"
        )
    );
    assert_eq!(count(&app).await, 0);
}
