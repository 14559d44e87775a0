//! Fields that the server owns, stamps, and secrets.

use model::resources::Memberships;
use serde_json::{Value, json};
use tests::records::{a_membership, with};
use tests::{Call, TestApp};

const URL: &str = "/memberships/acme/contact:c-1";

async fn app() -> (TestApp, Value) {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let made = app.post("/memberships/acme", a_membership()).await.ok();
    (app, made)
}

#[tokio::test]
async fn stamps_are_the_servers_whatever_a_body_says() {
    let (app, made) = app().await;
    let claims = json!({
        "sys_created_at": "1999-01-01T00:00:00Z", "sys_created_by_id": "me", "sys_last_modified_by_id": "me",
        "sys_last_security_context": { "user": "me" }, "sys_bulk_load_id": "me", "sys_has_files_in_s3": true,
    });
    let after = app.put(URL, with(made.clone(), claims)).await.ok();
    for kept in ["sys_created_at", "sys_created_by_id"] {
        assert_eq!(after[kept], made[kept], "{kept}");
    }
    assert_eq!(after["sys_last_modified_by_id"], "user-1");
    assert_eq!(
        after["sys_last_security_context"],
        json!({ "user": "user-1", "via": "api" })
    );
    assert_eq!(
        (
            after.get("sys_bulk_load_id"),
            after.get("sys_has_files_in_s3")
        ),
        (None, None)
    );
    assert_eq!(after["sys_version"], 2);
    let patch = json!([{ "op": "replace", "path": "/sys_version", "value": 99 }]);
    assert_eq!(app.patch(URL, patch).await.ok()["sys_version"], 3);
}

#[tokio::test]
async fn an_external_id_is_the_callers_and_a_directive_is_not_kept() {
    let (app, made) = app().await;
    let body = with(
        made,
        json!({ "sys_external_id": "x-1", "sys_directive": "skip-notices" }),
    );
    let after = app.put(URL, body).await.ok();
    assert_eq!(after["sys_external_id"], "x-1");
    assert_eq!(after.get("sys_directive"), None);
}

#[tokio::test]
async fn what_the_server_owns_may_be_absent_or_equal() {
    let (app, made) = app().await;
    let absent = with(
        made.clone(),
        json!({ "number": null, "name": null, "date_status": null, "history": null, "chapter_ids": null }),
    );
    let after = app.put(URL, absent).await.ok();
    for kept in ["number", "name", "date_status", "history"] {
        assert_eq!(after[kept], made[kept], "{kept}");
    }
    app.put(URL, after).await.ok();
}

#[tokio::test]
async fn what_the_server_owns_cannot_be_changed() {
    let (app, made) = app().await;
    let changes = [
        json!({ "number": 77 }),
        json!({ "billed": true }),
        json!({ "bill_method": "renewal order" }),
        json!({ "last_bill_date": "2026-01-01T00:00:00Z" }),
        json!({ "last_reminder": 1 }),
        json!({ "order_id": "x" }),
        json!({ "order_total": 1 }),
        json!({ "history": [] }),
        json!({ "past_chapter_memberships": [] }),
        json!({ "lapse_date": "2026-01-01" }),
        json!({ "date_status": "not yet updated" }),
        json!({ "name": "X" }),
        json!({ "customer_id": "X" }),
        json!({ "chapter_ids": ["a"] }),
        json!({ "parent_membership_id": "organization:x" }),
    ];
    for change in changes {
        let name = change.as_object().unwrap().keys().next().unwrap().clone();
        let problems = app.put(URL, with(made.clone(), change)).await.refused(400);
        assert!(
            problems.contains(&(format!("/{name}"), "is set by the server".into())),
            "{name}: {problems:?}"
        );
    }
    assert_eq!(app.get(URL).await.ok(), made);
}

#[tokio::test]
async fn an_import_may_set_them() {
    let (app, made) = app().await;
    let body = with(
        made,
        json!({ "billed": true, "lapse_date": "2020-01-01", "number": 500 }),
    );
    let after = app.send(Call::put(URL, body).scopes("admin")).await.ok();
    assert_eq!(
        (&after["billed"], &after["number"]),
        (&json!(true), &json!(500))
    );
}

#[tokio::test]
async fn an_amount_echoed_by_a_client_that_reads_floats_is_no_change() {
    let (app, made) = app().await;
    let body = with(
        made,
        json!({ "order_total": serde_json::from_str::<Value>("120.50").unwrap() }),
    );
    let stored = app.send(Call::put(URL, body).scopes("admin")).await.ok();
    let echoed = with(stored, json!({ "order_total": 120.5 }));
    let after = app.put(URL, echoed).await.ok();
    assert_eq!(after["order_total"].as_f64(), Some(120.5));
}

