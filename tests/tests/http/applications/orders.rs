//! The order of an application: the server's, made when it is submitted.

use super::set;
use model::resources::{ApplicationProcesses, ApplicationStatusReasons, Memberships};
use serde_json::{Value, json};
use tests::records::{an_application, with};
use tests::{Call, TestApp};

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.seed_contact("c-1").await;
    app.seed_affiliations(&["north"], &[]).await;
    app.seed_process(json!({})).await;
    app.seed_process(json!({ "id": "renew", "type": "renewal" }))
        .await;
    app
}

fn join(changes: Value) -> Value {
    let base = json!({ "membership_package_id": "anniversary", "membership_type_id": "regular" });
    with(with(an_application(), base), changes)
}

fn submitted(changes: Value) -> Value {
    with(join(json!({ "status": "under review" })), changes)
}

async fn order(app: &TestApp, application: &Value) -> Value {
    let id = application["order_id"].as_str().expect("an order");
    app.get(&format!("/orders/acme/{id}")).await.ok()
}

async fn pay(app: &TestApp, order: &Value, id: &str, amount: f64) -> Value {
    let url = format!(
        "/orders/acme/{}/payments",
        order["id"].as_str().expect("an id")
    );
    let payment = json!({ "id": id, "type": "check", "amount": amount });
    app.post(&url, payment).await.ok()
}

#[tokio::test]
async fn it_is_made_when_the_application_is_submitted() {
    let app = app().await;
    let url = app.apply(join(json!({}))).await;
    assert_eq!(app.get(&url).await.ok().get("order_id"), None);
    let after = app
        .patch(&url, set("status", json!("under review")))
        .await
        .ok();
    let order = order(&app, &after).await;
    assert_eq!(order["status"], "awaiting payment");
    assert_eq!(order["application_id"], after["id"]);
    assert_eq!(order["membership_id"], "contact:c-1");
    assert_eq!(order["total"].as_f64(), Some(120.0));
    assert_eq!(order["renewal"]["type"], "join");
    assert_eq!(order["line_items"][0]["id"], after["order_line_item_id"]);
    app.get("/memberships/acme/contact:c-1").await.refused(404);
    // It stays what it is while nothing that it is priced by changes.
    let noted = app.patch(&url, set("notes", json!("n"))).await.ok();
    assert_eq!(noted["order_id"], after["order_id"]);
    let approved = app.patch(&url, set("status", json!("approved"))).await.ok();
    assert_eq!(approved["order_id"], after["order_id"]);
}

#[tokio::test]
async fn who_applies_has_orders_and_payments_before_a_membership() {
    let app = app().await;
    let lists = ["", "/payments"].map(|of| format!("/orders/acme/membership/contact:c-1{of}"));
    for list in &lists {
        app.get(list).await.refused(404);
    }
    let url = app.apply(submitted(json!({}))).await;
    let application = app.get(&url).await.ok();
    let [orders, payments] = &lists;
    let listed = app.get(orders).await.ok();
    assert_eq!(listed["Items"][0]["id"], application["order_id"]);
    assert_eq!(app.get(payments).await.ok()["Count"], 0);
    let order = order(&app, &application).await;
    pay(&app, &order, "cheque-1", 20.0).await;
    let paid = app.get(payments).await.ok();
    assert_eq!(paid["Items"][0]["id"], "cheque-1");
    app.get("/memberships/acme/contact:c-1").await.refused(404);
}

#[tokio::test]
async fn no_client_sets_it() {
    let app = app().await;
    for (field, scopes) in [
        ("order_id", "write"),
        ("order_line_item_id", "write"),
        ("order_id", "admin"),
    ] {
        let body = join(json!({ field: "order-1" }));
        assert_eq!(
            app.send(Call::post("/applications/acme", body).scopes(scopes))
                .await
                .refused_for(400),
            format!("/{field} is set by the server")
        );
    }
}

