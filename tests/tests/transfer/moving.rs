//! Memberships whose number changes while all of them are walked through.

use crate::undoing::undone_over;
use crate::*;
use model::resources::Memberships;
use serde_json::json;
use tests::between::Between;
use tests::import as by_import;

const NUMBERS: &str = r#""IndexName":"by_number""#;
/// A change ahead of these requests: the first ones, and those of a second reading.
const REQUESTS: [usize; 5] = [1, 3, 9, 34, 41];

async fn with_members() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    for n in 0..6 {
        app.seed_contact(&format!("m-{n}")).await;
    }
    app
}

/// Six members with the numbers 1 to 6: the first six of 32 parts have one each.
async fn brought_in(app: &TestApp) -> String {
    let header = "owner_type,contact_id,type_id,package_id,number\n";
    let rows = (0..6).map(|n| format!("contact,m-{n},t-1,p-1,{}\n", n + 1));
    let content: String = std::iter::once(header.to_owned()).chain(rows).collect();
    let imported = brought(app, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (6, 0, 0, 0), "{:?}", imported.problems);
    imported.id
}

async fn renumber(store: store::Store, member: usize, number: i64) {
    let id = format!("contact:m-{member}");
    let before = store.require::<Memberships>(&id).await.unwrap();
    let mut after = before.clone();
    after.set_raw("number", json!(number));
    let by = by_import();
    let saved = store.save::<Memberships>(&by, Some(&before), after);
    saved.await.unwrap();
}

/// The first to the end, and the last to the beginning: the 32nd is part 0.
const MOVES: [(usize, i64, i64); 2] = [(0, 1, 63), (5, 6, 32)];

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_is_renumbered_during_an_export_is_in_it_once() {
    let app = with_members().await;
    brought_in(&app).await;
    for (member, from, to) in MOVES {
        for at in REQUESTS {
            let moved = renumber(app.store.clone(), member, to);
            let (connection, _) = Between::over(&app.core.connection, NUMBERS, at, moved);
            let mut out = Vec::new();
            let store = app.store_over(&connection);
            let count = export(
                &store,
                Group::Memberships,
                ExportOptions::default(),
                &mut out,
            )
            .await
            .unwrap();
            let text = String::from_utf8(out).unwrap();
            let told = format!("{member} to {to} ahead of request {at}:\n{text}");
            assert_eq!(count, 6, "{told}");
            for n in 0..6 {
                let id = format!("contact:m-{n},");
                assert_eq!(text.matches(&id).count(), 1, "{told}");
            }
            renumber(app.store.clone(), member, from).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_is_renumbered_during_an_undo_is_told_once() {
    for (member, _, to) in MOVES {
        for at in [1, 3, 5] {
            let app = with_members().await;
            let id = brought_in(&app).await;
            let moved = renumber(app.store.clone(), member, to);
            let (connection, _) = Between::over(&app.core.connection, NUMBERS, at, moved);
            let (undone, why) = undone_over(&app.store_over(&connection), &id).await;
            let told = format!("{member} to {to} ahead of request {at}: {why:?}");
            // One that is deleted before it moves can't move.
            let kept = Undone {
                deleted: 5,
                kept: 1,
            };
            assert_eq!(undone, kept, "{told}");
            assert_eq!(why.len(), 1, "{told}");
        }
    }
}
