//! `POST /memberships/{tenantId}`

use model::resources::{AddOns, Packages, Settings, Types};
use serde_json::json;
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app
}

#[tokio::test]
async fn fills_what_the_server_owns() {
    let app = app().await;
    let mut made = app.post("/memberships/acme", a_membership()).await.ok();
    for stamp in ["sys_created_at", "sys_last_modified_at"] {
        assert!(made[stamp].as_str().unwrap().ends_with('Z'));
        made[stamp] = "[time]".into();
    }
    made["history"][0]["date"] = "[time]".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&made).unwrap());
    let read = app.get("/memberships/acme/contact:c-1").await.ok();
    assert_eq!(read["number"], made["number"]);
    assert_eq!(read["name"], "Ada Byron");
}

#[tokio::test]
async fn an_organization_is_its_own_member() {
    let app = app().await;
    let body = with(
        a_membership(),
        json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" }),
    );
    let made = app.post("/memberships/acme", body).await.ok();
    assert_eq!(made["id"], "organization:o-1");
    assert_eq!(made["customer_id"], "o-1");
    assert_eq!(made["name"], "Engines Ltd");
    assert_eq!(made["city"], "Zurich");
    assert_eq!(made.get("first_name"), None);
}

#[tokio::test]
async fn what_is_given_is_kept_and_what_is_not_follows() {
    let app = app().await;
    let body = with(
        a_membership(),
        json!({ "is_new": false, "join_or_last_renewal_date": "2025-06-01" }),
    );
    let made = app.post("/memberships/acme", body).await.ok();
    assert_eq!(made["is_new"], false);
    assert_eq!(made["join_or_last_renewal_date"], "2025-06-01");
    app.seed_contact("c-2").await;
    app.seed::<Settings>(json!({ "id": "settings", "clock": "2030-05-06T12:00:00Z" }))
        .await;
    let body = with(
        a_membership(),
        json!({ "contact_id": "c-2", "join_date": null, "term_start_date": null }),
    );
    let made = app.post("/memberships/acme", body).await.ok();
    assert_eq!(made["join_date"], "2030-05-06");
    assert_eq!(made["join_or_last_renewal_date"], "2030-05-06");
    assert_eq!(made["membership_join_date"], "2030-05-06");
}

#[tokio::test]
async fn ids_of_chapters_sections_and_add_ons_are_derived() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &["journal"])
        .await;
    app.set::<AddOns>("journal", json!({ "allow_multiple": true }))
        .await;
    let body = with(
        a_membership(),
        json!({
            "chapters": [{ "chapter_id": "north", "dues": 10.00 }, { "chapter_id": "south" }],
            "add_ons": [{ "add_on_id": "journal", "quantity": 2 }],
        }),
    );
    let made = app.post("/memberships/acme", body).await.ok();
    assert_eq!(made["chapter_ids"], json!(["north", "south"]));
    assert_eq!(made["primary_chapter_id"], "north");
    assert_eq!(made["add_on_ids"], json!(["journal"]));
    assert_eq!(made.get("section_ids"), None);
}

#[tokio::test]
async fn a_second_one_for_the_same_owner_is_refused_by_name() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let refused = app
        .post("/memberships/acme", a_membership())
        .await
        .refused_for(400);
    assert_eq!(
        refused,
        "/contact_id already has the membership contact:c-1: change that one"
    );
}

#[tokio::test]
async fn of_many_at_once_one_is_made() {
    let app = app().await;
    let posts = (0..20).map(|_| app.post("/memberships/acme", a_membership()));
    let answers = futures::future::join_all(posts).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(made, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        assert!(
            answer
                .refused_for(400)
                .contains("already has the membership contact:c-1")
        );
    }
}

#[tokio::test]
async fn numbers_are_never_given_twice() {
    let app = app().await;
    for n in 0..25 {
        app.seed_contact(&format!("m-{n}")).await;
    }
    let posts = (0..25).map(|n| {
        let body = with(a_membership(), json!({ "contact_id": format!("m-{n}") }));
        app.post("/memberships/acme", body)
    });
    let answers = futures::future::join_all(posts).await;
    let mut numbers: Vec<i64> = answers
        .into_iter()
        .map(|a| a.ok()["number"].as_i64().unwrap())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 25);
}

