//! A write whose answer is lost is recognised as done, never as somebody
//! else's and never done twice.

use crate::lossy::Lossy;
use model::resources::{Packages, Types};
use model::{Error, Record};
use serde_json::json;
use std::sync::Arc;
use store::Store;
use tests::records::{a_package, a_type, record, with};
use tests::{TestApp, import};

/// Answers lost: one, which the client repeats by itself, and as many as it
/// has attempts.
const LOSSES: [usize; 2] = [1, 4];

fn named(id: &str, name: &str) -> Record {
    record(with(a_type(), json!({ "id": id, "name": name })))
}

fn losing(app: &TestApp, operation: &'static str, count: usize) -> (Store, Arc<Lossy>) {
    let (connection, lossy) = Lossy::over(&app.core.connection, operation, count);
    (app.store_over(&connection), lossy)
}

#[tokio::test]
async fn of_a_creation_and_of_a_change() {
    for count in LOSSES {
        let app = TestApp::start().await;
        let (store, lossy) = losing(&app, "UpdateItem", count);
        let made = store
            .save::<Types>(&import(), None, named("a", "n"))
            .await
            .unwrap();
        assert_eq!(lossy.left(), 0);
        let (store, lossy) = losing(&app, "UpdateItem", count);
        store
            .save::<Types>(&import(), Some(&made), named("a", "second"))
            .await
            .unwrap();
        assert_eq!(lossy.left(), 0);
        let read = app.store.require::<Types>("a").await.unwrap();
        assert_eq!(
            (read.raw("name"), read.raw("sys_version")),
            (Some(&json!("second")), Some(&json!(2)))
        );
    }
}

#[tokio::test]
async fn of_a_deletion() {
    let app = TestApp::start().await;
    let made = app.create::<Types>(named("a", "n")).await;
    let (store, lossy) = losing(&app, "DeleteItem", 1);
    store.delete::<Types>(&made).await.unwrap();
    assert_eq!(lossy.left(), 0);
    assert!(app.store.get::<Types>("a").await.unwrap().is_none());
}

#[tokio::test]
async fn of_a_first_use_of_another_record() {
    for count in LOSSES {
        let app = TestApp::start().await;
        app.create::<Types>(named("t-1", "n")).await;
        let (store, lossy) = losing(&app, "TransactWriteItems", count);
        let package = with(
            a_package(),
            json!({ "id": "p-1", "membership_type_id": "t-1" }),
        );
        store
            .save::<Packages>(&import(), None, record(package))
            .await
            .unwrap();
        assert_eq!(lossy.left(), 0);
        assert_eq!(
            app.store
                .require::<Packages>("p-1")
                .await
                .unwrap()
                .raw("sys_version"),
            Some(&json!(1))
        );
    }
}

#[tokio::test]
async fn of_many_at_once() {
    for count in LOSSES {
        let app = TestApp::start().await;
        let (store, lossy) = losing(&app, "BatchExecuteStatement", count);
        let old = app.create::<Types>(named("old", "n")).await;
        let taken = app.create::<Types>(named("taken", "n")).await;
        let changes = [
            store
                .change::<Types>(&import(), None, named("new", "n"))
                .unwrap(),
            store
                .change::<Types>(&import(), Some(&old), named("old", "second"))
                .unwrap(),
            store
                .change::<Types>(&import(), None, named("taken", "mine"))
                .unwrap(),
        ];
        let outcomes = store.write_all(&changes).await;
        assert_eq!(lossy.left(), 0);
        assert_eq!(outcomes[..2], [Ok(()), Ok(())]);
        assert!(outcomes[2].is_err());
        assert_eq!(app.store.require::<Types>("taken").await.unwrap(), taken);
    }
}

/// With the answer lost for good and somebody else's write after it, nobody
/// can tell any more: the caller is told to read again.
#[tokio::test]
async fn that_cannot_be_told_is_said_so() {
    let app = TestApp::start().await;
    let made = app.create::<Types>(named("a", "n")).await;
    let (store, _) = losing(&app, "UpdateItem", 4);
    app.change::<Types>(&made, named("a", "theirs")).await;
    let outcome = store
        .save::<Types>(&import(), Some(&made), named("a", "mine"))
        .await;
    assert!(matches!(outcome, Err(Error::Unknown(_))), "{outcome:?}");
}
