//! An organization joins, and its people leave, while the process ends at each of its
//! calls: once the scheduler has looked, what derives is what it should be, once.

use crate::crash_point::{Counted, Crash, CrashPoint};
use futures::StreamExt;
use model::Record;
use model::resources::Memberships;
use model::resources::membership::{self as m, NUMBER_FIELD, Status};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use tests::{Call, TestApp, intercept};

/// Of the firm itself: more than are written in one transaction.
const PEOPLE: usize = 12;
/// Attempts at once.
const PARALLEL: usize = 4;
const TOP: &str = "organization:o";
/// The child organization's, and its person's.
const BELOW: [&str; 2] = ["organization:k:o", "contact:below:k"];

/// A firm whose membership is changed by a process that has this crash point: the status
/// it was told, if any, and the stack it left.
async fn changed(joins: bool, crash_point: &Arc<CrashPoint>) -> (Option<u64>, TestApp) {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.firm("k", Some("o")).await;
    app.person("below", Some("k")).await;
    for n in 0..PEOPLE {
        app.person(&format!("p{n}"), Some("o")).await;
    }
    let call = match joins {
        true => Call::post(
            "/memberships/acme",
            json!({ "owner_type": "organization", "organization_id": "o", "type_id": "firm", "package_id": "seats" }),
        ),
        false => {
            app.firm_joins("o", json!({})).await;
            let suspend = json!([{ "op": "replace", "path": "/status", "value": "suspended" }]);
            Call::patch("/memberships/acme/organization:o", suspend)
        }
    };
    let connection = intercept::over(&app.core.connection, crash_point.clone());
    let function = app.function_over(&connection, "memberships");
    let status = tokio::select! {
        () = crash_point.died() => None,
        answer = Box::pin(call.through(&function)) => answer["statusCode"].as_u64(),
    };
    (status, app)
}

async fn found(app: &TestApp, id: &str) -> Option<Record> {
    let found = app.store.get_consistent::<Memberships>(id).await;
    found.expect("the store answers")
}

async fn wrong(joins: bool, at: usize, crash: Crash) -> Vec<String> {
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, Some((at, crash))));
    let (status, app) = changed(joins, &crash_point).await;
    app.finish_flowdown(&[TOP, BELOW[0]]).await;
    let context = format!("call {at}, {crash:?}");
    let parent = found(&app, TOP).await;
    if status == Some(200) && parent.is_none() {
        return vec![format!("{context}: acknowledged and lost")];
    }
    judged(&app, parent.as_ref(), &context).await
}

/// What differs from what the organization's own membership says.
async fn judged(app: &TestApp, parent: Option<&Record>, context: &str) -> Vec<String> {
    let ids = (0..PEOPLE).map(|n| format!("contact:p{n}:o"));
    let ids: Vec<String> = ids.chain(BELOW.map(str::to_owned)).collect();
    let (mut wrong, mut numbers) = (Vec::new(), BTreeSet::new());
    for id in &ids {
        let own = found(app, id).await;
        match (parent, own) {
            (None, None) => {}
            (Some(parent), Some(own)) => {
                let status = |of: &Record| of.get(m::STATUS);
                let rows = own.get(m::HISTORY).map_or(0, |rows| rows.len());
                let expected = 1 + usize::from(status(parent) == Some(Status::Suspended));
                if status(parent) != status(&own) || rows != expected {
                    wrong.push(format!(
                        "{context}: {id} is {:?} after {rows} events",
                        status(&own)
                    ));
                }
                if own.has(m::FLOWDOWN_DUE) || !numbers.insert(own.get(NUMBER_FIELD)) {
                    wrong.push(format!("{context}: {id} is due, or has another's number"));
                }
            }
            (parent, own) => wrong.push(format!(
                "{context}: {id} is there: {}, and its parent: {}",
                own.is_some(),
                parent.is_some()
            )),
        }
    }
    wrong
}

async fn sweep(joins: bool, calls_at_least: usize) {
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, None));
    let (status, app) = changed(joins, &crash_point).await;
    assert_eq!(status, Some(200));
    let parent = found(&app, TOP).await;
    let judged = judged(&app, parent.as_ref(), "undisturbed").await;
    assert_eq!(judged, Vec::<String>::new());
    let calls = crash_point.calls();
    assert!(calls >= calls_at_least, "{calls}");
    let crashes = [Crash::BeforeCall, Crash::AfterCall, Crash::AnswerLost];
    let attempts = (1..=calls).flat_map(|at| crashes.map(|crash| wrong(joins, at, crash)));
    let found: Vec<Vec<String>> = futures::stream::iter(attempts)
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    assert_eq!(found.concat(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_an_organization_joins_is_mended() {
    sweep(true, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_a_status_flows_down_is_mended() {
    sweep(false, 5).await;
}
