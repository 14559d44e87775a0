//! Look-ups of memberships by owner and by parent.

use model::resources::membership::computed::fill_computed;
use model::resources::{Memberships, Organizations};
use serde_json::{Value, json};
use tests::records::{a_membership, record, with};
use tests::{Call, TestApp, import};

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app
}

/// An organization's own membership.
async fn parent(app: &TestApp, id: &str) {
    let known = app.store.get::<Organizations>(id).await;
    if known.expect("the store answers").is_none() {
        let organization = json!({ "id": id, "name": "Engines Ltd" });
        app.seed::<Organizations>(organization).await;
    }
    let own = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": id });
    app.post("/memberships/acme", with(a_membership(), own))
        .await
        .ok();
}

async fn derived(app: &TestApp, contact: &str, parent: &str) -> Value {
    let body = json!({
        "contact_id": contact, "origin": "flowdown", "parent_membership_id": parent, "flowdown_depth": 1,
    });
    let call = Call::post("/memberships/acme", with(a_membership(), body)).scopes("admin");
    app.send(call).await.ok()
}

#[tokio::test]
async fn by_contact_the_principal_comes_first() {
    let app = app().await;
    app.get("/memberships/acme/contact/c-1").await.refused(404);
    parent(&app, "a").await;
    derived(&app, "c-1", "organization:a").await;
    assert_eq!(
        app.get("/memberships/acme/contact/c-1").await.ok()["id"],
        "contact:c-1:a"
    );
    app.post("/memberships/acme", a_membership()).await.ok();
    let found = app.get("/memberships/acme/contact/c-1").await;
    assert_eq!(found.headers["etag"], "\"1\"");
    assert_eq!(found.ok()["id"], "contact:c-1");
    app.get("/memberships/acme/contact/c-1:a")
        .await
        .refused(404);
    app.get("/memberships/acme/contact/c").await.refused(404);
}

#[tokio::test]
async fn by_organization_only_its_own_are_found() {
    let app = app().await;
    // As one that an import brought before its parent had to be there.
    let body = json!({ "id": "contact:c-1:o-1", "number": 1, "origin": "flowdown", "flowdown_depth": 1,
        "parent_membership_id": "organization:o-1", "status": "active", "name": "Ada Byron" });
    let mut orphan = record(with(a_membership(), body));
    fill_computed(&mut orphan);
    let change = app.store.change::<Memberships>(&import(), None, orphan);
    let written = app.store.write_all(&[change.unwrap()]).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    app.get("/memberships/acme/organization/o-1")
        .await
        .refused(404);
    let own = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" });
    app.post("/memberships/acme", with(a_membership(), own))
        .await
        .ok();
    let found = app
        .get("/memberships/acme/organization/o-1?fields=name")
        .await
        .ok();
    assert_eq!(
        found,
        json!({ "id": "organization:o-1", "name": "Engines Ltd" })
    );
    app.get("/memberships/acme/organization/c-1")
        .await
        .refused(404);
}

#[tokio::test]
async fn by_parent_the_direct_children_are_paged() {
    let app = app().await;
    parent(&app, "o-1").await;
    parent(&app, "o-2").await;
    for n in 0..103 {
        let contact = format!("k-{n:03}");
        app.seed_contact(&contact).await;
        derived(&app, &contact, "organization:o-1").await;
    }
    derived(&app, "c-1", "organization:o-2").await;
    let url = "/memberships/acme/parentMembership/organization:o-1";
    let first = app.get(&format!("{url}?fields=contact_id")).await.ok();
    assert_eq!(first["Count"], 100);
    assert_eq!(
        first["Items"][0],
        json!({ "id": "contact:k-000:o-1", "contact_id": "k-000" })
    );
    let key = first["LastEvaluatedKey"].as_str().unwrap();
    let last = app
        .get(&format!("{url}?exclusiveStartKey={key}"))
        .await
        .ok();
    assert_eq!(
        (&last["Count"], &last["LastEvaluatedKey"]),
        (&json!(3), &Value::Null)
    );
    let other = "/memberships/acme/parentMembership/organization:o-2";
    app.get(&format!("{other}?exclusiveStartKey={key}"))
        .await
        .refused(400);
    assert_eq!(app.get(other).await.ok()["Count"], 1);
}
