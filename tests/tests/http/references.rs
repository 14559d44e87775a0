//! References: nothing refers to what is not there, however many write at once.

use model::Error;
use model::resources::{BillingNotices, BillingRuns, Contacts, Memberships, Packages, Types};
use serde_json::{Value, json};
use tests::records::{a_contact, a_membership, a_package, a_run, a_type, record, with};
use tests::{Call, TestApp, import};

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_named_with_its_place() {
    let app = TestApp::start().await;
    for id in ["t-9", "", "ä b", &"x".repeat(2_000)] {
        let body = with(a_package(), json!({ "membership_type_id": id }));
        let refused = app.post("/packages/acme", body).await.refused_for(409);
        assert_eq!(
            refused,
            format!("/membership_type_id types {id} does not exist")
        );
    }
    assert_eq!(app.get("/packages/acme").await.ok(), json!([]));
}

#[tokio::test]
async fn what_was_ever_used_is_not_deleted() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    app.delete("/memberships/acme/contact:c-1").await.ok();
    for (url, title) in [
        ("/types/acme/t-1", "MembershipType t-1"),
        ("/packages/acme/p-1", "Package p-1"),
        ("/contacts/acme/c-1", "Contact c-1"),
    ] {
        let refused = app.delete(url).await.refused_for(409);
        assert_eq!(
            refused,
            format!("/id {title} is or was used by other records: make it inactive instead")
        );
        let patch = json!([{ "op": "replace", "path": "/name", "value": "X" }]);
        app.patch(url, patch).await.ok();
        app.delete(url).await.refused(409);
    }
    app.delete("/organizations/acme/o-1").await.ok();
}

#[tokio::test]
async fn a_record_may_refer_to_itself_and_still_be_deleted() {
    let app = TestApp::start().await;
    let made = app.post("/packages/acme", a_package()).await.ok();
    let url = format!("/packages/acme/{}", made["id"].as_str().unwrap());
    let patch = json!([{ "op": "add", "path": "/renews_with_id", "value": made["id"] }]);
    app.patch(&url, patch).await.ok();
    app.delete(&url).await.ok();
}

#[tokio::test]
async fn a_race_of_use_and_deletion_leaves_nothing_dangling() {
    let app = TestApp::start().await;
    for round in 0..20 {
        let (kind, package, contact) = (
            format!("t-{round}"),
            format!("p-{round}"),
            format!("c-{round}"),
        );
        app.seed::<Types>(with(a_type(), json!({ "id": kind })))
            .await;
        app.seed::<Packages>(with(a_package(), json!({ "id": package })))
            .await;
        app.seed::<Contacts>(with(a_contact(), json!({ "id": contact })))
            .await;
        let body = with(
            a_membership(),
            json!({ "type_id": kind, "package_id": package, "contact_id": contact }),
        );
        let (type_url, package_url) = (
            format!("/types/acme/{kind}"),
            format!("/packages/acme/{package}"),
        );
        let (saved, type_deleted, package_deleted) = if round % 2 == 0 {
            tokio::join!(
                app.post("/memberships/acme", body),
                app.delete(&type_url),
                app.delete(&package_url)
            )
        } else {
            let (a, b, c) = tokio::join!(
                app.delete(&type_url),
                app.delete(&package_url),
                app.post("/memberships/acme", body)
            );
            (c, a, b)
        };
        for deleted in [&type_deleted, &package_deleted] {
            assert!(matches!(deleted.status, 200 | 409), "{}", deleted.body);
        }
        let any_deleted = type_deleted.status == 200 || package_deleted.status == 200;
        assert_eq!(
            saved.status,
            if any_deleted { 409 } else { 200 },
            "{round}: {}",
            saved.body
        );
        let stored = app
            .store
            .get_consistent::<Memberships>(&format!("contact:{contact}"))
            .await
            .unwrap();
        assert_eq!(stored.is_some(), saved.status == 200);
    }
}

#[tokio::test]
async fn a_chapter_is_joined_or_deleted_never_both() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    for round in 0..20 {
        let (chapter, contact) = (format!("n-{round}"), format!("c-{round}x"));
        app.seed_affiliations(&[chapter.as_str()], &[]).await;
        app.seed_contact(&contact).await;
        let body = with(
            a_membership(),
            json!({ "contact_id": contact, "chapters": [{ "chapter_id": chapter }] }),
        );
        let url = format!("/chapters/acme/{chapter}");
        let (joined, deleted) = tokio::join!(app.post("/memberships/acme", body), app.delete(&url));
        let statuses = (joined.status, deleted.status);
        assert!(
            matches!(statuses, (200, 409) | (409, 200)),
            "{round}: {statuses:?} {} {}",
            joined.body,
            deleted.body
        );
    }
}

