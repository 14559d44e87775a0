//! The names of what a membership holds, and how they follow a renaming (rule
//! MEM-19).

use model::resources::{AddOns, Chapters, Memberships};
use serde_json::{Value, json};
use tests::records::{a_membership, a_stored_membership, with};
use tests::{Call, TestApp, import};

const URL: &str = "/memberships/acme/contact:c-1";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_affiliations(&["alps", "isles"], &["journal"])
        .await;
    app
}

fn holds(chapters: &[&str], add_ons: &[&str]) -> Value {
    let of =
        |key: &str, ids: &[&str]| -> Value { ids.iter().map(|id| json!({ key: id })).collect() };
    json!({ "chapters": of("chapter_id", chapters), "add_ons": of("add_on_id", add_ons) })
}

fn rename(name: &str) -> Value {
    json!([{ "op": "replace", "path": "/name", "value": name }])
}

/// Lets the scheduler look once the request that renamed it is long over.
async fn look(app: &TestApp, chapter: &str) {
    let long_ago = json!({ "_copies_due": "2020-01-01T00:00:00.000Z" });
    app.set::<Chapters>(chapter, long_ago).await;
    scheduler::tick(&app.core.billing).await.expect("a look");
    let stands = app.store.require::<Chapters>(chapter).await.expect("it");
    assert_eq!(stands.raw("_copies_due"), None);
}

#[tokio::test]
async fn are_those_of_what_is_held_in_its_order() {
    let app = app().await;
    let body = with(a_membership(), holds(&["isles", "alps"], &["journal"]));
    let made = app.post("/memberships/acme", body).await.ok();
    assert_eq!(made["chapter_names"], "isles, alps");
    assert_eq!(made["add_on_names"], "journal");
    assert_eq!(made.get("section_names"), None);
    let patch = json!([{ "op": "remove", "path": "/chapters/0" }]);
    let left = app.patch(URL, patch).await.ok();
    assert_eq!(left["chapter_names"], "alps");
    let inactive = json!([{ "op": "replace", "path": "/status", "value": "inactive" }]);
    assert_eq!(app.patch(URL, inactive).await.ok()["chapter_names"], "alps");
    let set = json!([{ "op": "add", "path": "/chapter_names", "value": "Mine" }]);
    assert_eq!(
        app.send(Call::patch(URL, set).scopes("admin"))
            .await
            .refused_for(400),
        "/chapter_names follows from other fields, and would be \"alps\""
    );
}

#[tokio::test]
async fn follow_a_renaming_in_its_request() {
    let app = app().await;
    let body = with(a_membership(), holds(&["alps", "isles"], &["journal"]));
    app.post("/memberships/acme", body).await.ok();
    app.patch("/chapters/acme/alps", rename("The Alps"))
        .await
        .ok();
    app.patch("/addOns/acme/journal", rename("Journal, printed"))
        .await
        .ok();
    let shown = app.get(&format!("{URL}?consistentRead=y")).await.ok();
    assert_eq!(shown["chapter_names"], "The Alps, isles");
    assert_eq!(shown["add_on_names"], "Journal, printed");
    let found = app.post("/memberships/acme/search", json!({})).await.ok();
    assert_eq!(found["Items"][0]["chapter_names"], "The Alps, isles");
    let listed = app.get("/memberships/acme/chapter/alps").await.ok();
    assert_eq!(listed["Items"][0]["chapter_names"], "The Alps, isles");
    // Who left it is not concerned.
    let moved =
        json!([{ "op": "replace", "path": "/chapters", "value": [{ "chapter_id": "isles" }] }]);
    let version = app.patch(URL, moved).await.ok()["sys_version"].clone();
    app.patch("/chapters/acme/alps", rename("Alps")).await.ok();
    let shown = app.get(&format!("{URL}?consistentRead=y")).await.ok();
    assert_eq!(
        (&shown["chapter_names"], &shown["sys_version"]),
        (&json!("isles"), &version)
    );
}

#[tokio::test]
async fn a_change_of_anything_else_writes_no_membership() {
    let app = app().await;
    let body = with(a_membership(), holds(&["alps"], &[]));
    app.post("/memberships/acme", body).await.ok();
    let patch = json!([{ "op": "add", "path": "/website", "value": "https://alps.example.org" }]);
    let operation = json!({ "operation": "patch", "id": "alps", "patch_directives": patch });
    let batch = json!({ "operations": [operation] });
    assert_eq!(
        app.post("/chapters/acme/batch", batch).await.ok()["error_count"],
        0
    );
    assert_eq!(app.get(URL).await.ok()["sys_version"], 1);
    let rename = json!({ "operation": "patch", "id": "alps", "patch_directives": rename("Alps") });
    let batch = json!({ "operations": [rename] });
    assert_eq!(
        app.post("/chapters/acme/batch", batch).await.ok()["error_count"],
        0
    );
    assert_eq!(app.get(URL).await.ok()["chapter_names"], "Alps");
}

