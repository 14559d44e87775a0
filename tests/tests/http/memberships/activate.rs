//! `POST /memberships/{tenantId}/activate/{application_id}`

use model::resources::{
    ApplicationProcesses, Applications, ChapterDuesProducts, Chapters, Memberships, Packages,
};
use serde_json::{Value, json};
use tests::records::{a_process, an_application, with};
use tests::{Answer, TestApp};

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.seed_contact("c-1").await;
    app.seed_affiliations(&["north", "south"], &["journal"])
        .await;
    let dues = json!({ "id": "d", "name": "d", "business_unit_id": "b-1", "chapter_id": "north",
        "price": 20, "member_price": 15.25 });
    app.seed::<ChapterDuesProducts>(dues).await;
    for (id, kind) in [
        ("join-1", "join"),
        ("renewal", "renewal"),
        ("reinstatement", "reinstatement"),
        ("change-affiliations", "change affiliations"),
    ] {
        let process = json!({ "id": id, "type": kind, "memberships_require_approval": "never" });
        app.seed::<ApplicationProcesses>(with(a_process(), process))
            .await;
    }
    app
}

fn join(changes: Value) -> Value {
    let base = json!({ "membership_package_id": "anniversary", "membership_type_id": "regular",
        "status": "under review" });
    with(with(an_application(), base), changes)
}

fn of(kind: &str, contact: &str, changes: Value) -> Value {
    let base = json!({ "type": kind, "process_id": kind.replace(' ', "-"), "contact_id": contact, "membership_package_id": null });
    join(with(base, changes))
}

/// An application that is approved as it comes.
async fn approved(app: &TestApp, body: Value) -> Value {
    let made = app.post("/applications/acme", body).await.ok();
    assert_eq!(made["status"], "approved");
    made
}

async fn activate(app: &TestApp, application: &Value) -> Answer {
    let id = application["id"].as_str().expect("an id");
    app.post(&format!("/memberships/acme/activate/{id}"), Value::Null)
        .await
}

async fn pay(app: &TestApp, application: &Value, id: &str, amount: f64) -> Value {
    let order = application["order_id"].as_str().expect("an order");
    let payment = json!({ "id": id, "type": "check", "amount": amount });
    app.post(&format!("/orders/acme/{order}/payments"), payment)
        .await
        .ok()
}

/// Some fields, each with what it is; `null` for what is not there.
fn shows(record: &Value, expected: Value) {
    for (name, value) in expected.as_object().expect("fields") {
        assert_eq!(&record[name], value, "{name} of {record}");
    }
}

fn events(member: &Value) -> Vec<&str> {
    let rows = member["history"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    rows.iter()
        .filter_map(|row| row["event"].as_str())
        .collect()
}

#[tokio::test]
async fn a_join_that_is_paid_makes_the_membership() {
    let app = app().await;
    let wanted = json!({
        "chapter_id": "north", "additional_chapter_ids": ["south"], "add_ons": [{ "add_on_id": "journal" }],
        "do_not_renew": true, "do_not_show_in_directory": true, "hidden_directory_fields": ["city"],
        "referral_contact_id": "c-1", "notes": "by post",
        "custom_field_values": [{ "custom_field_id": "shoe_size__c", "string_value": "41" }],
        "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_ok" },
    });
    let made = approved(&app, join(wanted.clone())).await;
    pay(&app, &made, "p-1", 100.0).await;
    pay(&app, &made, "p-2", 40.0).await;
    assert_eq!(activate(&app, &made).await.ok(), Value::Null);
    let member = app.membership("contact:c-1").await;
    shows(
        &member,
        json!({
            "status": "active", "is_new": true, "origin": "principal", "name": "Ada Byron", "email_address": "ada@example.org",
            "type_id": "regular", "package_id": "anniversary", "date_status": "updated",
            "join_date": "2026-03-10", "membership_join_date": "2026-03-10", "join_or_last_renewal_date": "2026-03-10",
            "term_start_date": "2026-03-10", "expiration_date": "2027-03-09", "renewal_date": null,
            "primary_chapter_id": "north", "chapter_ids": ["north", "south"], "add_on_ids": ["journal"],
            "application_id": made["id"], "application_process_id": "join-1",
            "order_id": made["order_id"], "order_balance_due": 0, "billed": null,
            "do_not_renew": true, "do_not_show_in_directory": true, "hidden_directory_fields": ["city"],
            "referral_contact_id": "c-1", "notes": "by post", "renew_automatically": true,
            "custom_field_values": wanted["custom_field_values"],
        }),
    );
    assert_eq!(events(&member), ["join"]);
    shows(
        &member["chapters"][0],
        json!({
            "chapter_id": "north", "dues": 15.25, "is_new_member": true, "order_id": made["order_id"],
        }),
    );
    let order = app.orders("contact:c-1").await.remove(0);
    assert_eq!(
        member["chapters"][0]["order_line_item_id"],
        order["line_items"][1]["id"]
    );
    // Found by chapter as any member is.
    let found = app.get("/memberships/acme/chapter/north").await.ok();
    assert_eq!(found["Count"], 1);
    let again = activate(&app, &made).await;
    assert_eq!(again.ok(), Value::Null);
    assert_eq!(app.membership("contact:c-1").await, member);
}

