//! Deleting a run: claimed first, then its actions by pages, then the run.

use crate::support::{run_path, set_status};
use billing::deletion;
use futures::join;
use model::Record;
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::of_run;
use model::resources::{BillingRunActions, BillingRuns};
use serde_json::json;
use std::sync::Arc;
use store::Change;
use tests::meter::Meter;
use tests::records::{an_action, record};
use tests::{TENANT, TestApp, import};

const RUN: &str = "run-1";
const REFUSED: &str = "/id the billing run is being deleted";
/// The scheduler leaves a run alone that was claimed then.
const LATER: &str = "2100-01-01T00:00:00.000Z";
/// The scheduler looks after a run that was claimed then.
const LONG_AGO: &str = "2020-01-01T00:00:00.000Z";

/// A planned run of so many actions.
async fn planned(app: &TestApp, actions: usize) -> Record {
    let run = app.seed_run(json!({})).await;
    let insert = |n: usize| {
        let action = record(an_action(&format!("contact:c-{n}")));
        let change = app
            .store
            .change::<BillingRunActions>(&import(), None, action);
        change.expect("a sound action")
    };
    let changes: Vec<Change> = (0..actions).map(insert).collect();
    let written = app.store.write_all(&changes).await;
    assert!(written.iter().all(Result::is_ok));
    run
}

/// The same, claimed for its deletion at this moment.
async fn claimed(app: &TestApp, actions: usize, since: &str) {
    let run = planned(app, actions).await;
    let claim = deletion::claim(&app.store, &import(), &run).await;
    claim.expect("the claim");
    let since = json!({ "_deleting_since": since });
    app.set::<BillingRuns>(RUN, since).await;
}

async fn actions(app: &TestApp) -> Vec<Record> {
    let query = of_run(RUN, 0..SHARDS).consistent();
    app.store
        .query_all::<BillingRunActions>(&query)
        .await
        .expect("actions")
}

async fn is_gone(app: &TestApp) -> bool {
    let run = app.store.get_consistent::<BillingRuns>(RUN).await;
    run.expect("the store answers").is_none() && actions(app).await.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_is_refused_has_deleted_nothing() {
    for round in 0..6 {
        let app = TestApp::start().await;
        planned(&app, 40).await;
        let rename = json!([{ "op": "replace", "path": "/name", "value": "New" }]);
        let path = run_path(RUN);
        let (deleted, renamed) = join!(app.delete(&path), app.patch(&path, rename));
        assert!(
            [200, 404, 409].contains(&renamed.status),
            "{}",
            renamed.body
        );
        if deleted.status != 200 {
            assert_eq!(deleted.status, 409, "round {round}: {}", deleted.body);
            assert_eq!(actions(&app).await.len(), 40, "round {round}");
            assert_eq!(app.delete(&path).await.ok(), json!(RUN));
        }
        assert!(is_gone(&app).await, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_run_changes_while_it_is_deleted() {
    let app = TestApp::start().await;
    app.seed_notice("n-1").await;
    claimed(&app, 3, LATER).await;
    let path = run_path(RUN);
    let shown = app.run(RUN).await;
    assert_eq!(
        (&shown["status"], &shown["error"]),
        (
            &json!("cancelled"),
            &json!("the billing run is being deleted")
        )
    );
    let refresh = format!("/billingRuns/{TENANT}/refresh/{RUN}");
    assert_eq!(
        app.post(&refresh, json!({})).await.refused_for(409),
        REFUSED
    );
    for status in [
        "running",
        "scheduled for execution",
        "draft",
        "ready for execution",
    ] {
        assert_eq!(
            set_status(&app, RUN, status).await.refused_for(409),
            REFUSED
        );
    }
    let rename = json!([{ "op": "replace", "path": "/name", "value": "New" }]);
    assert_eq!(app.patch(&path, rename).await.refused_for(409), REFUSED);
    assert_eq!(
        app.put(&path, shown.clone()).await.refused_for(409),
        REFUSED
    );
    let action = &actions(&app).await[0];
    let of_action = format!("/billingRunActions/{TENANT}/{}", action.text(ID_FIELD));
    for (field, value) in [("status", "excluded"), ("success_notice_id", "n-1")] {
        let patch = json!([{ "op": "add", "path": format!("/{field}"), "value": value }]);
        assert_eq!(
            app.patch(&of_action, patch).await.refused_for(409),
            REFUSED,
            "{field}"
        );
    }
    assert_eq!(actions(&app).await.len(), 3);
    assert_eq!(app.delete(&path).await.ok(), json!(RUN));
    assert!(is_gone(&app).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_request_has_left_is_deleted_by_asking_again() {
    let app = TestApp::start().await;
    claimed(&app, 40, LATER).await;
    deletion::go_on(&app.store, RUN, 10).await.expect("a part");
    assert_eq!(actions(&app).await.len(), 30);
    billing::schedule::tick(&app.core.billing)
        .await
        .expect("a look");
    assert_eq!(actions(&app).await.len(), 30, "its request is at work");
    assert_eq!(app.delete(&run_path(RUN)).await.ok(), json!(RUN));
    assert!(is_gone(&app).await);
    app.delete(&run_path(RUN)).await.refused(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_request_has_left_is_deleted_by_the_scheduler() {
    let app = TestApp::start().await;
    claimed(&app, 40, LATER).await;
    deletion::go_on(&app.store, RUN, 10).await.expect("a part");
    app.set::<BillingRuns>(RUN, json!({ "_deleting_since": LONG_AGO }))
        .await;
    billing::schedule::tick(&app.core.billing)
        .await
        .expect("a look");
    assert!(is_gone(&app).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_takes_a_request_for_twenty_five_actions_and_one_for_each_shard() {
    const ACTIONS: u64 = 2_000;
    let mut app = TestApp::start().await;
    planned(&app, ACTIONS as usize).await;
    let meter = Meter::default();
    app.watch_functions(Arc::new(meter.clone()));
    assert_eq!(app.delete(&run_path(RUN)).await.ok(), json!(RUN));
    let used = meter.take();
    assert!(is_gone(&app).await);
    // Pages of a thousand, each of which may end inside a shard.
    let pages = ACTIONS / 1_000;
    assert_eq!(used.requests["BatchWriteItem"], ACTIONS / 25, "{used:?}");
    assert!(
        used.requests["Query"] <= u64::from(SHARDS) + pages,
        "{used:?}"
    );
    // The run: read by the request, claimed, read again, deleted.
    let of_run = used.requests() - used.requests["BatchWriteItem"] - used.requests["Query"];
    assert!(of_run <= 6, "{used:?}");
}
