//! The name of an application: its owner's, unless another was given (rule APPL-6).

use super::{app, set};
use model::resources::{Applications, Contacts};
use serde_json::{Value, json};
use tests::records::{an_application, with};
use tests::{Call, TestApp};

const CONTACT: &str = "/contacts/acme/c-1";

async fn rename(app: &TestApp, name: &str) {
    app.patch(CONTACT, set("name", json!(name))).await.ok();
}

async fn name(app: &TestApp, url: &str) -> Value {
    app.get(url).await.ok()["name"].clone()
}

#[tokio::test]
async fn follows_the_owner() {
    let app = app().await;
    let left_out = app.apply(an_application()).await;
    // As a draft fills it in.
    let repeated = with(an_application(), json!({ "name": "Ada Byron" }));
    let repeated = app.apply(repeated).await;
    let own = with(an_application(), json!({ "name": "A. B." }));
    let own = app.apply(own).await;
    rename(&app, "Ada Lovelace").await;
    for (url, expected) in [
        (&left_out, "Ada Lovelace"),
        (&repeated, "Ada Lovelace"),
        (&own, "A. B."),
    ] {
        assert_eq!(name(&app, url).await, expected);
    }
    let found = app
        .post("/applications/acme/search", json!({ "name": "lovelace" }))
        .await
        .ok();
    assert_eq!(found["Items"].as_array().map(Vec::len), Some(2));
    // From now on it is the applicant's own, until it is taken away again.
    app.patch(&left_out, set("name", json!("Countess")))
        .await
        .ok();
    rename(&app, "Ada King").await;
    assert_eq!(name(&app, &left_out).await, "Countess");
    assert_eq!(name(&app, &repeated).await, "Ada King");
    let remove = json!([{ "op": "remove", "path": "/name" }]);
    assert_eq!(app.patch(&left_out, remove).await.ok()["name"], "Ada King");
}

#[tokio::test]
async fn of_many_the_scheduler_writes_the_rest() {
    let app = app().await;
    let mut urls = Vec::new();
    for _ in 0..12 {
        urls.push(app.apply(an_application()).await);
    }
    rename(&app, "Ada Lovelace").await;
    app.finish_copies().await;
    for url in &urls {
        assert_eq!(name(&app, url).await, "Ada Lovelace");
    }
    let locked = urls[0].rsplit('/').next().expect("an id");
    app.set::<Applications>(locked, json!({ "sys_locked": true }))
        .await;
    rename(&app, "Ada King").await;
    app.finish_copies().await;
    assert_eq!(name(&app, &urls[0]).await, "Ada Lovelace");
    let unlock = Call::patch(&urls[0], json!([{ "op": "remove", "path": "/sys_locked" }]));
    assert_eq!(
        app.send(unlock.scopes("admin")).await.ok()["name"],
        "Ada King"
    );
    let owner = app.store.require::<Contacts>("c-1").await.expect("it");
    assert_eq!(owner.raw("_copies_due"), None);
}
