//! A change of an owner is interrupted at each of its calls: once the scheduler has
//! looked, its memberships show what the owner is.

use crate::attempt::attempt;
use crate::crash_point::{Counted, Crash, CrashPoint};
use futures::StreamExt;
use model::resources::Contacts;
use model::resources::membership::NAME;
use model::resources::people;
use serde_json::json;
use std::sync::Arc;
use tests::{Call, TestApp};

const NEW: &str = "Ada Lovelace";
/// Attempts at once.
const PARALLEL: usize = 4;

/// Renames the owner of so many memberships by a process that has this crash
/// point, and answers the status it was told, if any, and the stack it left.
async fn renamed(count: usize, crash_point: &Arc<CrashPoint>) -> (Option<u16>, TestApp) {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_owned(count).await;
    let rename = json!([{ "op": "replace", "path": "/name", "value": NEW }]);
    let rename = Call::patch("/contacts/acme/c-1", rename);
    let answer = attempt(&app, rename, crash_point).await;
    (answer.map(|answer| answer.status), app)
}

/// What is wrong once the scheduler has looked.
async fn wrong(count: usize, at: usize, crash: Crash) -> Vec<String> {
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, Some((at, crash))));
    let (status, app) = renamed(count, &crash_point).await;
    app.finish_copies().await;
    let owner = app.store.require::<Contacts>("c-1").await.unwrap();
    let name = owner.text(people::NAME);
    let owned = app.owned().await;
    let mut wrong = Vec::new();
    if owned.len() != count || owned.iter().any(|one| one.text(NAME) != name) {
        wrong.push(format!(
            "call {at}, {crash:?}: not all of {count} show {name}"
        ));
    }
    if status == Some(200) && name != NEW {
        wrong.push(format!("call {at}, {crash:?}: acknowledged and lost"));
    }
    wrong
}

async fn sweep(count: usize, calls_at_least: usize) {
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, None));
    let (status, app) = renamed(count, &crash_point).await;
    assert_eq!(status, Some(200));
    assert!(app.owned().await.iter().all(|one| one.text(NAME) == NEW));
    let calls = crash_point.calls();
    assert!(calls >= calls_at_least, "{calls}");
    let crashes = [Crash::BeforeCall, Crash::AfterCall, Crash::AnswerLost];
    let attempts = (1..=calls).flat_map(|at| crashes.map(|crash| wrong(count, at, crash)));
    let found: Vec<Vec<String>> = futures::stream::iter(attempts)
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    assert_eq!(found.concat(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_the_copies_of_one_transaction_whole() {
    sweep(3, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_among_many_copies_is_mended() {
    sweep(20, 5).await;
}