#[tokio::test]
async fn an_owner_never_changes() {
    let (app, made) = app().await;
    app.seed_contact("c-2").await;
    let refused = app
        .put(URL, with(made.clone(), json!({ "contact_id": "c-2" })))
        .await
        .refused(400);
    assert!(refused.contains(&(
        "/contact_id".into(),
        "cannot change: it is part of the membership's id".into()
    )));
    let to_organization =
        json!({ "owner_type": "organization", "organization_id": "o-1", "contact_id": null });
    let refused = app.put(URL, with(made, to_organization)).await.refused(400);
    assert!(
        refused.iter().any(|(path, _)| path == "/owner_type"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_secret_is_kept_and_never_shown() {
    let (app, made) = app().await;
    let info =
        json!({ "payment_origin": "ad hoc", "payment_account": "tok_secret", "card_type": "visa" });
    let body = with(
        made,
        json!({ "renew_automatically": true, "renewal_payment_info": info }),
    );
    let shown = app.put(URL, body).await.ok();
    assert_eq!(
        shown["renewal_payment_info"],
        json!({ "payment_origin": "ad hoc", "card_type": "visa" })
    );
    let again = app.put(URL, shown).await.ok();
    let patch =
        json!([{ "op": "replace", "path": "/renewal_payment_info/card_type", "value": "amex" }]);
    app.patch(URL, patch).await.ok();
    let every = [
        again,
        app.get(URL).await.ok(),
        app.get(&format!(
            "{URL}?fields=renewal_payment_info.payment_account"
        ))
        .await
        .ok(),
        app.get("/memberships/acme/contact/c-1").await.ok(),
    ];
    for answer in every {
        assert!(!answer.to_string().contains("tok_secret"), "{answer}");
    }
    let stored = app
        .store
        .require::<model::resources::Memberships>("contact:c-1")
        .await
        .unwrap();
    let info = stored
        .get(model::resources::membership::PAYMENT_INFO)
        .unwrap();
    assert_eq!(
        (&info["payment_account"], &info["card_type"]),
        (&json!("tok_secret"), &json!("amex"))
    );
}

#[tokio::test]
async fn what_an_admin_may_set_an_admin_may_remove() {
    let (app, made) = app().await;
    let by_admin = |call: Call| app.send(call.scopes("admin"));
    let set = json!({ "billed": true, "lapse_date": "2020-01-01" });
    let set = by_admin(Call::put(URL, with(made, set))).await.ok();
    let remove = json!([{ "op": "remove", "path": "/lapse_date" }]);
    let after = by_admin(Call::patch(URL, remove)).await.ok();
    assert_eq!(
        (after.get("lapse_date"), &after["billed"]),
        (None, &set["billed"])
    );
    let mut body = after;
    body["billed"] = Value::Null;
    let after = by_admin(Call::put(URL, body)).await.ok();
    assert_eq!(after.get("billed"), None);
    assert_eq!(app.get(URL).await.ok(), after);
}

#[tokio::test]
async fn what_others_may_not_set_they_may_not_remove() {
    let (app, made) = app().await;
    for name in ["number", "name", "date_status", "history"] {
        let remove = json!([{ "op": "remove", "path": format!("/{name}") }]);
        assert_eq!(
            app.patch(URL, remove.clone()).await.refused_for(400),
            format!("/{name} is set by the server")
        );
        let operation =
            json!({ "operation": "patch", "id": "contact:c-1", "patch_directives": remove });
        let batch = json!({ "operations": [operation] });
        let answer = app.post("/memberships/acme/batch", batch).await.ok();
        assert_eq!(answer["results"][0]["status"], 400, "{name}: {answer}");
    }
    let remove = json!([{ "op": "remove", "path": "/id" }]);
    assert_eq!(
        app.patch(URL, remove).await.refused_for(400),
        "/id must be the id in the path"
    );
    assert_eq!(app.get(URL).await.ok(), made);
}

#[tokio::test]
async fn who_tried_to_delete_a_record_stands_in_it() {
    let (app, made) = app().await;
    let tried = |user: &str| Call::delete(URL).by_user(user);
    app.set::<Memberships>("contact:c-1", json!({ "sys_locked": true }))
        .await;
    app.send(tried("user-2")).await.refused(403);
    let noted = app.get(URL).await.ok();
    assert_eq!(noted["sys_deleted_by_id"], "user-2");
    assert_eq!(noted["name"], made["name"]);
    app.send(tried("user-2")).await.refused(403);
    let again = app.get(URL).await.ok();
    assert_eq!(again["sys_version"], noted["sys_version"], "noted once");
    app.send(tried("user-3")).await.refused(403);
    assert_eq!(app.get(URL).await.ok()["sys_deleted_by_id"], "user-3");

    // What is used, and what a colleague has changed since.
    app.send(
        Call::delete("/contacts/acme/c-1")
            .by_user("user-2")
            .scopes("admin"),
    )
    .await
    .refused(409);
    let contact = app.get("/contacts/acme/c-1").await.ok();
    assert_eq!(contact["sys_deleted_by_id"], "user-2");
    app.send(Call::delete("/contacts/acme/c-1").header("if-match", "\"1\""))
        .await
        .refused(409);
    let contact = app.get("/contacts/acme/c-1").await.ok();
    assert_eq!(contact["sys_deleted_by_id"], "user-2", "to be read again");
}
