//! What DynamoDB leaves undone for now is sent again: its embedded double never
//! does that of itself.

use crate::lossy::Lossy;
use model::resources::Types;
use model::{Error, Record};
use serde_json::json;
use store::{Change, Store, Transaction};
use tests::records::{a_type, record, with};
use tests::{TestApp, import};

fn named(id: &str) -> Record {
    record(with(a_type(), json!({ "id": id, "name": "n" })))
}

fn inserts(store: &Store, count: usize) -> Vec<Change> {
    let insert = |n: usize| store.change::<Types>(&import(), None, named(&format!("t-{n}")));
    (0..count)
        .map(|n| insert(n).expect("a sound record"))
        .collect()
}

const IDS: [&str; 3] = ["t-0", "t-1", "t-2"];

fn ids() -> Vec<String> {
    IDS.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn statements_that_are_throttled_are_sent_again() {
    let app = TestApp::start().await;
    let (connection, undone) = Lossy::undone(&app.core.connection, "BatchExecuteStatement", 2);
    let store = app.store_over(&connection);
    let written = store.write_all(&inserts(&store, 3)).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert_eq!(undone.left(), 0);
    let found = app.store.get_many::<Types>(&ids()).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 3);
}

#[tokio::test]
async fn keys_that_a_batch_leaves_are_asked_for_again() {
    let app = TestApp::start().await;
    app.store.write_all(&inserts(&app.store, 3)).await;
    let (connection, undone) = Lossy::undone(&app.core.connection, "BatchGetItem", 2);
    let found = app.store_over(&connection).get_many::<Types>(&ids()).await;
    assert_eq!(found.unwrap().iter().flatten().count(), 3);
    assert_eq!(undone.left(), 0);
}

#[tokio::test]
async fn deletions_that_a_batch_leaves_are_sent_again() {
    let app = TestApp::start().await;
    app.store.write_all(&inserts(&app.store, 3)).await;
    let (connection, undone) = Lossy::undone(&app.core.connection, "BatchWriteItem", 2);
    let (store, ids) = (app.store_over(&connection), ids());
    store.remove_all::<Types>(&ids).await.unwrap();
    assert_eq!(undone.left(), 0);
    let found = app.store.get_many::<Types>(&ids).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 0);
}

#[tokio::test]
async fn a_transaction_that_meets_another_is_made_again() {
    let app = TestApp::start().await;
    let (connection, undone) = Lossy::undone(&app.core.connection, "TransactWriteItems", 2);
    let store = app.store_over(&connection);
    let mut transaction = Transaction::new(&store);
    for change in inserts(&store, 3) {
        transaction.change(change).unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(undone.left(), 0);
    let found = app.store.get_many::<Types>(&ids()).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 3);
}

#[tokio::test]
async fn what_stays_undone_is_throttled() {
    let app = TestApp::start().await;
    let (connection, _) = Lossy::undone(&app.core.connection, "BatchExecuteStatement", 1_000);
    let store = app.store_over(&connection);
    for outcome in store.write_all(&inserts(&store, 3)).await {
        assert!(
            matches!(outcome, Err(Error::Throttled { .. })),
            "{outcome:?}"
        );
    }
    let found = app.store.get_many::<Types>(&ids()).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 0);
}
