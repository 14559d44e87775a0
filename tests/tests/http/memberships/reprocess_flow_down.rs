//! `POST …/reprocessFlowDown`

use jiff::Timestamp;
use lifecycle::jobs::{Job, Kind, State};
use serde_json::json;
use store::Versioned;
use tests::TestApp;

const PATH: &str = "/memberships/acme/reprocessFlowDown";

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_answered_by_its_id_and_tells_of_its_end() {
    let app = TestApp::with_catalogue().await;
    let asked = json!({ "notification_email": "staff@example.org" });
    let id = app.post(PATH, asked).await.ok();
    let id = id.as_str().expect("a string");
    let job = app.ended_job(Kind::Flowdown, id).await;
    assert_eq!((job.state, job.problems), (State::Completed, vec![]));
    assert_eq!(app.mails(), ["Reprocessing of flowdown has ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_to_be_told() {
    let app = TestApp::with_catalogue().await;
    let id = app.post(PATH, json!({})).await.ok();
    app.ended_job(Kind::Flowdown, id.as_str().expect("a string"))
        .await;
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn while_one_is_under_way_the_same_is_answered() {
    let app = TestApp::with_catalogue().await;
    let asked = json!({ "notification_email": "staff@example.org" });
    app.is_asked_once(PATH, asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_claimed_and_never_started_is_started() {
    let app = TestApp::with_catalogue().await;
    let claimed = Job {
        id: "flowdown-1".into(),
        kind: Kind::Flowdown,
        state: State::Running,
        notification_email: None,
        asked_by: "staff".into(),
        started_at: Timestamp::now(),
        problems: vec![],
    };
    let put = app.store.put(&Versioned::new(claimed)).await;
    put.expect("the store answers").expect("the first");
    let id = app.post(PATH, json!({})).await.ok();
    assert_eq!(id, "flowdown-1");
    let job = app.ended_job(Kind::Flowdown, "flowdown-1").await;
    assert_eq!(job.state, State::Completed);
    let next = app.post(PATH, json!({})).await.ok();
    assert_ne!(next, "flowdown-1");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let app = TestApp::with_catalogue().await;
    let asked = json!({ "notification_email": "nobody" });
    let refused = app.post(PATH, asked).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.refused_fields(), ["/notification_email"]);
    let job = lifecycle::jobs::newest(&app.store, Kind::Flowdown).await;
    assert_eq!(job.expect("the store answers"), None);
}
