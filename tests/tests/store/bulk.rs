//! Writes in bulk: each on its own condition, in the order they are given.

use model::resources::Types;
use model::{Error, Record};
use serde_json::{Value, json};
use store::Change;
use tests::records::{a_type, record, with};
use tests::{TestApp, import};

fn named(id: &str, name: &str) -> Record {
    record(with(a_type(), json!({ "id": id, "name": name })))
}

fn insert(app: &TestApp, id: &str) -> Change {
    app.store
        .change::<Types>(&import(), None, named(id, "n"))
        .expect("a sound record")
}

#[tokio::test]
async fn one_that_is_refused_spoils_no_other() {
    let app = TestApp::start().await;
    let there = app.create::<Types>(named("there", "n")).await;
    let moved = app.change::<Types>(&there, named("there", "moved")).await;
    let update = |before: &Record, name: &str| {
        app.store
            .change::<Types>(&import(), Some(before), named("there", name))
            .unwrap()
    };
    let gone = Value::Object(there.clone().into_fields());
    let gone = record(with(gone, json!({ "id": "gone" })));
    let changes = [
        insert(&app, "new"),
        insert(&app, "there"),
        update(&there, "stale"),
        update(&moved, "fresh"),
        app.store
            .change::<Types>(&import(), Some(&gone), named("gone", "x"))
            .unwrap(),
    ];
    let outcomes = app.store.write_all(&changes).await;
    assert_eq!(outcomes[0], Ok(()));
    assert_eq!(
        outcomes[1],
        Err(Error::Exists {
            what: "MembershipType",
            id: "there".into(),
        })
    );
    assert_eq!(outcomes[2], Err(Error::stale("MembershipType", "there")));
    assert_eq!(outcomes[3], Ok(()));
    assert!(
        matches!(outcomes[4], Err(Error::NotFound { .. })),
        "{:?}",
        outcomes[4]
    );
    let read = app.store.require::<Types>("there").await.unwrap();
    assert_eq!(read.raw("name"), Some(&json!("fresh")));
    assert!(app.store.get::<Types>("gone").await.unwrap().is_none());
}

#[tokio::test]
async fn changes_of_one_item_are_made_in_their_order() {
    let app = TestApp::start().await;
    let mut changes = vec![insert(&app, "a")];
    for n in 0..5 {
        let before = changes.last().unwrap().after.clone();
        changes.push(
            app.store
                .change::<Types>(&import(), Some(&before), named("a", &n.to_string()))
                .unwrap(),
        );
    }
    changes.insert(3, insert(&app, "b"));
    changes.push(insert(&app, "a"));
    let outcomes = app.store.write_all(&changes).await;
    let refused: Vec<usize> = (0..outcomes.len())
        .filter(|&i| outcomes[i].is_err())
        .collect();
    assert_eq!(refused, [7]);
    let read = app.store.require::<Types>("a").await.unwrap();
    assert_eq!(
        (read.raw("name"), read.raw("sys_version")),
        (Some(&json!("4")), Some(&json!(6)))
    );
}

#[tokio::test]
async fn more_than_one_request_holds() {
    let app = TestApp::start().await;
    let ids: Vec<String> = (0..130).map(|n| format!("t-{n}")).collect();
    let changes: Vec<Change> = ids.iter().map(|id| insert(&app, id)).collect();
    assert!(
        app.store
            .write_all(&changes)
            .await
            .iter()
            .all(Result::is_ok)
    );
    // The same changes again are recognised as done, not refused.
    assert!(
        app.store
            .write_all(&changes)
            .await
            .iter()
            .all(Result::is_ok)
    );
    let wanted: Vec<String> = ids
        .iter()
        .cloned()
        .chain(["nothing".into(), String::new()])
        .collect();
    let read = app.store.get_many::<Types>(&wanted).await.unwrap();
    assert_eq!(read.iter().flatten().count(), 130);
    assert_eq!((&read[130], &read[131]), (&None, &None));
    assert!(app.store.write_all(&[]).await.is_empty());
}
