//! Writes that stand or fall together.

use model::resources::Types;
use model::{Error, Record};
use serde_json::json;
use store::{Refused, Transaction};
use tests::records::{a_type, record, with};
use tests::{TestApp, import};

fn named(id: &str, name: &str) -> Record {
    record(with(a_type(), json!({ "id": id, "name": name })))
}

#[tokio::test]
async fn all_are_written_or_none() {
    let app = TestApp::start().await;
    let held = app.create::<Types>(named("held", "n")).await;
    let write = |hold: Record, id: &'static str| {
        let store = &app.store;
        async move {
            let mut transaction = Transaction::new(store);
            transaction
                .change(
                    store
                        .change::<Types>(&import(), None, named(id, "n"))
                        .unwrap(),
                )
                .unwrap();
            transaction.unchanged::<Types>(&hold).unwrap();
            transaction.commit().await
        }
    };
    write(held.clone(), "first").await.unwrap();
    app.change::<Types>(&held, named("held", "moved")).await;
    assert!(matches!(write(held, "second").await, Err(Refused::At(1))));
    assert!(app.store.get::<Types>("first").await.unwrap().is_some());
    assert!(app.store.get::<Types>("second").await.unwrap().is_none());
}

#[tokio::test]
async fn a_save_is_conditional_on_what_was_read() {
    let app = TestApp::start().await;
    let first = app.create::<Types>(named("a", "n")).await;
    let again = app
        .store
        .save::<Types>(&import(), None, named("a", "n"))
        .await;
    let exists = |id: &str| Error::Exists {
        what: "MembershipType",
        id: id.into(),
    };
    assert_eq!(again, Err(exists("a")));
    let told = Error::conflict("/id", "MembershipType a exists already");
    assert_eq!(exists("a").problems(), told.problems());
    app.change::<Types>(&first, named("a", "second")).await;
    let stale = app
        .store
        .save::<Types>(&import(), Some(&first), named("a", "third"))
        .await;
    assert_eq!(stale, Err(Error::stale("MembershipType", "a")));
    let deleted = app.store.delete::<Types>(&first).await;
    assert_eq!(deleted, Err(Error::stale("MembershipType", "a")));
    let current = app.store.require::<Types>("a").await.unwrap();
    app.store.delete::<Types>(&current).await.unwrap();
    let gone = app
        .store
        .save::<Types>(&import(), Some(&current), named("a", "x"))
        .await;
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
}
