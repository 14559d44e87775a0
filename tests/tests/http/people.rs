//! `/contacts` and `/organizations`.

use model::resources::{Contacts, Organizations};
use serde_json::json;
use tests::TestApp;
use tests::records::{a_contact, a_template, an_organization, with};

#[tokio::test]
async fn are_read_listed_changed_and_deleted() {
    let app = TestApp::start().await;
    app.seed::<Contacts>(a_contact()).await;
    app.seed::<Organizations>(an_organization()).await;
    for (url, list) in [
        ("/contacts/acme/c-1", "/contacts/acme"),
        ("/organizations/acme/o-1", "/organizations/acme"),
    ] {
        let read = app.get(url).await.ok();
        assert_eq!(app.get(list).await.ok(), json!([read]));
        let replaced = app
            .put(url, with(read, json!({ "name": "Second" })))
            .await
            .ok();
        assert_eq!(
            (&replaced["name"], &replaced["sys_version"]),
            (&json!("Second"), &json!(2))
        );
        let patch = json!([{ "op": "add", "path": "/email_address", "value": "new@example.org" }]);
        assert_eq!(
            app.patch(url, patch).await.ok()["email_address"],
            "new@example.org"
        );
        app.delete(url).await.ok();
        app.get(url).await.refused(404);
    }
}

const GROUPS: [&str; 2] = ["contacts", "organizations"];