#[tokio::test]
async fn a_join_that_is_not_paid_waits_inactive() {
    let app = app().await;
    let body = join(json!({ "chapter_id": "north", "override_join_date": "2019-05-01" }));
    let made = approved(&app, body).await;
    activate(&app, &made).await.ok();
    let waits = app.membership("contact:c-1").await;
    shows(
        &waits,
        json!({
            "status": "inactive", "date_status": "not yet updated", "package_id": "anniversary",
            "join_date": null, "term_start_date": null, "expiration_date": null,
            "order_id": made["order_id"], "order_balance_due": 140, "termination_date": null,
        }),
    );
    assert_eq!(events(&waits), Vec::<&str>::new());
    assert_eq!(
        app.get("/memberships/acme/chapter/north").await.ok()["Count"],
        0
    );
    let part = pay(&app, &made, "p-1", 40.0).await;
    assert_eq!(part["payments"][0]["unapplied"], false);
    assert_eq!(app.membership("contact:c-1").await["status"], "inactive");
    pay(&app, &made, "p-2", 100.0).await;
    let member = app.membership("contact:c-1").await;
    shows(
        &member,
        json!({
            "status": "active", "date_status": "updated", "join_date": "2019-05-01",
            "join_or_last_renewal_date": "2026-03-10", "expiration_date": "2027-03-09", "order_status": "completed",
        }),
    );
    assert_eq!(events(&member), ["join"]);
    assert_eq!(
        app.get("/memberships/acme/chapter/north").await.ok()["Count"],
        1
    );
}

#[tokio::test]
async fn a_void_takes_a_join_back() {
    let app = app().await;
    let made = approved(&app, join(json!({}))).await;
    activate(&app, &made).await.ok();
    pay(&app, &made, "p-1", 120.0).await;
    let order = made["order_id"].as_str().unwrap();
    let void = json!({ "payments": "credit" });
    app.post(&format!("/orders/acme/{order}/void"), void)
        .await
        .ok();
    shows(
        &app.membership("contact:c-1").await,
        json!({
            "status": "inactive", "expiration_date": null, "join_date": null,
        }),
    );
}

#[tokio::test]
async fn dates_and_status_come_when_the_package_says_so() {
    let app = app().await;
    app.set::<Packages>(
        "immediate",
        json!({ "does_not_receive_member_benefits": true }),
    )
    .await;
    for (contact, package, status) in [
        ("f-1", "free", "active"),
        ("f-2", "immediate", "active without benefits"),
    ] {
        app.seed_contact(contact).await;
        let changes = json!({ "contact_id": contact, "membership_package_id": package });
        let made = approved(&app, join(changes)).await;
        activate(&app, &made).await.ok();
        let member = app.membership(&format!("contact:{contact}")).await;
        shows(
            &member,
            json!({ "status": status, "expiration_date": "2027-03-09", "date_status": "updated" }),
        );
    }
}

