//! Links, by which records are found many to many: they come and go with their
//! record, whatever becomes of the request.

use crate::lossy::Lossy;
use model::lookup::Lookup;
use model::resources::Memberships;
use model::{Error, Record, Resource};
use serde_json::{Value, json};
use store::Store;
use tests::records::a_stored_membership;
use tests::{TestApp, import};

fn member(id: &str, chapters: &[&str]) -> Record {
    let held: Value = chapters
        .iter()
        .map(|chapter| json!({ "chapter_id": chapter }))
        .collect();
    a_stored_membership(id, json!({ "chapters": held }))
}

fn link(chapter: &str) -> [String; 1] {
    [format!("chapter#{chapter}#current")]
}

/// Whom the links of a chapter name, whether or not they are right.
async fn stored(store: &Store, chapter: &str) -> Vec<String> {
    let query = Lookup::linked::<Memberships>(&link(chapter));
    let page = store
        .query_keys(&query, None)
        .await
        .expect("a sound answer");
    page.items.into_iter().map(|(_, id)| id).collect()
}

async fn found(store: &Store, chapter: &str) -> Vec<String> {
    let query = Lookup::linked::<Memberships>(&link(chapter));
    let page = store.query_linked::<Memberships>(&query, None).await;
    let id = |record: Record| record.text(model::resource::ID_FIELD).to_owned();
    page.expect("a sound answer")
        .items
        .into_iter()
        .map(id)
        .collect()
}

#[tokio::test]
async fn in_bulk_one_that_is_refused_spoils_no_other() {
    let app = TestApp::start().await;
    let store = &app.store;
    let context = import();
    let change = |before: Option<&Record>, after: Record| {
        store
            .change::<Memberships>(&context, before, after)
            .unwrap()
    };
    let mut changes: Vec<_> = (0..120)
        .map(|n| change(None, member(&format!("m-{n:03}"), &["a", "b"])))
        .collect();
    changes.push(change(None, member("plain", &[])));
    assert!(store.write_all(&changes).await.iter().all(Result::is_ok));
    assert_eq!(stored(store, "a").await.len(), 100);
    // Again: recognised as done where the write can be told, refused elsewhere.
    assert!(store.write_all(&changes).await.iter().all(Result::is_ok));
    let first = store.require::<Memberships>("contact:m-000").await.unwrap();
    let mut stale = first.clone();
    stale.set(model::sys::VERSION, 7);
    let more = [
        change(None, member("new-1", &["c"])),
        change(None, member("m-001", &["c"])),
        change(Some(&stale), member("m-000", &["c"])),
        change(Some(&first), member("m-000", &["b", "d"])),
        change(None, member("new-2", &["c"])),
    ];
    let outcomes = store.write_all(&more).await;
    assert!(
        matches!(outcomes[1], Err(Error::Exists { .. })),
        "{outcomes:?}"
    );
    assert!(
        matches!(outcomes[2], Err(Error::Stale { .. })),
        "{outcomes:?}"
    );
    assert!(
        [0, 3, 4].iter().all(|&n| outcomes[n].is_ok()),
        "{outcomes:?}"
    );
    assert_eq!(stored(store, "c").await, ["contact:new-1", "contact:new-2"]);
    assert_eq!(stored(store, "d").await, ["contact:m-000"]);
    assert!(!found(store, "a").await.contains(&"contact:m-000".into()));
    assert_eq!(found(store, "c").await, stored(store, "c").await);
}

#[tokio::test]
async fn a_lost_answer_loses_no_link() {
    for count in [1, 4] {
        let app = TestApp::start().await;
        let losing = || Lossy::over(&app.core.connection, "TransactWriteItems", count);
        app.seed_catalogue().await;
        app.seed_contact("x").await;
        app.seed_affiliations(&["a", "b"], &[]).await;
        let (connection, lossy) = losing();
        let store = app.store_over(&connection);
        let made = store
            .save::<Memberships>(&import(), None, member("x", &["a", "b"]))
            .await
            .unwrap();
        assert_eq!(lossy.left(), 0);
        assert_eq!(stored(&store, "a").await, ["contact:x"]);
        let (connection, lossy) = losing();
        let moved = app
            .store_over(&connection)
            .save::<Memberships>(&import(), Some(&made), member("x", &["b"]))
            .await
            .unwrap();
        assert_eq!(lossy.left(), 0);
        assert!(stored(&store, "a").await.is_empty());
        assert_eq!(stored(&store, "b").await, ["contact:x"]);
        let (connection, lossy) = losing();
        let store = app.store_over(&connection);
        let deleted = store.delete::<Memberships>(&moved).await;
        // Lost for good it is unknown, as of any deletion: asking again tells.
        assert_eq!(deleted.is_ok(), count == 1);
        assert_eq!(lossy.left(), 0);
        app.store.delete::<Memberships>(&moved).await.unwrap();
        assert!(stored(&store, "b").await.is_empty());
    }
}

#[tokio::test]
async fn a_stale_change_moves_none() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_affiliations(&["a", "b", "c"], &[]).await;
    let made = app.create::<Memberships>(member("c-1", &["a"])).await;
    app.change::<Memberships>(&made, member("c-1", &["a", "b"]))
        .await;
    let late = app
        .store
        .save::<Memberships>(&import(), Some(&made), member("c-1", &["c"]))
        .await;
    assert_eq!(late, Err(Error::stale("Membership", "contact:c-1")));
    let late = app.store.delete::<Memberships>(&made).await;
    assert_eq!(late, Err(Error::stale("Membership", "contact:c-1")));
    for (chapter, there) in [("a", true), ("b", true), ("c", false)] {
        assert_eq!(
            !stored(&app.store, chapter).await.is_empty(),
            there,
            "{chapter}"
        );
    }
}

#[tokio::test]
async fn more_than_a_transaction_holds_go_with_their_record() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let left = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "chapter_id": format!("p-{n}") }))
            .collect()
    };
    let with_past =
        |count| a_stored_membership("c-1", json!({ "past_chapter_memberships": left(count) }));
    let mut stored = app.create::<Memberships>(with_past(80)).await;
    for count in [160, 240] {
        stored = app.change::<Memberships>(&stored, with_past(count)).await;
    }
    let links: Vec<String> = Memberships::links(&stored).into_iter().collect();
    assert_eq!(links.len(), 240);
    let all = Lookup::linked::<Memberships>(&links);
    assert_eq!(
        app.store.query_keys(&all, None).await.unwrap().items.len(),
        100
    );
    app.store.delete::<Memberships>(&stored).await.unwrap();
    let left = app.store.query_keys(&all, None).await.unwrap();
    assert!(left.items.is_empty() && left.next.is_none(), "{left:?}");
    let too_many = app
        .store
        .save::<Memberships>(&import(), None, with_past(91))
        .await;
    assert!(matches!(too_many, Err(Error::Invalid(_))), "{too_many:?}");
}
