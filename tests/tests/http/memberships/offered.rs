//! What the catalogue allows to be held, for every writer (rules MEM-8, AFF-6 to
//! AFF-8).

use model::resources::{
    AddOnTypes, AddOns, Chapters, Packages, SectionTypes, Sections, Settings, Types,
};
use serde_json::{Value, json};
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

const URL: &str = "/memberships/acme/contact:c-1";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_type_and_package("2").await;
    app.seed_affiliations(&["alps", "isles"], &["journal"])
        .await;
    app.seed::<SectionTypes>(json!({ "id": "st", "name": "Interests" }))
        .await;
    app.seed::<Sections>(json!({ "id": "law", "name": "Law", "type_id": "st" }))
        .await;
    app
}

fn set(field: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": format!("/{field}"), "value": value }])
}

fn chapters(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "chapter_id": id })).collect()
}

/// What an admin is told who makes a membership so.
async fn refused(app: &TestApp, changes: Value) -> String {
    let call = Call::post("/memberships/acme", with(a_membership(), changes));
    app.send(call.scopes("admin")).await.refused_for(400)
}

async fn patch(app: &TestApp, field: &str, value: Value) -> String {
    let call = Call::patch(URL, set(field, value)).scopes("admin");
    app.send(call).await.refused_for(400)
}

async fn configure(app: &TestApp, configuration: Value) {
    let settings = json!({ "id": "settings", "chapter_configuration": configuration });
    app.seed::<Settings>(settings).await;
}

#[tokio::test]
async fn type_and_package_are_active_and_for_such_an_owner() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app.seed_contact("c-2").await;
    app.set::<Packages>("p-2", json!({ "is_active": false }))
        .await;
    app.set::<Types>("t-2", json!({ "is_active": false })).await;
    let package = "/package_id package One year (p-2) is not active";
    let other = json!({ "contact_id": "c-2", "package_id": "p-2" });
    assert_eq!(refused(&app, other).await, package);
    assert_eq!(patch(&app, "package_id", json!("p-2")).await, package);
    let kind = "/type_id type Regular (t-2) is not active";
    assert_eq!(patch(&app, "type_id", json!("t-2")).await, kind);
    assert_eq!(
        patch(&app, "type_id", json!("t-o")).await,
        "/type_id is only for an organization: a contact cannot hold it"
    );
    let organization =
        json!({ "owner_type": "organization", "contact_id": null, "organization_id": "o-1" });
    assert_eq!(
        refused(&app, organization).await,
        "/type_id is only for a contact: an organization cannot hold it"
    );
    // Who holds what is not sold any more keeps it.
    app.set::<Packages>("p-1", json!({ "is_active": false }))
        .await;
    app.set::<Types>(
        "t-1",
        json!({ "is_active": false, "customer_type": "organization" }),
    )
    .await;
    app.patch(URL, set("notes", json!("n"))).await.ok();
    let read = app.get(URL).await.ok();
    app.put(URL, read).await.ok();
}

#[tokio::test]
async fn what_comes_is_active_and_for_the_type() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app.set::<Chapters>("isles", json!({ "is_active": false }))
        .await;
    assert_eq!(
        patch(&app, "chapters", chapters(&["alps", "isles"])).await,
        "/chapters/1/chapter_id chapters isles (isles) is not active"
    );
    let only = json!({ "restrict_membership_types": true, "allowed_membership_type_ids": ["t-2"] });
    app.set::<SectionTypes>("st", only.clone()).await;
    let section = json!([{ "section_id": "law" }]);
    let of_type = "/sections/0/section_id sections Law (law) is not for the membership type t-1";
    assert_eq!(patch(&app, "sections", section.clone()).await, of_type);
    app.seed::<AddOnTypes>(with(json!({ "id": "at", "name": "Printed" }), only))
        .await;
    app.set::<AddOns>("journal", json!({ "type_id": "at" }))
        .await;
    assert_eq!(
        patch(&app, "add_ons", json!([{ "add_on_id": "journal" }])).await,
        "/add_ons/0/add_on_id addOns journal (journal) is not for the membership type t-1"
    );
    let of_other_type = json!([
        { "op": "replace", "path": "/type_id", "value": "t-2" },
        { "op": "add", "path": "/sections", "value": section },
        { "op": "add", "path": "/chapters", "value": chapters(&["alps"]) },
    ]);
    app.patch(URL, of_other_type).await.ok();
    // What is held stays so, whatever has become of it; another type asks anew.
    app.set::<Chapters>("alps", json!({ "is_active": false }))
        .await;
    app.set::<SectionTypes>("st", json!({ "allowed_membership_type_ids": ["t-1"] }))
        .await;
    app.patch(URL, set("chapters/0/dues", json!(5))).await.ok();
    app.set::<SectionTypes>("st", json!({ "allowed_membership_type_ids": ["t-2"] }))
        .await;
    assert_eq!(patch(&app, "type_id", json!("t-1")).await, of_type);
}

