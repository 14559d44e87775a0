//! `POST /applications/{tenantId}`

use super::app;
use serde_json::json;
use tests::TestApp;
use tests::records::{an_application, with};

#[tokio::test]
async fn fills_the_name_and_the_status() {
    let app = app().await;
    let made = app.post("/applications/acme", an_application()).await.ok();
    assert_eq!(made["name"], "Ada Byron");
    assert_eq!(made["status"], "not yet submitted");
    assert_eq!(made.get("date"), None);
    assert_eq!(made["sys_version"], 1);
    let url = format!("/applications/acme/{}", made["id"].as_str().unwrap());
    assert_eq!(app.get(&url).await.ok(), made);
    let part = app.get(&format!("{url}?fields=name")).await.ok();
    assert_eq!(part, json!({ "id": made["id"], "name": "Ada Byron" }));
}

#[tokio::test]
async fn what_is_given_is_kept() {
    let app = app().await;
    let body = with(
        an_application(),
        json!({
            "name": "A. B.", "date": "2026-02-01T10:00:00Z", "organization_id": "o-1",
            "renew_automatically": true, "do_not_renew": false, "do_not_show_in_directory": true,
            "notes": "called twice", "hidden_directory_fields": ["city"], "referral_contact_id": "c-1",
            "corporate_member_ids": ["c-1"], "override_join_date": "2020-01-01",
            "assigned_contacts": [
                { "type": "existing", "contact_id": "c-1" },
                { "type": "new", "new_contact_info": { "first_name": "Bo" } },
            ],
            "custom_field_values": [{ "custom_field_id": "shoe_size__c", "numeric_value": 41.5 }],
        }),
    );
    let made = app.post("/applications/acme", body.clone()).await.ok();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_organization_applies_too() {
    let app = app().await;
    app.seed_process(json!({ "id": "join-2", "customer_type": "organization" }))
        .await;
    let companies = json!({ "id": "t-2", "name": "Companies", "customer_type": "organization" });
    app.seed::<model::resources::Types>(companies).await;
    let package = json!({ "id": "p-2", "name": "One year", "business_unit_id": "b-1" });
    app.seed::<model::resources::Packages>(package).await;
    let changes = json!({
        "process_id": "join-2", "owner_type": "organization", "contact_id": null, "organization_id": "o-1",
        "membership_type_id": "t-2", "membership_package_id": "p-2",
    });
    let body = with(an_application(), changes);
    let made = app.post("/applications/acme", body.clone()).await.ok();
    assert_eq!(made["name"], "Engines Ltd");
    let both = with(body, json!({ "contact_id": "c-1" }));
    assert_eq!(
        app.post("/applications/acme", both).await.refused_for(400),
        "/contact_id cannot be set when owner_type is organization"
    );
}

#[tokio::test]
async fn every_violation_is_told_at_once() {
    let app = app().await;
    let body = json!({
        "id": "mine", "type": "leave", "owner_type": "contact", "date": "yesterday", "status": "lost",
        "add_ons": [{ "add_on_id": "a", "quantity": 0 }, { "add_on_id": "a" }],
        "assigned_contacts": [{ "type": "existing" }, { "type": "new" }, { "type": "old" }],
        "custom_field_values": [{ "custom_field_id": "Bad" }], "number": 1,
    });
    let mut problems = app.post("/applications/acme", body).await.refused(400);
    problems.sort_unstable();
    let told: Vec<String> = problems
        .iter()
        .map(|(path, rule)| format!("{path} {rule}"))
        .collect();
    insta::assert_debug_snapshot!(told);
}

#[tokio::test]
async fn every_reference_that_leads_nowhere_is_named() {
    let app = TestApp::start().await;
    let more = json!({
        "status_reason_id": "r-9", "chapter_id": "north", "additional_chapter_ids": ["south"],
        "section_ids": ["law"], "add_ons": [{ "add_on_id": "journal" }], "referral_contact_id": "c-2",
        "assigned_contacts": [{ "type": "existing", "contact_id": "c-3", "add_on_ids": ["badge"] }],
        "corporate_member_ids": ["c-4"],
    });
    let mut problems = app
        .post("/applications/acme", with(an_application(), more))
        .await
        .refused(409);
    problems.sort_unstable();
    let told: Vec<String> = problems
        .iter()
        .map(|(path, rule)| format!("{path} {rule}"))
        .collect();
    let expected = [
        "/add_ons/0/add_on_id addOns journal does not exist",
        "/additional_chapter_ids/0 chapters south does not exist",
        "/assigned_contacts/0/add_on_ids/0 addOns badge does not exist",
        "/assigned_contacts/0/contact_id contacts c-3 does not exist",
        "/chapter_id chapters north does not exist",
        "/contact_id contacts c-1 does not exist",
        "/corporate_member_ids/0 contacts c-4 does not exist",
        "/membership_package_id packages p-1 does not exist",
        "/membership_type_id types t-1 does not exist",
        "/process_id applicationProcesses join-1 does not exist",
        "/referral_contact_id contacts c-2 does not exist",
        "/section_ids/0 sections law does not exist",
        "/status_reason_id applicationStatusReasons r-9 does not exist",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_it_refers_to_is_kept() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &["journal"])
        .await;
    let wanted = json!({
        "chapter_id": "north", "additional_chapter_ids": ["south"],
        "add_ons": [{ "add_on_id": "journal", "quantity": 2 }],
    });
    let body = with(an_application(), wanted);
    let made = app.post("/applications/acme", body.clone()).await.ok();
    assert_eq!(made["add_ons"], body["add_ons"]);
    for used in [
        "/chapters/acme/north",
        "/chapters/acme/south",
        "/addOns/acme/journal",
        "/applicationProcesses/acme/join-1",
        "/contacts/acme/c-1",
    ] {
        app.delete(used).await.refused(409);
    }
}