#[tokio::test]
async fn are_made_and_become_members() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let organization = json!({ "name": "Society", "sys_external_id": "crm-7" });
    let organization = app.post("/organizations/acme", organization).await.ok();
    let person = json!({ "name": "Ada", "email_address": "ada@example.org", "organization_id": organization["id"] });
    let person = app.post("/contacts/acme", person).await.ok();
    let names = json!([{ "op": "add", "path": "/contact_ids", "value": [person["id"]] }]);
    let url = format!(
        "/organizations/acme/{}",
        organization["id"].as_str().expect("an id")
    );
    app.patch(&url, names).await.ok();
    for (kind, type_id, owner) in [
        ("contact", "t-1", &person),
        ("organization", "t-o", &organization),
    ] {
        let body = with(
            tests::records::a_membership(),
            json!({ "owner_type": kind, "type_id": type_id, "contact_id": null,
            format!("{kind}_id"): owner["id"] }),
        );
        let member = app.post("/memberships/acme", body).await.ok();
        assert_eq!(member["name"], owner["name"]);
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_by_field() {
    let app = TestApp::start().await;
    for group in GROUPS {
        let url = format!("/{group}/acme");
        for (body, why) in [
            (json!({}), "/name is required"),
            (
                json!({ "name": "A", "id": "crm-1" }),
                "/id is generated: leave it out",
            ),
            (
                json!({ "name": "A", "email_address": "n/a" }),
                "/email_address ",
            ),
            (json!({ "name": "A", "surname": "B" }), "/surname "),
        ] {
            let refused = app.post(&url, body).await.refused_for(400);
            assert!(refused.starts_with(why), "{group}: {refused}");
        }
        assert_eq!(app.get(&url).await.ok(), json!([]));
    }
    for (url, body, why) in [
        (
            "/contacts/acme",
            json!({ "name": "A", "organization_id": "o-9" }),
            "/organization_id organizations o-9 does not exist",
        ),
        (
            "/organizations/acme",
            json!({ "name": "A", "contact_ids": ["c-9"] }),
            "/contact_ids/0 contacts c-9 does not exist",
        ),
    ] {
        assert_eq!(app.post(url, body).await.refused_for(409), why);
    }
}

/// The names of what a search finds, in order.
async fn found(app: &TestApp, group: &str, wanted: serde_json::Value) -> Vec<String> {
    let found = app
        .post(&format!("/{group}/acme/search"), wanted)
        .await
        .ok();
    let items = found["Items"].as_array().expect("items").iter();
    let mut names: Vec<String> = items
        .map(|one| one["name"].as_str().expect("a name").into())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn are_found_by_name_by_address_and_by_having_none() {
    let app = TestApp::start().await;
    for group in GROUPS {
        for (name, address) in [
            ("Zoë One", "zoe@example.org"),
            ("Bo Two", "bo@example.com"),
            ("Cy Three", ""),
        ] {
            let body = json!({ "name": name, "email_address": address, "sys_external_id": name });
            let body = with(
                body,
                match address {
                    "" => json!({ "email_address": null }),
                    _ => json!({}),
                },
            );
            app.post(&format!("/{group}/acme"), body).await.ok();
        }
        for (wanted, names) in [
            (json!({}), &["Bo Two", "Cy Three", "Zoë One"][..]),
            (json!({ "name": "zoë" }), &["Zoë One"]),
            (
                json!({ "email_address": "EXAMPLE" }),
                &["Bo Two", "Zoë One"],
            ),
            (json!({ "has_email_address": [false] }), &["Cy Three"]),
            (
                json!({ "has_email_address": [true] }),
                &["Bo Two", "Zoë One"],
            ),
            (
                json!({ "has_email_address": [] }),
                &["Bo Two", "Cy Three", "Zoë One"],
            ),
            (
                json!({ "has_email_address": [true, false] }),
                &["Bo Two", "Cy Three", "Zoë One"],
            ),
            (json!({ "sys_external_id": ["Bo Two"] }), &["Bo Two"]),
            (json!({ "name": "o", "has_email_address": [false] }), &[]),
        ] {
            assert_eq!(
                found(&app, group, wanted.clone()).await,
                names,
                "{group} {wanted}"
            );
        }
        let url = format!("/{group}/acme/search");
        let refused = app
            .post(&url, json!({ "has_email_address": ["no"] }))
            .await
            .refused_for(400);
        assert!(refused.starts_with("/has_email_address/0 "), "{refused}");
    }
}

#[tokio::test]
async fn a_body_for_one_that_is_not_there_makes_none() {
    let app = TestApp::start().await;
    let body = with(a_contact(), json!({ "sys_version": 1 }));
    app.put("/contacts/acme/c-1", body).await.refused(404);
    app.get("/contacts/acme/c-1").await.refused(404);
}

#[tokio::test]
async fn a_member_is_not_deleted() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.post("/memberships/acme", tests::records::a_membership())
        .await
        .ok();
    let refused = app.delete("/contacts/acme/c-1").await.refused_for(409);
    assert!(
        refused.starts_with("/id Contact c-1 is or was used"),
        "{refused}"
    );
}

#[tokio::test]
async fn nobody_names_what_is_not_there() {
    let app = TestApp::start().await;
    app.seed::<Contacts>(a_contact()).await;
    app.seed::<Organizations>(an_organization()).await;
    for (url, field, value, expected) in [
        (
            "/contacts/acme/c-1",
            "/organization_id",
            json!("nowhere"),
            "/organization_id organizations nowhere does not exist",
        ),
        (
            "/organizations/acme/o-1",
            "/contact_ids",
            json!(["c-1", "nobody"]),
            "/contact_ids/1 contacts nobody does not exist",
        ),
    ] {
        let patch = json!([{ "op": "add", "path": field, "value": value }]);
        assert_eq!(app.patch(url, patch).await.refused_for(409), expected);
    }
}

#[tokio::test]
async fn what_another_names_is_not_deleted() {
    let app = TestApp::start().await;
    app.seed::<Contacts>(a_contact()).await;
    app.seed::<Organizations>(an_organization()).await;
    let patch = json!([{ "op": "add", "path": "/organization_id", "value": "o-1" }]);
    app.patch("/contacts/acme/c-1", patch).await.ok();
    app.delete("/organizations/acme/o-1").await.refused(409);
    let patch = json!([{ "op": "add", "path": "/contact_ids", "value": ["c-1"] }]);
    app.patch("/organizations/acme/o-1", patch).await.ok();
    app.delete("/contacts/acme/c-1").await.refused(409);
}

const UNMAILABLE: [&str; 5] = [
    "not an address",
    "n/a",
    "mailto:ada@example.org",
    "ada\u{200b}@example.org",
    "ada@example.org, n/a",
];

#[tokio::test]
async fn an_address_that_no_mail_reaches_is_refused() {
    let app = TestApp::start().await;
    app.seed::<Contacts>(a_contact()).await;
    app.seed::<Organizations>(an_organization()).await;
    for url in ["/contacts/acme/c-1", "/organizations/acme/o-1"] {
        for address in UNMAILABLE {
            let patch = json!([{ "op": "add", "path": "/email_address", "value": address }]);
            let refused = app.patch(url, patch).await.refused_for(400);
            assert!(refused.starts_with("/email_address "), "{refused}");
            assert!(refused.contains("is not an e-mail address"), "{refused}");
        }
        for good in ["", "a@example.org; b@example.org"] {
            let patch = json!([{ "op": "add", "path": "/email_address", "value": good }]);
            app.patch(url, patch).await.ok();
        }
    }
}

#[tokio::test]
async fn one_that_was_stored_before_is_kept_by_other_changes() {
    let app = TestApp::start().await;
    app.seed::<Contacts>(a_contact()).await;
    app.store_unchecked::<Contacts>("c-1", "email_address", "n/a")
        .await;
    let rename = json!([{ "op": "replace", "path": "/name", "value": "Ada" }]);
    let renamed = app.patch("/contacts/acme/c-1", rename).await.ok();
    assert_eq!(renamed["email_address"], "n/a");
}

#[tokio::test]
async fn staff_who_are_told_of_a_template_s_runs_can_be_mailed() {
    let app = TestApp::start().await;
    let body = with(a_template(), json!({ "notification_email": "n/a" }));
    let refused = app.post("/billingTemplates/acme", body).await;
    let refused = refused.refused_for(400);
    assert!(refused.starts_with("/notification_email "), "{refused}");
}

#[tokio::test]
async fn separators_by_themselves_are_no_address() {
    let app = TestApp::start().await;
    for text in [",", " ; ", ";,"] {
        for group in ["contacts", "organizations"] {
            let body = json!({ "name": "Ada", "email_address": text });
            let refused = app.post(&format!("/{group}/acme"), body).await;
            assert_eq!(
                refused.refused_for(400),
                "/email_address holds no address: leave it out where there is none",
                "{text}"
            );
        }
    }
    // As an earlier version has taken them.
    for (id, text) in [("a", ","), ("b", "nobody"), ("c", "c@example.org; ")] {
        app.seed::<Contacts>(json!({ "id": id, "name": id })).await;
        app.store_unchecked::<Contacts>(id, "email_address", text)
            .await;
    }
    let having = async |given: bool| {
        let body = json!({ "has_email_address": [given] });
        let found = app.post("/contacts/acme/search", body).await.ok();
        let items = found["Items"].as_array().expect("items").clone();
        let mut names: Vec<String> = items.iter().map(|one| one["name"].to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(having(true).await, ["\"c\""]);
    assert_eq!(having(false).await, ["\"a\"", "\"b\""]);
}

#[tokio::test]
async fn a_name_can_be_seen_and_has_no_control_characters() {
    let app = TestApp::start().await;
    let bodies = [
        ("contacts", json!({})),
        ("organizations", json!({})),
        ("types", json!({ "customer_type": "contact" })),
        ("packages", json!({ "business_unit_id": "b-1" })),
        ("statusReasons", json!({})),
        ("chapters", json!({})),
        ("billingNotices", json!({})),
    ];
    for (group, body) in bodies {
        let url = format!("/{group}/acme");
        for name in [
            "", "   ", "\u{a0}", "\u{200b}", "a\u{0}b", "\n\t", "\u{7f}", "\u{85}x",
        ] {
            let refused = app
                .post(&url, with(body.clone(), json!({ "name": name })))
                .await;
            assert_eq!(refused.status, 400, "{group} {name:?}");
            let told = refused.refused(400);
            let rule = "must hold a character that can be seen, and no control characters but tabs and line breaks";
            let told: Vec<&(String, String)> =
                told.iter().filter(|(path, _)| path == "/name").collect();
            assert!(
                told.len() == 1 && told[0].1 == rule,
                "{group} {name:?} {told:?}"
            );
        }
    }
    let names =
        json!({ "name": "Ng\u{169} wa Thi\u{f3}ng\u{2019}o", "first_name": "", "last_name": "李" });
    app.post("/contacts/acme", names).await.ok();
    let odd = json!({ "name": "Ada", "first_name": "A\u{0}", "last_name": "B\u{1b}" });
    let refused = app.post("/contacts/acme", odd).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.refused_fields(), ["/first_name", "/last_name"]);
}
