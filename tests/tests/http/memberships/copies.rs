//! What a membership shows of its owner follows the owner.

use futures::join;
use model::resources::membership::{EMAIL_ADDRESS, NAME};
use model::resources::{Contacts, Memberships};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

const CONTACT: &str = "/contacts/acme/c-1";
const MEMBERSHIP: &str = "/memberships/acme/contact:c-1?consistentRead=y";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app
}

/// With a membership of the contact.
async fn with_member() -> TestApp {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app
}

fn rename(name: &str) -> Value {
    json!([{ "op": "replace", "path": "/name", "value": name }])
}

/// The ids that a search finds.
async fn found(app: &TestApp, criteria: Value) -> Vec<Value> {
    let found = app.post("/memberships/acme/search", criteria).await.ok();
    let items = found["Items"].as_array().expect("items").iter();
    items.map(|item| item["id"].clone()).collect()
}

/// The names that the contact's memberships show.
async fn names(app: &TestApp) -> BTreeSet<String> {
    let owned = app.owned().await;
    owned.iter().map(|one| one.text(NAME).to_owned()).collect()
}

#[tokio::test]
async fn a_patch_of_the_owner_is_shown_at_once() {
    let app = with_member().await;
    let patch = json!([
        { "op": "replace", "path": "/name", "value": "Ada Lovelace" },
        { "op": "replace", "path": "/email_address", "value": "lovelace@example.org" },
        { "op": "replace", "path": "/address/city", "value": "Nottingham" },
        { "op": "remove", "path": "/job_title" },
    ]);
    let answered = app.patch(CONTACT, patch).await.ok();
    assert_eq!(answered["sys_version"], 2);
    let shown = app.get(MEMBERSHIP).await.ok();
    let fields = ["name", "email_address", "city", "state", "job_title"];
    assert_eq!(
        fields.map(|field| shown[field].clone()),
        [
            json!("Ada Lovelace"),
            json!("lovelace@example.org"),
            json!("Nottingham"),
            json!("LDN"),
            Value::Null
        ]
    );
    assert_eq!(shown["sys_version"], 2);
    assert_eq!(shown["sys_last_modified_by_id"], "user-1");
    assert_eq!(shown["history"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_search_finds_the_new_and_not_the_old() {
    let app = with_member().await;
    app.patch(CONTACT, rename("Ada Lovelace")).await.ok();
    let all = [json!("contact:c-1")];
    assert_eq!(found(&app, json!({ "name": "lovelace" })).await, all);
    assert!(found(&app, json!({ "name": "byron" })).await.is_empty());
    let read = app.get(CONTACT).await.ok();
    let moved = with(read, json!({ "email_address": "a@example.net" }));
    app.put(CONTACT, moved).await.ok();
    let by_mail = |part: &str| json!({ "email_address": part });
    assert_eq!(found(&app, by_mail("example.net")).await, all);
    assert!(found(&app, by_mail("ada@")).await.is_empty());
}

#[tokio::test]
async fn in_a_batch_too() {
    let app = with_member().await;
    app.seed_contact("c-2").await;
    let of_organization = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" });
    let body = with(a_membership(), of_organization);
    app.post("/memberships/acme", body).await.ok();
    let patch =
        |id: &str| json!({ "operation": "patch", "id": id, "patch_directives": rename("New") });
    for (url, ids) in [
        ("/contacts/acme/batch", vec!["c-1", "c-2"]),
        ("/organizations/acme/batch", vec!["o-1"]),
    ] {
        let operations: Vec<Value> = ids.into_iter().map(patch).collect();
        let answer = app.post(url, json!({ "operations": operations })).await;
        assert_eq!(answer.ok()["error_count"], 0);
    }
    let ids = [json!("contact:c-1"), json!("organization:o-1")];
    let mut named = found(&app, json!({ "name": "new" })).await;
    named.sort_by_key(Value::to_string);
    assert_eq!(named, ids);
}

#[tokio::test]
async fn what_no_membership_shows_writes_none() {
    let app = with_member().await;
    let patch = json!([{ "op": "add", "path": "/contact_role_ids", "value": ["chair"] }]);
    app.patch(CONTACT, patch).await.ok();
    assert_eq!(app.get(MEMBERSHIP).await.ok()["sys_version"], 1);
}

#[tokio::test]
async fn a_membership_of_before_is_brought_up_to_date_when_it_is_written() {
    let app = with_member().await;
    app.set::<Contacts>("c-1", json!({ "name": "Ada Lovelace", "job_title": null }))
        .await;
    let note = json!([{ "op": "add", "path": "/notes", "value": "n" }]);
    let after: Value = app.patch("/memberships/acme/contact:c-1", note).await.ok();
    assert_eq!(after["name"], "Ada Lovelace");
    assert_eq!(after.get("job_title"), None);
}

#[tokio::test]
async fn a_locked_membership_follows_once_it_is_unlocked() {
    let app = with_member().await;
    app.set::<Memberships>("contact:c-1", json!({ "sys_locked": true }))
        .await;
    app.patch(CONTACT, rename("Ada Lovelace")).await.ok();
    let shown = app.get(MEMBERSHIP).await.ok();
    assert_eq!(
        (&shown["name"], &shown["sys_version"]),
        (&json!("Ada Byron"), &json!(2))
    );
    let unlock = json!([{ "op": "remove", "path": "/sys_locked" }]);
    let call = Call::patch("/memberships/acme/contact:c-1", unlock).scopes("admin");
    assert_eq!(app.send(call).await.ok()["name"], "Ada Lovelace");
}

#[tokio::test]
async fn as_many_as_a_request_can_follow_in_it() {
    let app = app().await;
    app.seed_owned(30).await;
    let answered = app.patch(CONTACT, rename("Ada Lovelace")).await.ok();
    assert_eq!(
        names(&app).await,
        BTreeSet::from(["Ada Lovelace".to_owned()])
    );
    let read = app.get(&format!("{CONTACT}?consistentRead=y")).await.ok();
    assert_eq!(answered, read, "the answer is what stands");
    let again = with(read, json!({ "job_title": "Countess" }));
    app.put(CONTACT, again).await.ok();
}

#[tokio::test]
async fn more_follow_after_it() {
    let app = app().await;
    app.seed_owned(lifecycle::copies::IN_A_REQUEST + 20).await;
    app.patch(CONTACT, rename("Ada Lovelace")).await.ok();
    let both = ["Ada Byron".to_owned(), "Ada Lovelace".to_owned()];
    assert_eq!(names(&app).await, BTreeSet::from(both));
    // The request may still be at work.
    scheduler::tick(&app.core.billing).await.expect("a look");
    assert_eq!(names(&app).await.len(), 2);
    app.finish_copies().await;
    assert_eq!(
        names(&app).await,
        BTreeSet::from(["Ada Lovelace".to_owned()])
    );
}

/// Whoever is first, the membership shows its owner in the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_is_made_meanwhile_follows() {
    for round in 0..12 {
        let app = app().await;
        let (renamed, made) = join!(
            app.patch(CONTACT, rename("Ada Lovelace")),
            app.post("/memberships/acme", a_membership()),
        );
        renamed.ok();
        assert!([200, 409].contains(&made.status), "{}", made.body);
        let stale = names(&app).await.contains("Ada Byron");
        assert!(!stale, "round {round}");
    }
}

/// Two changes of one owner at once: the memberships show the one that stands.
#[tokio::test(flavor = "multi_thread")]
async fn the_later_change_is_shown() {
    for count in [2, 12] {
        let app = app().await;
        app.seed_owned(count).await;
        let mail = json!([{ "op": "replace", "path": "/email_address", "value": "b@example.org" }]);
        let (first, second, third) = join!(
            app.patch(CONTACT, rename("First")),
            app.patch(CONTACT, rename("Second")),
            app.patch(CONTACT, mail),
        );
        for answer in [first, second, third] {
            assert!([200, 409, 429].contains(&answer.status), "{}", answer.body);
        }
        app.finish_copies().await;
        let owner = app.store.require::<Contacts>("c-1").await.expect("it");
        for one in app.owned().await {
            let shown = (one.text(NAME), one.text(EMAIL_ADDRESS));
            let stands = (owner.text(NAME), owner.text(EMAIL_ADDRESS));
            assert_eq!(shown, stands, "{count}");
        }
    }
}
