//! `POST /applications/{tenantId}/generateApplication/{processId}/{ownerType}/{id}`

use model::resources::Packages;
use serde_json::{Value, json};
use tests::TestApp;

const URL: &str = "/applications/acme/generateApplication";

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.seed_contact("c-1").await;
    app.seed_affiliations(&["north", "south"], &["journal"])
        .await;
    let held = json!({
        "chapters": [{ "chapter_id": "north", "dues": 18 }, { "chapter_id": "south" }],
        "add_ons": [{ "add_on_id": "journal", "quantity": 2 }],
        "do_not_show_in_directory": true, "notes": "staff's own",
    });
    app.member("m-1", "2026-03-31", held).await;
    for (id, kind) in [
        ("join-1", "join"),
        ("renew", "renewal"),
        ("change", "change affiliations"),
    ] {
        app.seed_process(json!({ "id": id, "type": kind })).await;
    }
    app
}

async fn generated(app: &TestApp, rest: &str) -> Value {
    app.post(&format!("{URL}/{rest}"), Value::Null).await.ok()
}

#[tokio::test]
async fn a_renewal_is_filled_in_from_the_membership() {
    let app = app().await;
    let expected = json!({
        "type": "renewal", "process_id": "renew", "owner_type": "contact", "contact_id": "m-1",
        "name": "Member m-1", "status": "not yet submitted",
        "membership_package_id": "anniversary", "membership_type_id": "regular",
        "chapter_id": "north", "additional_chapter_ids": ["south"],
        "add_ons": [{ "add_on_id": "journal", "quantity": 2 }],
        "do_not_show_in_directory": true,
    });
    let made = generated(&app, "renew/contact/m-1").await;
    assert_eq!(made, expected.clone());
    assert_eq!(
        app.get("/applications/acme/contact/m-1").await.ok()["Count"],
        0
    );
    // What is answered can be sent.
    app.post("/applications/acme", made).await.ok();
    app.set::<Packages>("anniversary", json!({ "renews_with_id": "calendar" }))
        .await;
    let next = generated(&app, "renew/contact/m-1").await;
    assert_eq!(next["membership_package_id"], "calendar");
    app.set::<Packages>("calendar", json!({ "is_active": false }))
        .await;
    let none = generated(&app, "renew/contact/m-1").await;
    assert_eq!(none.get("membership_package_id"), None);
}

#[tokio::test]
async fn the_member_may_be_left_to_choose() {
    let app = app().await;
    let chooses =
        json!({ "id": "choose", "type": "renewal", "do_not_set_default_renewal_package": true });
    app.seed_process(chooses).await;
    let made = generated(&app, "choose/contact/m-1").await;
    assert_eq!(made.get("membership_package_id"), None);
    assert_eq!(made["chapter_id"], "north");
}

#[tokio::test]
async fn a_join_begins_empty_and_a_change_with_what_is_held() {
    let app = app().await;
    let joins = json!({
        "type": "join", "process_id": "join-1", "owner_type": "contact", "contact_id": "c-1",
        "name": "Ada Byron", "status": "not yet submitted",
    });
    assert_eq!(generated(&app, "join-1/contact/c-1").await, joins);
    let change = generated(&app, "change/contact/m-1").await;
    assert_eq!(change["membership_package_id"], "anniversary");
    assert_eq!(change["chapter_id"], "north");
}

#[tokio::test]
async fn whom_it_is_not_for_is_told_why() {
    let app = app().await;
    app.seed_process(json!({ "id": "off", "is_active": false }))
        .await;
    for (rest, status, expected) in [
        ("renew/contact/c-1", 400, "/id has no membership to renew"),
        ("change/contact/c-1", 400, "/id has no membership to change"),
        (
            "join-1/contact/m-1",
            400,
            "/id has a membership: nothing to join",
        ),
        ("off/contact/c-1", 400, "/processId is not active"),
        (
            "join-1/person/c-1",
            400,
            "/ownerType must be one of: contact, organization",
        ),
    ] {
        let answer = app.post(&format!("{URL}/{rest}"), Value::Null).await;
        assert_eq!(answer.refused_for(status), expected, "{rest}");
    }
    for (rest, message) in [
        (
            "nowhere/contact/c-1",
            "ApplicationProcess nowhere does not exist",
        ),
        ("join-1/contact/c-9", "Contact c-9 does not exist"),
    ] {
        let answer = app.post(&format!("{URL}/{rest}"), Value::Null).await;
        assert_eq!(answer.body["message"], message);
        answer.refused(404);
    }
    let firm = json!({ "id": "o-1", "name": "Engines Ltd" });
    app.seed::<model::resources::Organizations>(firm).await;
    let url = format!("{URL}/join-1/organization/o-1");
    let answer = app.post(&url, Value::Null).await;
    let rule = "/ownerType must be contact: the process is for no other owners";
    assert_eq!(answer.refused_for(400), rule);
}