#[tokio::test]
async fn a_change_under_review_makes_it_anew() {
    let app = app().await;
    let made = app
        .post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    let url = format!("/applications/acme/{}", made["id"].as_str().unwrap());
    let first = order(&app, &made).await;
    let after = app
        .patch(&url, set("membership_package_id", json!("immediate")))
        .await
        .ok();
    let second = order(&app, &after).await;
    assert_eq!(second["total"].as_f64(), Some(50.0));
    assert_eq!(order(&app, &made).await["status"], "void");
    assert_ne!(first["id"], second["id"]);
    pay(&app, &second, "p-1", 20.0).await;
    let refused = app
        .patch(&url, set("membership_package_id", json!("free")))
        .await;
    assert!(refused.refused_for(409).contains("has a payment"));
    assert_eq!(order(&app, &after).await["status"], "awaiting payment");
}

#[tokio::test]
async fn what_cannot_be_billed_is_not_submitted() {
    let app = app().await;
    let url = app
        .apply(join(json!({ "membership_package_id": null })))
        .await;
    let refused = app.patch(&url, set("status", json!("under review"))).await;
    assert_eq!(
        refused.refused_for(400),
        "/membership_package_id is required: a term is of a package"
    );
    assert_eq!(app.get(&url).await.ok()["status"], "not yet submitted");
    // One person's term is billed once, whoever applies.
    app.post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    let again = app.post("/applications/acme", submitted(json!({}))).await;
    assert!(
        again
            .refused_for(409)
            .starts_with("/status cannot be billed: order")
    );
}

#[tokio::test]
async fn nobody_pays_for_what_cannot_be_had() {
    let app = app().await;
    let chapters: Vec<String> = (0..41).map(|n| format!("c{n}")).collect();
    let ids: Vec<&str> = chapters.iter().map(String::as_str).collect();
    app.seed_affiliations(&ids, &[]).await;
    app.seed_process(json!({ "id": "closed", "is_active": false }))
        .await;
    for (changes, rule) in [
        (
            json!({ "additional_chapter_ids": chapters }),
            "/additional_chapter_ids makes 41 chapters and 0 sections: 40 in all may be held",
        ),
        (
            json!({ "process_id": "closed" }),
            "/process_id closed is not active",
        ),
    ] {
        let body = submitted(with(json!({ "chapter_id": null }), changes));
        let saved = app.post("/applications/acme", body.clone()).await;
        assert_eq!(saved.refused_for(400), rule);
        let quoted = app.post("/applications/acme/generateOrder", body).await;
        assert_eq!(quoted.refused_for(400), rule);
    }
}

#[tokio::test]
async fn no_order_is_made_in_a_currency_that_has_ended() {
    let app = app().await;
    app.settings(json!({ "currency": "HRK", "clock": "2022-06-01T12:00:00Z" }))
        .await;
    let url = app.apply(join(json!({}))).await;
    app.settings(json!({ "currency": "HRK", "clock": null }))
        .await;
    let refused = app.patch(&url, set("status", json!("under review"))).await;
    assert_eq!(
        refused.refused_for(400),
        "/membership_package_id HRK ended on 2022-12-31: use EUR, which took its place"
    );
}

#[tokio::test]
async fn an_approved_application_keeps_what_its_order_is_for() {
    let app = app().await;
    let made = app
        .post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    let url = format!("/applications/acme/{}", made["id"].as_str().unwrap());
    app.patch(&url, set("status", json!("approved"))).await.ok();
    for (field, value) in [
        ("membership_package_id", json!("free")),
        ("membership_type_id", json!("other")),
        ("chapter_id", json!("north")),
        ("section_ids", json!([])),
    ] {
        assert_eq!(
            app.patch(&url, set(field, value)).await.refused_for(400),
            format!("/{field} cannot change: the application is approved, and its order made")
        );
    }
    app.patch(&url, set("notes", json!("n"))).await.ok();
    let refused = app.delete(&url).await.refused_for(409);
    assert_eq!(refused, "/order_id has an order: it is kept");
}

#[tokio::test]
async fn a_rejection_voids_it() {
    let app = app().await;
    let reason = json!({ "id": "r", "name": "r", "applies_to": "rejected" });
    app.seed::<ApplicationStatusReasons>(reason).await;
    let made = app
        .post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    let url = format!("/applications/acme/{}", made["id"].as_str().unwrap());
    let rejected = app.patch(&url, set("status", json!("rejected"))).await.ok();
    assert_eq!(rejected["status_reason_id"], "r");
    let void = order(&app, &rejected).await;
    assert_eq!(void["status"], "void");
    // The term is free for another.
    let again = app
        .post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    let paid = order(&app, &again).await;
    pay(&app, &paid, "p-1", 120.0).await;
    let url = format!("/applications/acme/{}", again["id"].as_str().unwrap());
    let refused = app.patch(&url, set("status", json!("rejected"))).await;
    assert!(refused.refused_for(409).contains("has a payment"));
    let void = format!("/orders/acme/{}/void", paid["id"].as_str().unwrap());
    let back = json!({ "payments": "reverse", "id": "r-1", "reason": "rejected" });
    app.post(&void, back).await.ok();
    app.patch(&url, set("status", json!("rejected"))).await.ok();
}