#[tokio::test]
async fn a_notice_is_used_by_a_run_or_deleted_never_both() {
    let app = TestApp::start().await;
    for round in 0..20 {
        let notice = format!("n-{round}");
        app.seed_notice(&notice).await;
        let run = with(
            a_run(),
            json!({ "id": format!("r-{round}"), "drop_options": {
                "expiration_date_range_start": "2025-01-01", "expiration_date_range_end": "2025-12-31",
                "drop_notice_id": notice,
            } }),
        );
        let by = import();
        let url = format!("/billingNotices/acme/{notice}");
        let (saved, deleted) = tokio::join!(
            app.store.save::<BillingRuns>(&by, None, record(run)),
            app.delete(&url)
        );
        match (saved, deleted.status) {
            (Ok(_), 409) => {}
            (Err(Error::Conflict(problems)), 200) => assert_eq!(
                problems[0].to_string(),
                format!("/drop_options/drop_notice_id: billingNotices {notice} does not exist")
            ),
            (saved, status) => panic!("{round}: {saved:?} and {status}"),
        }
    }
}

#[tokio::test]
async fn what_a_membership_joins_must_exist() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let body = with(
        a_membership(),
        json!({
            "chapters": [{ "chapter_id": "none" }], "sections": [{ "section_id": "none" }],
            "add_ons": [{ "add_on_id": "none" }], "application_process_id": "none",
        }),
    );
    let refused = app.post("/memberships/acme", body).await.refused(409);
    let mut paths: Vec<&str> = refused.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/add_ons/0/add_on_id",
            "/application_process_id",
            "/chapters/0/chapter_id",
            "/sections/0/section_id",
        ]
    );
}

#[tokio::test]
async fn many_first_uses_at_once_all_succeed() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let posts = (0..20).map(|_| {
        app.post(
            "/packages/acme",
            with(a_package(), json!({ "membership_type_id": "t-1" })),
        )
    });
    for answer in futures::future::join_all(posts).await {
        answer.ok();
    }
    app.delete("/types/acme/t-1").await.refused(409);
}

#[tokio::test]
async fn more_references_than_a_transaction_holds_are_taken() {
    let app = TestApp::start().await;
    let ids: Vec<Value> = (0..130).map(|n| json!(format!("t-{n}"))).collect();
    for id in &ids {
        app.seed::<Types>(with(a_type(), json!({ "id": id }))).await;
    }
    app.seed::<BillingNotices>(json!({ "id": "n-1", "name": "N" }))
        .await;
    let options = json!({
        "expiration_date_range_start": "2025-01-01", "expiration_date_range_end": "2025-12-31",
        "include_only_certain_membership_types": true, "membership_type_ids": ids, "drop_notice_id": "n-1",
    });
    app.seed_run(json!({ "drop_options": options })).await;
    for url in [
        "/types/acme/t-0",
        "/types/acme/t-129",
        "/billingNotices/acme/n-1",
    ] {
        app.delete(url).await.refused(409);
    }
}

/// Whoever writes it: a client, an admin, a file.
#[tokio::test]
async fn an_order_that_is_named_is_there() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_affiliations(&["n-1"], &["a-1"]).await;
    let expected = "/order_id orders nowhere does not exist";
    let bought = json!({
        "chapters": [{ "chapter_id": "n-1", "order_id": "nowhere" }],
        "add_ons": [{ "add_on_id": "a-1", "order_id": "nowhere-else" }],
    });
    let refused = app.post("/memberships/acme", with(a_membership(), bought));
    assert_eq!(
        refused.await.refused_fields(),
        ["/chapters/0/order_id", "/add_ons/0/order_id"]
    );
    let url = "/memberships/acme/contact:c-1";
    app.post("/memberships/acme", a_membership()).await.ok();
    let set = json!([{ "op": "add", "path": "/order_id", "value": "nowhere" }]);
    let by_admin = |set: &Value| app.send(Call::patch(url, set.clone()).scopes("admin"));
    assert_eq!(by_admin(&set).await.refused_for(409), expected);
    let operation = json!({ "operation": "patch", "id": "contact:c-1", "patch_directives": set });
    let batch = Call::post(
        "/memberships/acme/batch",
        json!({ "operations": [operation] }),
    );
    let answer = app.send(batch.scopes("admin")).await.ok();
    assert_eq!(answer["results"][0]["status"], 409, "{answer}");
    app.seed_order("nowhere").await;
    by_admin(&set).await.ok();
}