/// The matrix of DATE-1: what an activation sets, and what it leaves.
#[tokio::test]
async fn each_type_moves_its_own_dates() {
    let app = app().await;
    let terms = json!({ "expiration_type": "anniversary", "grace_period": 30, "allow_reinstatement": true,
        "reinstatement_options": { "reinstatement_period": 60 },
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.set::<Packages>("anniversary", json!({ "expiration_options": terms }))
        .await;
    let held = |status: &str| {
        json!({ "status": status, "term_start_date": "2025-01-01", "is_new": true,
        "termination_date": if status == "inactive" { json!("2026-02-01") } else { Value::Null },
        "lapse_date": "2024-05-05" })
    };
    // Early, in the grace period, in the reinstatement period, and after it; today is 2026-03-10.
    for (id, status, expired, kind, join, renewal, reinstatement, start, end) in [
        (
            "early",
            "active",
            "2026-09-30",
            "renewal",
            "2020-01-01",
            json!("2026-03-10"),
            Value::Null,
            "2026-10-01",
            "2027-09-30",
        ),
        (
            "grace",
            "active",
            "2026-02-20",
            "renewal",
            "2020-01-01",
            json!("2026-03-10"),
            Value::Null,
            "2026-02-21",
            "2027-02-20",
        ),
        (
            "dropped",
            "inactive",
            "2026-01-31",
            "reinstatement",
            "2020-01-01",
            Value::Null,
            json!("2026-03-10"),
            "2026-03-10",
            "2027-03-09",
        ),
        (
            "long gone",
            "inactive",
            "2025-01-31",
            "renewal",
            "2026-03-10",
            Value::Null,
            Value::Null,
            "2026-03-10",
            "2027-03-09",
        ),
    ] {
        let id = id.replace(' ', "-");
        let changes = with(json!({}), with(held(status), json!({})));
        let member = app.member(&id, expired, changes).await;
        let made = approved(&app, of(kind, &id, json!({}))).await;
        pay(&app, &made, &format!("p-{id}"), 120.0).await;
        let before = app.membership(&member).await;
        assert_eq!(
            before["expiration_date"], expired,
            "{id}: not before it is activated"
        );
        activate(&app, &made).await.ok();
        shows(
            &app.membership(&member).await,
            json!({
                "status": "active", "join_date": join, "renewal_date": renewal, "reinstatement_date": reinstatement,
                "join_or_last_renewal_date": "2026-03-10", "term_start_date": start, "expiration_date": end,
                "termination_date": null, "lapse_date": "2024-05-05", "date_status": "updated",
                "is_new": join == "2026-03-10", "last_change_affiliation_date": null,
            }),
        );
    }
}

#[tokio::test]
async fn an_early_renewal_never_shortens() {
    let app = app().await;
    let member = app.member("m-1", "2030-12-31", json!({})).await;
    let made = approved(&app, of("renewal", "m-1", json!({}))).await;
    pay(&app, &made, "p-1", 90.5).await;
    activate(&app, &made).await.ok();
    shows(
        &app.membership(&member).await,
        json!({
            "term_start_date": "2031-01-01", "expiration_date": "2031-12-31", "billed": false,
        }),
    );
}

#[tokio::test]
async fn a_renewal_that_is_not_paid_keeps_dates_and_status() {
    let app = app().await;
    let member = app
        .member(
            "m-1",
            "2026-03-31",
            json!({ "chapters": [{ "chapter_id": "north", "dues": 18 }] }),
        )
        .await;
    let next = json!({ "membership_package_id": "calendar", "additional_chapter_ids": ["south"], "chapter_id": "north" });
    let made = approved(&app, of("renewal", "m-1", next)).await;
    activate(&app, &made).await.ok();
    let waits = app.membership(&member).await;
    shows(
        &waits,
        json!({
            "status": "active", "expiration_date": "2026-03-31", "package_id": "anniversary",
            "date_status": "not yet updated", "chapter_ids": ["north", "south"],
        }),
    );
    shows(
        &waits["chapters"][0],
        json!({ "dues": 18, "was_renewed": true, "is_new_member": false }),
    );
    pay(&app, &made, "p-1", 118.0).await;
    let moved = app.membership(&member).await;
    shows(
        &moved,
        json!({
            "package_id": "calendar", "term_start_date": "2026-04-01", "expiration_date": "2026-12-31", "is_new": false,
        }),
    );
    assert_eq!(events(&moved), ["change affiliations", "renewal"]);
}

#[tokio::test]
async fn a_change_swaps_affiliations_and_moves_no_dates() {
    let app = app().await;
    let held = json!({ "chapters": [{ "chapter_id": "south" }], "add_ons": [{ "add_on_id": "journal", "quantity": 1 }],
        "term_start_date": "2026-01-01" });
    let member = app.member("m-1", "2026-12-31", held).await;
    let wanted = json!({ "chapter_id": "north", "add_ons": [] });
    let made = approved(&app, of("change affiliations", "m-1", wanted)).await;
    activate(&app, &made).await.ok();
    let after = app.membership(&member).await;
    shows(
        &after,
        json!({
            "chapter_ids": ["north"], "add_ons": null, "expiration_date": "2026-12-31", "term_start_date": "2026-01-01",
            "join_or_last_renewal_date": null, "renewal_date": null, "status": "active", "billed": null,
            "last_change_affiliation_date": "2026-03-10T12:00:00.000Z", "order_total": 20,
        }),
    );
    assert_eq!(after["past_chapter_memberships"][0]["chapter_id"], "south");
    assert_eq!(events(&after), ["change affiliations"]);
    // The order is paid and voided like any other, and the term stays unbilled.
    pay(&app, &made, "p-1", 20.0).await;
    app.bill("2026-12-01", "2026-12-31", &["orders"]).await;
    assert_eq!(app.orders(&member).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_activated_says_why() {
    let app = app().await;
    app.seed_process(json!({ "id": "reviewed" })).await;
    let body = join(json!({ "process_id": "reviewed" }));
    let made = app.post("/applications/acme", body).await.ok();
    assert_eq!(
        activate(&app, &made).await.refused_for(400),
        "/status must be approved to be activated, and is under review"
    );
    activate(&app, &json!({ "id": "nowhere" }))
        .await
        .refused(404);
    let url = format!("/applications/acme/{}", made["id"].as_str().unwrap());
    let approve = json!([{ "op": "replace", "path": "/status", "value": "approved" }]);
    app.patch(&url, approve).await.ok();
    let order = made["order_id"].as_str().unwrap();
    app.post(&format!("/orders/acme/{order}/void"), json!({}))
        .await
        .ok();
    let refused = activate(&app, &made).await.refused_for(400);
    assert!(
        refused.contains("is void: nothing was bought by it"),
        "{refused}"
    );
    app.get("/memberships/acme/contact:c-1").await.refused(404);
    let member = app.member("m-1", "2026-03-31", json!({})).await;
    let made = approved(&app, of("renewal", "m-1", json!({}))).await;
    app.set::<Memberships>(&member, json!({ "sys_locked": true }))
        .await;
    activate(&app, &made).await.refused(403);
}

#[tokio::test]
async fn an_application_approved_before_orders_were_made_gets_its_own() {
    let app = app().await;
    let stored = with(
        join(json!({})),
        json!({ "id": "old", "name": "Ada Byron", "status": "approved" }),
    );
    app.seed::<Applications>(stored).await;
    activate(&app, &json!({ "id": "old" })).await.ok();
    let made = app.get("/applications/acme/old").await.ok();
    pay(&app, &made, "p-1", 120.0).await;
    assert_eq!(app.membership("contact:c-1").await["status"], "active");
}

#[tokio::test]
async fn several_at_once_activate_once() {
    let app = app().await;
    let made = approved(&app, join(json!({}))).await;
    pay(&app, &made, "p-1", 120.0).await;
    let activate = || activate(&app, &made);
    let all = futures::join!(activate(), activate(), activate(), activate());
    for answer in [all.0, all.1, all.2, all.3] {
        answer.ok();
    }
    let member = app.membership("contact:c-1").await;
    assert_eq!(events(&member), ["join"]);
    assert_eq!(member["expiration_date"], "2027-03-09");
    assert_eq!(app.orders("contact:c-1").await.len(), 1);
}

#[tokio::test]
async fn the_member_is_told_once_and_where_the_process_says_so_when_paid() {
    let app = app().await;
    let mail = json!({
        "memberships_require_approval": "never", "enable_membership_activation_email": true,
        "membership_activation_email": { "from": "office@example.org", "subject": "Welcome",
            "body": "<p>{{ membership.expiration_date }} {{ order.number }}</p>" },
    });
    let held =
        json!({ "id": "held", "do_not_send_activation_email_until_membership_is_paid": true });
    app.seed_process(with(mail.clone(), json!({ "id": "at-once" })))
        .await;
    app.seed_process(with(mail, held)).await;
    let mails = || app.outbox.list("acme").unwrap().len();
    let made = approved(&app, join(json!({ "process_id": "at-once" }))).await;
    activate(&app, &made).await.ok();
    activate(&app, &made).await.ok();
    assert_eq!(mails(), 1);
    pay(&app, &made, "p-0", 120.0).await;
    assert_eq!(mails(), 1);
    app.seed_contact("c-2").await;
    let made = approved(
        &app,
        join(json!({ "process_id": "held", "contact_id": "c-2" })),
    )
    .await;
    activate(&app, &made).await.ok();
    assert_eq!(mails(), 1);
    pay(&app, &made, "p-1", 20.0).await;
    assert_eq!(mails(), 1);
    pay(&app, &made, "p-2", 100.0).await;
    assert_eq!(mails(), 2);
    activate(&app, &made).await.ok();
    assert_eq!(mails(), 2);
}

/// By each chapter that was joined and has a mail for it; whoever renews is new in none.
#[tokio::test]
async fn a_chapter_writes_to_its_new_members_once() {
    let app = app().await;
    let mail = json!({ "enable_new_member_email": true, "new_member_email": { "from": "north@example.org",
        "subject": "{{ chapter.name }}", "body": "<p>{{ contact.name }} {{ membership.number }}</p>" } });
    app.set::<Chapters>("north", mail).await;
    let both = json!({ "chapter_id": "north", "additional_chapter_ids": ["south"] });
    let made = approved(&app, join(both)).await;
    activate(&app, &made).await.ok();
    activate(&app, &made).await.ok();
    assert_eq!(app.mails(), ["north"]);
    let held = json!({ "chapters": [{ "chapter_id": "north" }] });
    app.member("m-1", "2026-03-31", held).await;
    let renewed = approved(&app, of("renewal", "m-1", json!({}))).await;
    activate(&app, &renewed).await.ok();
    assert_eq!(app.mails(), ["north"]);
}

/// A dropped member's late payment waits for their return, which an activation is.
#[tokio::test]
async fn a_return_applies_what_was_paid_meanwhile() {
    let app = app().await;
    let member = app.member("m-1", "2026-02-28", json!({})).await;
    app.bill("2026-02-01", "2026-02-28", &["orders"]).await;
    let late = app.orders(&member).await.remove(0);
    let url = format!("/memberships/acme/{member}");
    let drop = json!([{ "op": "replace", "path": "/status", "value": "inactive" }]);
    app.patch(&url, drop).await.ok();
    let paid = pay(&app, &json!({ "order_id": late["id"] }), "p-1", 90.5).await;
    assert_eq!(paid["payments"][0]["unapplied"], true);
    // The order that was paid late has the term, so another is not billed for it.
    let again = app
        .post("/applications/acme", of("renewal", "m-1", json!({})))
        .await;
    again.refused(409);
}