#[tokio::test]
async fn every_violation_is_told_at_once() {
    let app = app().await;
    let body = json!({
        "id": "mine", "owner_type": "contact", "type_id": 7, "expiration_date": "2025-02-30", "status": "gone",
        "chapters": [{ "chapter_id": "a" }, { "chapter_id": "a", "dues": "ten" }], "billed": true, "nonsense/ä": 1,
    });
    let problems = app.post("/memberships/acme", body).await.refused(400);
    insta::assert_debug_snapshot!(problems);
}

#[tokio::test]
async fn a_derived_one_comes_by_import_only() {
    let app = app().await;
    let body = with(
        a_membership(),
        json!({ "origin": "flowdown", "parent_membership_id": "organization:o-1", "flowdown_depth": 1 }),
    );
    let problems = app
        .post("/memberships/acme", body.clone())
        .await
        .refused(400);
    assert!(problems.contains(&(
        "/parent_membership_id".into(),
        "is set by the server".into()
    )));
    let made = async || {
        app.send(Call::post("/memberships/acme", body.clone()).scopes("admin"))
            .await
    };
    let refused = made().await.refused_for(409);
    assert_eq!(
        refused,
        "/parent_membership_id memberships organization:o-1 does not exist"
    );
    let own = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" });
    app.post("/memberships/acme", with(a_membership(), own))
        .await
        .ok();
    assert_eq!(made().await.ok()["id"], "contact:c-1:o-1");
    app.post("/memberships/acme", a_membership()).await.ok();
    let itself = json!([
        { "op": "replace", "path": "/origin", "value": "flowdown" },
        { "op": "add", "path": "/parent_membership_id", "value": "organization:o-1" },
        { "op": "add", "path": "/flowdown_depth", "value": 1 },
    ]);
    let call = Call::patch("/memberships/acme/organization:o-1", itself).scopes("admin");
    let refused = app.send(call).await.refused_for(400);
    assert_eq!(
        refused,
        "/parent_membership_id is the membership itself: name the one that it is derived from"
    );
}

#[tokio::test]
async fn the_package_grants_the_type() {
    let app = app().await;
    let other = json!({ "id": "p-2", "name": "Other", "business_unit_id": "b", "membership_type_id": "t-2" });
    app.seed::<Types>(json!({ "id": "t-2", "name": "Student", "customer_type": "contact" }))
        .await;
    app.seed::<Packages>(other).await;
    let body = with(a_membership(), json!({ "package_id": "p-2" }));
    let refused = app
        .post("/memberships/acme", body.clone())
        .await
        .refused_for(400);
    assert_eq!(
        refused,
        "/package_id grants the type t-2, which type_id is not"
    );
    app.post("/memberships/acme", with(body, json!({ "type_id": "t-2" })))
        .await
        .ok();
}

#[tokio::test]
async fn every_reference_that_leads_nowhere_is_named() {
    let app = TestApp::start().await;
    let problems = app
        .post("/memberships/acme", a_membership())
        .await
        .refused(409);
    let expected = [
        ("/contact_id", "contacts c-1 does not exist"),
        ("/package_id", "packages p-1 does not exist"),
        ("/type_id", "types t-1 does not exist"),
    ];
    let mut problems: Vec<(&str, &str)> = problems
        .iter()
        .map(|(p, m)| (p.as_str(), m.as_str()))
        .collect();
    problems.sort_unstable();
    assert_eq!(problems, expected);
}

#[tokio::test]
async fn an_owner_that_is_no_id_is_an_answer() {
    let app = app().await;
    let long = "x".repeat(3_000);
    for owner in ["", " ", "a b", "ä", "c-1:o-1", long.as_str()] {
        let body = with(a_membership(), json!({ "contact_id": owner }));
        let answer = app.post("/memberships/acme", body).await;
        assert!(
            matches!(answer.status, 400 | 409),
            "{owner}: {}",
            answer.body
        );
        assert!(!answer.refused_fields().is_empty(), "{owner}");
    }
}
