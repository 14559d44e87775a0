//! `GET …/portal/contact/{portalContactId}/{id}`

use model::resources::{Contacts, Organizations};
use serde_json::json;
use tests::records::{a_contact, a_membership, an_organization, record, with};
use tests::{Answer, Call, TestApp};

/// c-1 and c-2 are members, and so is o-1, for which c-2 stands.
async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let second = with(a_contact(), json!({ "id": "c-2" }));
    app.seed::<Contacts>(second).await;
    app.seed_contact("c-3").await;
    let before = app
        .store
        .require::<Organizations>("o-1")
        .await
        .expect("a sound answer");
    let stood_for = with(an_organization(), json!({ "contact_ids": ["c-3", "c-2"] }));
    app.change::<Organizations>(&before, record(stood_for))
        .await;
    let own = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" });
    for owner in [json!({}), json!({ "contact_id": "c-2" }), own] {
        app.post("/memberships/acme", with(a_membership(), owner))
            .await
            .ok();
    }
    app
}

fn path(contact: &str, id: &str) -> String {
    format!("/memberships/acme/portal/contact/{contact}/{id}")
}

#[tokio::test]
async fn a_contact_is_given_what_belongs_to_them() {
    let app = app().await;
    for (contact, id, theirs) in [
        ("c-1", "contact:c-1", true),
        ("c-1", "contact:c-2", false),
        ("c-1", "organization:o-1", false),
        ("c-2", "contact:c-2", true),
        ("c-2", "organization:o-1", true),
        ("c-3", "organization:o-1", true),
        ("c-3", "contact:c-1", false),
        ("o-1", "organization:o-1", false),
    ] {
        let read = |call: Call| app.send(call);
        // Staff ask for any contact, a member with a token of their own.
        let by_staff: Answer = read(Call::get(&path(contact, id)).scopes("read")).await;
        let by_member = Call::get(&path(contact, id)).by_contact(contact).scopes("");
        for answer in [by_staff, read(by_member).await] {
            assert_eq!(
                answer.status,
                if theirs { 200 } else { 403 },
                "{contact} {id}"
            );
            if theirs {
                assert_eq!(answer.headers["etag"], "\"1\"");
                assert_eq!(answer.body["id"], id);
            }
        }
    }
    app.get(&path("c-1", "contact:c-9")).await.refused(404);
}

#[tokio::test]
async fn a_members_token_is_good_for_its_own_contact_only() {
    let app = app().await;
    let other = Call::get(&path("c-2", "contact:c-2")).by_contact("c-1");
    let refused = app.send(other.scopes("read admin")).await;
    assert_eq!(refused.body["message"], "this token is another contact's");
    refused.refused(403);
    let elsewhere = Call::get(&path("c-1", "contact:c-1").replace("acme", "other"));
    app.send(elsewhere.by_contact("c-1")).await.refused(403);
    let unscoped = Call::get(&path("c-1", "contact:c-1")).scopes("write");
    app.send(unscoped).await.refused(403);
}

#[tokio::test]
async fn fields_can_be_chosen() {
    let app = app().await;
    let url = path("c-2", "organization:o-1");
    let answer = app
        .send(Call::get(&format!("{url}?fields=name&consistentRead=y")).by_contact("c-2"))
        .await;
    assert_eq!(
        answer.ok(),
        json!({ "id": "organization:o-1", "name": "Engines Ltd" })
    );
}