#[tokio::test]
async fn a_renewal_bills_the_membership_and_moves_nothing_yet() {
    let app = app().await;
    let member = app.member("m-1", "2026-03-31", json!({})).await;
    let body = submitted(json!({ "type": "renewal", "process_id": "renew", "contact_id": "m-1" }));
    let made = app.post("/applications/acme", body).await.ok();
    let order = order(&app, &made).await;
    assert_eq!(order["total"].as_f64(), Some(90.5));
    let billed = app.membership(&member).await;
    assert_eq!(billed["order_id"], made["order_id"]);
    assert_eq!(
        (&billed["billed"], &billed["date_status"]),
        (&json!(true), &json!("not yet updated"))
    );
    // Paid before it is activated: recorded, and nothing moves.
    let paid = pay(&app, &order, "p-1", 90.5).await;
    assert_eq!(paid["status"], "completed");
    assert_eq!(paid["payments"][0]["unapplied"], false);
    let member = app.membership(&member).await;
    assert_eq!(member["expiration_date"], "2026-03-31");
}

#[tokio::test]
async fn a_run_and_an_application_bill_a_term_once() {
    let app = app().await;
    app.member("m-1", "2026-03-31", json!({})).await;
    app.bill("2026-03-31", "2026-03-31", &["orders"]).await;
    let body = submitted(json!({ "type": "renewal", "process_id": "renew", "contact_id": "m-1" }));
    let refused = app.post("/applications/acme", body).await;
    assert!(
        refused
            .refused_for(409)
            .starts_with("/status cannot be billed: order")
    );
}

#[tokio::test]
async fn a_locked_membership_is_not_billed() {
    let app = app().await;
    let member = app.member("m-1", "2026-03-31", json!({})).await;
    app.set::<Memberships>(&member, json!({ "sys_locked": true }))
        .await;
    let body = submitted(json!({ "type": "renewal", "process_id": "renew", "contact_id": "m-1" }));
    app.post("/applications/acme", body).await.refused(403);
}

#[tokio::test]
async fn two_submissions_at_once_make_one_order() {
    let app = app().await;
    let url = app.apply(join(json!({}))).await;
    let submit = || app.patch(&url, set("status", json!("under review")));
    let (one, two, three) = futures::join!(submit(), submit(), submit());
    let ids: Vec<Value> = [one, two, three]
        .map(|answer| answer.ok()["order_id"].clone())
        .into();
    assert!(ids[0].is_string());
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn the_applicant_is_told_once_that_it_has_come() {
    let app = app().await;
    let mail = json!({
        "id": "told", "enable_application_confirmation_email": true,
        "application_confirmation_email": { "from": "office@example.org", "subject": "We have it", "body": "<p>{{ contact.name }}</p>" },
    });
    app.seed_process(mail).await;
    let url = app.apply(join(json!({ "process_id": "told" }))).await;
    assert_eq!(app.outbox.list("acme").unwrap().len(), 0);
    app.patch(&url, set("status", json!("under review")))
        .await
        .ok();
    assert_eq!(app.outbox.list("acme").unwrap().len(), 1);
    app.patch(&url, set("status", json!("approved"))).await.ok();
    assert_eq!(app.outbox.list("acme").unwrap().len(), 1);
    let name = app.outbox.list("acme").unwrap()[0].name.clone();
    let mail = String::from_utf8(app.outbox.read("acme", &name).unwrap().unwrap()).unwrap();
    assert!(
        mail.contains("ada@example.org") && mail.contains("Ada Byron"),
        "{mail}"
    );
    let process = app
        .store
        .require::<ApplicationProcesses>("told")
        .await
        .unwrap();
    assert!(process.raw("application_confirmation_email").is_some());
}
