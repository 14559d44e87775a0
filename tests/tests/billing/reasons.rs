//! A run's status reason is given once, and gives way to what was decided since
//! (rule ACT-20); a void takes it back with the rest (rule ORD-16).

use crate::support::{MARCH, bill, change_member};
use model::resources::StatusReasons;
use serde_json::{Value, json};
use tests::billing::run_body;
use tests::{TENANT, TestApp};

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    for id in ["old", "billed", "charged", "reminded", "hardship"] {
        let reason = json!({ "id": id, "name": id, "applies_to": "active", "priority": 1 });
        app.seed::<StatusReasons>(reason).await;
    }
    app
}

/// A run of one switch that gives a reason.
fn giving(switch: &str, options: &str, reason: &str) -> Value {
    let mut body = run_body(MARCH.0, MARCH.1, &[switch]);
    body[options]["new_status_reason_id"] = reason.into();
    body
}

async fn pay(app: &TestApp, member: &str) -> Value {
    let order = app.orders(member).await.remove(0);
    let id = order["id"].as_str().expect("a text");
    let body = json!({ "id": format!("p-{id}"), "type": "check", "amount": order["balance_due"] });
    let url = format!("/orders/{TENANT}/{id}/payments");
    app.post(&url, body).await.ok()
}

async fn reason(app: &TestApp, member: &str) -> Value {
    app.membership(member).await["status_reason_id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bills_reason_comes_with_the_dates_and_undoes_no_later_one() {
    let app = app().await;
    let old = json!({ "status_reason_id": "old" });
    let mut members = Vec::new();
    for id in ["a", "b", "c", "d"] {
        members.push(app.member(id, "2026-03-31", old.clone()).await);
    }
    bill(&app, giving("orders", "renewal_order_options", "billed")).await;
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| members[n].as_str());
    for member in [a, b, c, d] {
        assert_eq!(reason(&app, member).await, "old", "no date has moved");
    }
    // What staff decide, another run, and a status that the reason is not for.
    change_member(&app, b, json!({ "status_reason_id": "hardship" })).await;
    change_member(&app, c, json!({ "status_reason_id": "reminded" })).await;
    change_member(&app, d, json!({ "status": "suspended" })).await;
    for (member, then) in [(a, "billed"), (b, "hardship"), (c, "reminded"), (d, "old")] {
        pay(&app, member).await;
        let stored = app.membership(member).await;
        assert_eq!(stored["expiration_date"], "2027-03-31", "{member}");
        assert_eq!(stored["status_reason_id"], then, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_dates_move_at_once_the_reason_does_too_and_once() {
    let app = app().await;
    let fields = json!({ "status_reason_id": "old", "package_id": "immediate" });
    let member = app.member("a", "2026-03-31", fields).await;
    bill(&app, giving("orders", "renewal_order_options", "billed")).await;
    assert_eq!(reason(&app, &member).await, "billed");
    change_member(&app, &member, json!({ "status_reason_id": "hardship" })).await;
    pay(&app, &member).await;
    assert_eq!(reason(&app, &member).await, "hardship");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_gives_its_reason_only_if_it_succeeds() {
    let app = app().await;
    let charged = || giving("auto", "auto_renewal_options", "charged");
    let good = app.auto_member("good", "2026-03-31", "tok_good").await;
    let bad = app.auto_member("bad", "2026-03-31", "tok_declined").await;
    bill(&app, charged()).await;
    assert_eq!(reason(&app, &good).await, "charged");
    pay(&app, &bad).await;
    let stored = app.membership(&bad).await;
    assert_eq!(stored["expiration_date"], "2027-03-31");
    assert_eq!(stored["status_reason_id"], Value::Null, "by a cheque");

    // A charge of another run's bill: refused, the bill's own reason waits on.
    let member = app.member("a", "2026-03-31", json!({})).await;
    bill(&app, giving("orders", "renewal_order_options", "billed")).await;
    let card = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_declined" } });
    change_member(&app, &member, card).await;
    bill(&app, charged()).await;
    assert_eq!(reason(&app, &member).await, Value::Null);
    pay(&app, &member).await;
    assert_eq!(reason(&app, &member).await, "billed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_takes_back_all_that_the_order_set() {
    let app = app().await;
    // Lapsed for good: a join, which sets what a renewal leaves.
    let fields = json!({ "status_reason_id": "old", "join_date": "2001-05-01", "term_start_date": "2024-04-01",
        "join_or_last_renewal_date": "2024-04-01", "renewal_date": "2024-03-20", "is_new": false,
        "termination_date": "2025-06-01" });
    let member = app.member("a", "2025-03-31", fields).await;
    let mut body = giving("orders", "renewal_order_options", "billed");
    body["renewal_order_options"]["expiration_date_range_start"] = "2025-01-01".into();
    let before = app.membership(&member).await;
    bill(&app, body).await;
    pay(&app, &member).await;
    let renewed = app.membership(&member).await;
    assert_eq!(renewed["join_date"], "2026-03-10");
    assert_eq!(
        (&renewed["is_new"], &renewed["status_reason_id"]),
        (&json!(true), &json!("billed"))
    );
    let order = app.orders(&member).await.remove(0);
    let url = format!("/orders/{TENANT}/{}/void", order["id"].as_str().unwrap());
    let void = app.post(&url, json!({ "payments": "credit" })).await.ok();
    assert_eq!(void.get("kept_fields"), None);
    let stored = app.membership(&member).await;
    for field in [
        "join_date",
        "membership_join_date",
        "join_or_last_renewal_date",
        "renewal_date",
        "reinstatement_date",
        "term_start_date",
        "expiration_date",
        "termination_date",
        "is_new",
        "package_id",
        "type_id",
        "status_reason_id",
    ] {
        assert_eq!(stored[field], before[field], "{field}");
    }
    assert_eq!(stored["billed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_for_the_term_comes_back_with_it() {
    let app = app().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let body = crate::support::reminders("renewal", &[(4, MARCH.0, MARCH.1)]);
    bill(&app, body).await;
    let reminded = app.membership(&member).await;
    assert_eq!(reminded["last_reminder"], 4);
    pay(&app, &member).await;
    assert_eq!(app.membership(&member).await.get("last_reminder"), None);
    let order = app.orders(&member).await.remove(0);
    let url = format!("/orders/{TENANT}/{}/void", order["id"].as_str().unwrap());
    app.post(&url, json!({ "payments": "credit" })).await.ok();
    let stored = app.membership(&member).await;
    for field in ["last_reminder", "last_reminder_date"] {
        assert_eq!(stored[field], reminded[field], "{field}");
    }
}
