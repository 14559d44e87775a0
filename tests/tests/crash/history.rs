//! A change by which older entries of a history leave their record is interrupted at
//! each of its calls: no entry is lost and none stands twice.

use crate::attempt::{CRASHES, attempt};
use crate::crash_point::{Counted, Crash, CrashPoint};
use futures::StreamExt;
use serde_json::{Value, json};
use std::sync::Arc;
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

/// Entries of which the next is one too many for the record.
const FULL: usize = 15;
/// Attempts at once.
const PARALLEL: usize = 4;

/// How the members are changed.
#[derive(Clone, Copy, Debug)]
enum Way {
    Patch,
    Batch,
}

fn id(n: usize) -> String {
    format!("contact:m-{n}")
}

async fn app(members: usize) -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    for n in 0..members {
        app.seed_contact(&format!("m-{n}")).await;
        let body = with(a_membership(), json!({ "contact_id": format!("m-{n}") }));
        app.post("/memberships/acme", body).await.ok();
        app.add_events(&id(n), 1, 1, FULL - 1).await;
    }
    app
}

fn call(way: Way, members: usize) -> Call {
    let patch = json!([{ "op": "add", "path": "/do_not_drop", "value": true }]);
    match way {
        Way::Patch => Call::patch(&format!("/memberships/acme/{}", id(0)), patch),
        Way::Batch => {
            let one = |n| json!({ "operation": "patch", "id": id(n), "patch_directives": patch });
            let operations: Vec<Value> = (0..members).map(one).collect();
            Call::post(
                "/memberships/acme/batch",
                json!({ "operations": operations }),
            )
        }
    }
}

/// The ids whose change was acknowledged, and the stack that was left.
async fn changed(
    way: Way,
    members: usize,
    crash_point: &Arc<CrashPoint>,
) -> (Vec<String>, TestApp) {
    let app = Box::pin(app(members)).await;
    let answer = attempt(&app, call(way, members), crash_point).await;
    let Some(answer) = answer.filter(|answer| answer.status == 200) else {
        return (Vec::new(), app);
    };
    let done = match way {
        Way::Patch => vec![id(0)],
        Way::Batch => {
            let results = answer.body["results"].as_array().expect("results").iter();
            let done = results.filter(|result| result["success"] == true);
            done.map(|result| result["id"].as_str().expect("an id").to_owned())
                .collect()
        }
    };
    (done, app)
}

/// What is wrong with the members' histories, now and after one more change.
async fn wrong(way: Way, members: usize, at: usize, crash: Crash) -> Vec<String> {
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, Some((at, crash))));
    let (done, app) = Box::pin(changed(way, members, &crash_point)).await;
    let mut wrong = Vec::new();
    for id in (0..members).map(id) {
        let told = format!("{way:?}, call {at}, {crash:?}, {id}");
        let record = app.membership(&id).await;
        let is_changed = record["do_not_drop"] == true;
        if done.contains(&id) && !is_changed {
            wrong.push(format!("{told}: acknowledged and lost"));
        }
        let count = FULL + usize::from(is_changed);
        if sequences(&app, &id).await != (1..=count as i64).rev().collect::<Vec<_>>() {
            wrong.push(format!("{told}: not {count} entries"));
        }
        app.add_events(&id, 100, 1, 7).await;
        let more = count + 7;
        if sequences(&app, &id).await != (1..=more as i64).rev().collect::<Vec<_>>() {
            wrong.push(format!("{told}: not {more} entries after another change"));
        }
    }
    wrong
}

/// The numbers of the entries, each event of which stands once.
async fn sequences(app: &TestApp, id: &str) -> Vec<i64> {
    let entries = app.history(id).await;
    let mut users: Vec<&str> = entries
        .iter()
        .map(|entry| entry["user_id"].as_str().expect("a user"))
        .filter(|user| user.starts_with("u-"))
        .collect();
    let count = users.len();
    users.sort_unstable();
    users.dedup();
    assert_eq!(users.len(), count, "{id}: an event twice");
    let number = |entry: &Value| entry["sequence"].as_i64().expect("a number");
    entries.iter().map(number).collect()
}

async fn sweep(way: Way, members: usize) {
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, None));
    let (done, app) = Box::pin(changed(way, members, &crash_point)).await;
    assert_eq!(done.len(), members);
    for id in (0..members).map(id) {
        let record = app.membership(&id).await;
        assert_eq!(record["history"].as_array().map(Vec::len), Some(10), "{id}");
    }
    let calls = crash_point.calls();
    assert!(calls >= 1);
    let attempts =
        (1..=calls).flat_map(|at| CRASHES.map(|crash| Box::pin(wrong(way, members, at, crash))));
    let found: Vec<Vec<String>> = futures::stream::iter(attempts)
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    assert_eq!(found.concat(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_a_change_keeps_every_entry_once() {
    sweep(Way::Patch, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_a_batch_keeps_every_entry_once() {
    sweep(Way::Batch, 3).await;
}
