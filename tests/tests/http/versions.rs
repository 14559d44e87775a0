//! `sys_version`, `ETag` and `If-Match`; and locked records.

use serde_json::{Map, Value, json};
use tests::records::with;
use tests::{Call, TestApp};

const URL: &str = "/contacts/acme/c-1";

async fn app() -> (TestApp, Value) {
    let app = TestApp::start().await;
    app.seed_contact("c-1").await;
    let contact = app.get(URL).await.ok();
    (app, contact)
}

#[tokio::test]
async fn a_replacement_names_the_version_it_was_made_from() {
    let (app, contact) = app().await;
    let without = with(contact.clone(), json!({ "sys_version": null }));
    let refused = app.put(URL, without.clone()).await.refused_for(400);
    assert_eq!(
        refused,
        "/sys_version is required to replace a record (or send If-Match)"
    );
    assert_eq!(app.put(URL, contact.clone()).await.ok()["sys_version"], 2);
    let stale = app.put(URL, contact).await.refused_for(409);
    assert!(
        stale.starts_with("/sys_version Contact c-1 has been changed"),
        "{stale}"
    );
    let call = Call::put(URL, without.clone()).header("if-match", "\"2\"");
    let answer = app.send(call).await;
    assert_eq!(answer.headers["etag"], "\"3\"");
    answer.ok();
    let call = Call::put(URL, without).header("if-match", "\"2\"");
    app.send(call).await.refused(409);
}

#[tokio::test]
async fn a_replacement_is_whole() {
    let (app, contact) = app().await;
    let body = json!({ "name": "Ada", "sys_version": contact["sys_version"] });
    let after = app.put(URL, body).await.ok();
    assert_eq!(after["name"], "Ada");
    assert_eq!(
        (after.get("address"), after.get("email_address")),
        (None, None)
    );
    assert_eq!(after["id"], "c-1");
}

#[tokio::test]
async fn a_patch_may_be_guarded() {
    let (app, _) = app().await;
    let patch = |version: i64| json!([{ "op": "test", "path": "/sys_version", "value": version }, { "op": "replace", "path": "/name", "value": "X" }]);
    app.patch(URL, patch(1)).await.ok();
    assert_eq!(
        app.patch(URL, patch(1)).await.refused_for(400),
        "/0 test failed: /sys_version has another value"
    );
    let call = Call::patch(URL, json!([])).header("if-match", "\"1\"");
    app.send(call).await.refused(409);
}

#[tokio::test]
async fn a_tag_that_is_none_is_refused() {
    let (app, contact) = app().await;
    for tag in ["x", "W/\"1\"", "*", ""] {
        let call = Call::put(URL, contact.clone()).header("if-match", tag);
        let refused = app.send(call).await.refused_for(400);
        assert_eq!(
            refused, "/sys_version If-Match must be an ETag that was answered",
            "{tag}"
        );
    }
}

#[tokio::test]
async fn of_many_replacements_at_once_one_wins() {
    let (app, contact) = app().await;
    let puts =
        (0..10).map(|n| app.put(URL, with(contact.clone(), json!({ "name": n.to_string() }))));
    let answers = futures::future::join_all(puts).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 409).count(),
        9
    );
    assert_eq!(app.get(URL).await.ok()["sys_version"], 2);
}

#[tokio::test]
async fn a_locked_record_changes_only_when_an_admin_unlocks_it() {
    let (app, _) = app().await;
    let lock = |on: bool| json!([{ "op": "add", "path": "/sys_locked", "value": on }]);
    let locked = app.patch(URL, lock(true)).await.ok();
    let edit = json!([{ "op": "replace", "path": "/name", "value": "X" }]);
    for call in [
        Call::patch(URL, edit.clone()),
        Call::patch(URL, lock(false)),
        Call::put(URL, locked.clone()),
        Call::delete(URL),
        Call::patch(URL, edit).scopes("admin"),
        Call::delete(URL).scopes("admin"),
    ] {
        let answer = app.send(call).await;
        assert!(answer.body["message"].as_str().unwrap().contains("locked"));
        answer.refused(403);
    }
    // It only says who tried to delete it (rule API-18), which is a write.
    let noted = app.get(URL).await.ok();
    let write = ["sys_deleted_by_id", "sys_version", "sys_last_modified_at"];
    let of_note: Map<String, Value> = write
        .iter()
        .map(|f| ((*f).into(), noted[*f].clone()))
        .collect();
    assert_eq!(noted, with(locked, Value::Object(of_note)));
    assert_eq!(noted["sys_deleted_by_id"], "user-1");
    app.send(Call::patch(URL, lock(false)).scopes("admin"))
        .await
        .ok();
    app.delete(URL).await.ok();
}

#[tokio::test]
async fn a_delete_may_be_guarded() {
    let (app, contact) = app().await;
    app.put(URL, contact).await.ok();
    let delete = |tag: &str| Call::delete(URL).header("if-match", tag);
    let stale = app.send(delete("\"1\"")).await.refused_for(409);
    assert!(
        stale.starts_with("/sys_version Contact c-1 has been changed"),
        "{stale}"
    );
    app.send(delete("no tag")).await.refused(400);
    app.get(URL).await.ok();
    app.send(delete("\"2\"")).await.ok();
    app.get(URL).await.refused(404);
}

#[tokio::test]
async fn a_delete_of_the_settings_may_be_guarded() {
    let app = TestApp::start().await;
    let url = "/settings/acme";
    let create = Call::post(url, json!({ "currency": "EUR" })).scopes("admin");
    app.send(create).await.ok();
    let delete = |tag: &str| Call::delete(url).header("if-match", tag);
    app.send(delete("\"7\"").scopes("admin")).await.refused(409);
    app.send(delete("\"1\"").scopes("admin")).await.ok();
}