#[tokio::test]
async fn one_of_an_add_on_unless_it_may_be_several() {
    let app = app().await;
    let two = json!({ "add_ons": [{ "add_on_id": "journal", "quantity": 2 }] });
    assert_eq!(
        refused(&app, two.clone()).await,
        "/add_ons/0/quantity must be 1: add-on journal can be held once only"
    );
    app.set::<AddOns>("journal", json!({ "allow_multiple": true }))
        .await;
    app.post("/memberships/acme", with(a_membership(), two))
        .await
        .ok();
    app.set::<AddOns>("journal", json!({ "allow_multiple": false }))
        .await;
    app.patch(URL, set("notes", json!("n"))).await.ok();
    assert_eq!(
        patch(&app, "add_ons/0/quantity", json!(3)).await,
        "/add_ons/0/quantity must be 1: add-on journal can be held once only"
    );
}

#[tokio::test]
async fn as_many_chapters_as_the_configuration_says() {
    let app = app().await;
    let (least, most) = (
        "members_are_required_to_join_a_chapter",
        "maximum_number_of_chapters_a_member_can_join",
    );
    configure(&app, json!({ least: true, most: 1 })).await;
    assert_eq!(
        refused(&app, json!({})).await,
        "/chapters makes 0 chapters: at least 1 have to be joined"
    );
    let one = json!({ "chapters": chapters(&["alps"]) });
    app.post("/memberships/acme", with(a_membership(), one))
        .await
        .ok();
    let both = chapters(&["alps", "isles"]);
    let too_many = "/chapters makes 2 chapters: at most 1 can be joined";
    assert_eq!(patch(&app, "chapters", both.clone()).await, too_many);
    // The package's own stands instead.
    let own =
        json!({ "override_chapter_configuration": true, "chapter_configuration": { most: 2 } });
    app.set::<Packages>("p-1", own).await;
    app.patch(URL, set("chapters", both)).await.ok();
    app.set::<Packages>("p-1", json!({ "override_chapter_configuration": false }))
        .await;
    app.patch(URL, set("notes", json!("n"))).await.ok();
    // Whoever has too many may come nearer, but not change to as many others.
    app.seed_affiliations(&["east"], &[]).await;
    assert_eq!(
        patch(&app, "chapters", chapters(&["alps", "east"])).await,
        too_many
    );
    app.patch(URL, set("chapters", chapters(&["isles"])))
        .await
        .ok();
}

#[tokio::test]
async fn as_many_sections_as_the_type_says() {
    let app = app().await;
    let restrictions = json!({ "minimum_number_of_sections": 1, "maximum_number_of_sections": 1 });
    let kind = json!({ "enable_section_restrictions": true, "section_restrictions": restrictions });
    app.set::<Types>("t-1", kind).await;
    assert_eq!(
        refused(&app, json!({})).await,
        "/sections makes 0 sections: at least 1 have to be joined"
    );
    let law = json!({ "sections": [{ "section_id": "law" }] });
    app.post("/memberships/acme", with(a_membership(), law))
        .await
        .ok();
}

#[tokio::test]
async fn the_numbers_of_a_configuration_are_checked_when_it_is_saved() {
    let app = app().await;
    let most = "maximum_number_of_chapters_a_member_can_join";
    let wrong = json!({ "chapter_configuration": { most: 0, "auto_assignment": "always" } });
    let refused = app
        .send(Call::post("/settings/acme", wrong.clone()).scopes("admin"))
        .await;
    let of = |refused: Vec<(String, String)>| -> Vec<String> {
        refused
            .into_iter()
            .map(|(path, rule)| format!("{path} {rule}"))
            .collect()
    };
    let expected = [
        "/chapter_configuration/maximum_number_of_chapters_a_member_can_join must be a whole number from 1 to 40",
        "/chapter_configuration/auto_assignment must be one of: off, assign, suggest",
    ];
    assert_eq!(of(refused.refused(400)), expected);
    let off = app
        .patch(
            "/packages/acme/p-1",
            set(
                "chapter_configuration",
                wrong["chapter_configuration"].clone(),
            ),
        )
        .await;
    off.ok();
    let on = app
        .patch(
            "/packages/acme/p-1",
            set("override_chapter_configuration", json!(true)),
        )
        .await;
    assert_eq!(of(on.refused(400)), expected);
    let sections = json!({ "minimum_number_of_sections": 2, "maximum_number_of_sections": 1 });
    let kind = json!([
        { "op": "add", "path": "/enable_section_restrictions", "value": true },
        { "op": "add", "path": "/section_restrictions", "value": sections },
    ]);
    assert_eq!(
        app.patch("/types/acme/t-1", kind).await.refused_for(400),
        "/section_restrictions/minimum_number_of_sections asks for 2 at least, where 1 at most can be joined"
    );
}
