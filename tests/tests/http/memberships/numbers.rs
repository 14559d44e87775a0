//! Membership numbers: one for each, for ever.

use model::resources::Memberships;
use model::resources::membership::NUMBER_COUNTED;
use serde_json::{Value, json};
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    for n in 0..4 {
        let contact = format!("m-{n}");
        app.seed_contact(&contact).await;
        let body = with(a_membership(), json!({ "contact_id": contact }));
        app.post("/memberships/acme", body).await.ok();
    }
    app
}

fn set(n: usize, number: Value) -> Call {
    let patch = json!([{ "op": "replace", "path": "/number", "value": number }]);
    Call::patch(&format!("/memberships/acme/contact:m-{n}"), patch).scopes("admin")
}

#[tokio::test]
async fn no_two_have_the_same_whoever_sets_it() {
    let app = app().await;
    for number in [2, 77] {
        let sets = (0..4).map(|n| app.send(set(n, json!(number))));
        let done = futures::future::join_all(sets).await;
        let statuses: Vec<u16> = done.iter().map(|answer| answer.status).collect();
        let ok = statuses.iter().filter(|status| **status == 200).count();
        let taken = statuses.iter().filter(|status| **status == 409).count();
        assert_eq!((ok, taken), (1, 3), "{number}: {statuses:?}");
    }
}

#[tokio::test]
async fn a_number_is_whole_and_from_1_to_999_999_999() {
    let app = app().await;
    for number in [
        json!(-7),
        json!(0),
        json!(1.5),
        json!(1_000_000_000),
        json!(9_007_199_254_740_993_i64),
    ] {
        let problems = app.send(set(0, number.clone())).await.refused(400);
        assert_eq!(problems[0].0, "/number", "{number}: {problems:?}");
    }
    app.send(set(0, json!(999.0))).await.ok();
    app.send(set(1, json!(999))).await.refused(409);
}

#[tokio::test]
async fn the_counter_follows_what_was_written_and_not_what_was_refused() {
    let app = app().await;
    let before = app.store.last_number("membership").await.unwrap();
    let both = json!([
        { "op": "replace", "path": "/number", "value": 900_000 },
        { "op": "replace", "path": "/type_id", "value": "nowhere" },
    ]);
    let url = "/memberships/acme/contact:m-0";
    app.send(Call::patch(url, both).scopes("admin"))
        .await
        .refused(409);
    assert_eq!(app.store.last_number("membership").await.unwrap(), before);
    app.send(set(0, json!(500))).await.ok();
    assert_eq!(app.store.last_number("membership").await.unwrap(), 500);
}

/// The counter gives numbers in blocks, and an admin may set one of a block.
#[tokio::test]
async fn a_new_membership_passes_over_a_number_that_an_admin_has_set() {
    let app = app().await;
    let next = app.store.number("membership").await.unwrap() + 1;
    app.send(set(0, json!(next))).await.ok();
    app.send(set(1, json!(next + 1))).await.ok();
    app.seed_contact("m-4").await;
    let body = with(a_membership(), json!({ "contact_id": "m-4" }));
    let made = app.post("/memberships/acme", body).await.ok();
    assert_eq!(made["number"], next + 2);
    let stored = app.store.require::<Memberships>("contact:m-4").await;
    assert!(!stored.unwrap().has(NUMBER_COUNTED));
    // A number that is asked for by name stays asked for.
    app.seed_contact("m-5").await;
    let body = json!({ "contact_id": "m-5", "number": next });
    let call = Call::post("/memberships/acme", with(a_membership(), body));
    app.send(call.scopes("admin")).await.refused(409);
}

#[tokio::test]
async fn one_at_the_end_leaves_numbers_for_everybody_else() {
    let app = app().await;
    app.send(set(0, json!(999_999_999))).await.ok();
    app.send(set(1, json!(999_999_999))).await.refused(409);
    app.seed_contact("m-5").await;
    let body = with(a_membership(), json!({ "contact_id": "m-5" }));
    let made = app.post("/memberships/acme", body).await.ok();
    assert!(made["number"].as_i64().unwrap() < 1_000, "{made}");
}