#[tokio::test]
async fn the_scheduler_finds_those_that_were_written_meanwhile() {
    let app = app().await;
    app.patch("/chapters/acme/alps", rename("The Alps"))
        .await
        .ok();
    // As a request leaves it that has read the chapter before it was renamed.
    let names = json!({ "chapters": { "alps": "alps" } });
    let stale = with(
        holds(&["alps"], &[]),
        json!({ "_affiliation_names": names }),
    );
    app.create::<Memberships>(a_stored_membership("c-1", stale))
        .await;
    assert_eq!(app.get(URL).await.ok()["chapter_names"], "alps");
    look(&app, "alps").await;
    assert_eq!(app.get(URL).await.ok()["chapter_names"], "The Alps");
}

/// More than a request writes, whatever has become of their status.
#[tokio::test]
async fn more_follow_after_the_request() {
    let app = app().await;
    let count = lifecycle::copies::IN_A_REQUEST + 20;
    let change = |n: usize| {
        let status = if n.is_multiple_of(2) {
            "active"
        } else {
            "inactive"
        };
        let names = json!({ "chapters": { "alps": "alps" }, "addOns": { "journal": "journal" } });
        let own = json!({ "number": n + 1, "status": status, "_affiliation_names": names });
        let fields = with(holds(&["alps"], &["journal"]), own);
        let member = a_stored_membership(&format!("m-{n:03}"), fields);
        let change = app.store.change::<Memberships>(&import(), None, member);
        change.expect("a sound membership")
    };
    let written = app
        .store
        .write_all(&(0..count).map(change).collect::<Vec<_>>())
        .await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    let shown = async |name: &str, count: usize| {
        let every = model::resources::membership::indexes::every();
        let all = app.store.query_all::<Memberships>(&every).await;
        let all = all.expect("memberships");
        let has = |member: &&model::Record| member.raw("chapter_names") == Some(&json!(name));
        assert_eq!(all.iter().filter(has).count(), count, "{name}");
    };
    app.patch("/chapters/acme/alps", rename("The Alps"))
        .await
        .ok();
    shown("alps", 20).await;
    look(&app, "alps").await;
    shown("The Alps", count).await;
    let add_on = app.store.require::<AddOns>("journal").await.expect("it");
    assert_eq!(add_on.raw("_copies_due"), None, "nothing of it was renamed");
}

#[tokio::test]
async fn a_locked_membership_shows_them_once_it_is_unlocked() {
    let app = app().await;
    let body = with(a_membership(), holds(&["alps"], &[]));
    app.post("/memberships/acme", body).await.ok();
    app.set::<Memberships>("contact:c-1", json!({ "sys_locked": true }))
        .await;
    app.patch("/chapters/acme/alps", rename("The Alps"))
        .await
        .ok();
    look(&app, "alps").await;
    assert_eq!(app.get(URL).await.ok()["chapter_names"], "alps");
    let unlock = json!([{ "op": "remove", "path": "/sys_locked" }]);
    let unlocked = app
        .send(Call::patch(URL, unlock).scopes("admin"))
        .await
        .ok();
    assert_eq!(unlocked["chapter_names"], "The Alps");
}

#[tokio::test]
async fn one_of_before_gets_them_when_it_is_written() {
    let app = app().await;
    app.create::<Memberships>(a_stored_membership("c-1", holds(&["alps"], &["journal"])))
        .await;
    assert_eq!(app.get(URL).await.ok().get("chapter_names"), None);
    let note = json!([{ "op": "add", "path": "/notes", "value": "n" }]);
    let after = app.patch(URL, note).await.ok();
    assert_eq!(
        (&after["chapter_names"], &after["add_on_names"]),
        (&json!("alps"), &json!("journal"))
    );
    app.patch("/addOns/acme/journal", rename("Journal"))
        .await
        .ok();
    assert_eq!(app.get(URL).await.ok()["add_on_names"], "Journal");
}

#[tokio::test]
async fn forty_add_ons_may_be_held() {
    let app = app().await;
    let ids: Vec<String> = (0..41).map(|n| format!("a-{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    app.seed_affiliations(&[], &ids).await;
    let body = |count: usize| with(a_membership(), holds(&[], &ids[..count]));
    assert_eq!(
        app.post("/memberships/acme", body(41))
            .await
            .refused_for(400),
        "/add_ons makes 41 add-ons: 40 may be held"
    );
    app.post("/memberships/acme", body(40)).await.ok();
}
