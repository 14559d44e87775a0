//! Whole histories go out and come in, wherever their rows stand.

use crate::*;
use serde_json::{Value, json};
use tests::records::a_membership;

const ID: &str = "contact:c-1";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app
}

/// What an entry says, but for its number.
fn said(entries: Vec<Value>) -> Vec<Value> {
    let said = |mut entry: Value| {
        entry["sequence"].take();
        entry
    };
    entries.into_iter().map(said).collect()
}

#[tokio::test]
async fn a_history_beside_its_record_is_exported_whole_and_comes_in_whole() {
    let (from, to) = (app().await, app().await);
    from.post("/memberships/acme", a_membership()).await.ok();
    // More rows than one item beside a record holds.
    from.add_events(ID, 1, 1, 1_200).await;
    from.add_events(ID, 1_201, 40, 1).await;
    let content = exported(&from, Group::Memberships).await;
    let imported = brought(&from, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (0, 0, 1, 0), "{:?}", imported.problems);
    let imported = brought(&to, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (1, 0, 0, 0), "{:?}", imported.problems);
    let [wanted, found] = [from.history(ID).await, to.history(ID).await].map(said);
    assert_eq!(found.len(), 1_241);
    assert_eq!(found, wanted);
    assert_eq!(exported(&to, Group::Memberships).await, content);
    let record = to.membership(ID).await;
    assert_eq!(record["history"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn a_history_that_follows_on_what_is_there_is_added_to_it() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app.add_events(ID, 1, 30, 1).await;
    let before = app.history(ID).await;
    let content = exported(&app, Group::Memberships).await;
    let more = json!({ "event": "renewal", "user_id": "crm" }).to_string();
    let rows: Vec<Value> = before.iter().rev().map(plain).collect();
    let mut longer = rows.clone();
    longer.push(serde_json::from_str(&more).unwrap());
    let cell = |rows: &[Value]| json!(rows).to_string().replace('"', "\"\"");
    let file = format!("id,history\n{ID},\"{}\"\n", cell(&longer));
    let imported = brought(&app, "memberships.csv", &file).await;
    assert_eq!(imported.counts(), (0, 1, 0, 0), "{:?}", imported.problems);
    let after = app.history(ID).await;
    assert_eq!(after[0]["user_id"], "crm");
    assert_eq!(after[1..], before);
    assert_ne!(exported(&app, Group::Memberships).await, content);
}

/// An entry as a record holds it.
fn plain(entry: &Value) -> Value {
    let mut row = entry.clone();
    row.as_object_mut().expect("an object").remove("sequence");
    row
}
