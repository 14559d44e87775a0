//! One run of each type, and what it leaves behind.

use model::resources::billing_run_action::ActionStatus;
use serde_json::{Value, json};
use tests::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_order_bills_once_and_waits_for_payment() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let run = app.bill("2026-03-01", "2026-03-31", &["orders"]).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(
        run["statistics"]["renewal_orders"]["successful"], 1,
        "{run}"
    );
    let stored = app.membership(&member).await;
    assert_eq!(stored["billed"], true);
    assert_eq!(stored["bill_method"], "renewal order");
    assert_eq!(
        stored["expiration_date"], "2026-03-31",
        "an unpaid order moves no dates"
    );
    assert_eq!(stored["date_status"], "not yet updated");
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["total"].to_string(), "90.50");
    assert_eq!(orders[0]["balance_due"].to_string(), "90.50");
    assert_eq!(orders[0]["renewal"]["term_start_date"], "2026-04-01");
    assert_eq!(orders[0]["renewal"]["expiration_date"], "2027-03-31");
    assert_eq!(app.mails(), ["bill for Member a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_renewal_charges_and_moves_the_dates() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let run = app.bill("2026-03-01", "2026-03-31", &["auto"]).await;
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 1, "{run}");
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2027-03-31", "{stored}");
    assert_eq!(stored["term_start_date"], "2026-04-01");
    assert_eq!(stored["renewal_date"], "2026-03-10");
    assert_eq!(stored["billed"], false);
    assert_eq!(stored["order_status"], "completed");
    assert_eq!(stored["bill_method"], "auto renewal order");
    assert_eq!(
        stored["renewal_payment_info"].get("payment_account"),
        None,
        "the token is never shown"
    );
    let orders = app.orders(&member).await;
    assert_eq!(orders[0]["balance_due"].to_string(), "0.00");
    assert_eq!(orders[0]["charge"]["state"], "succeeded");
    assert_eq!(app.mails(), ["paid for Member a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_is_a_payment_failure_with_its_own_notice() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let run = app.bill("2026-03-01", "2026-03-31", &["auto"]).await;
    let id = run["id"].as_str().unwrap();
    assert_eq!(run["statistics"]["auto_renewals"]["error"], 1, "{run}");
    let (status, why) = app.outcome(id, &member).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::PaymentFailure,
            "payment refused: card declined"
        )
    );
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2026-03-31");
    assert_eq!(stored["billed"], true);
    assert_eq!(app.orders(&member).await[0]["charge"]["state"], "declined");
    assert_eq!(app.mails(), ["refused for Member a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_outs_of_the_gateway_charge_once() {
    let app = TestApp::with_catalogue().await;
    for token in [
        "tok_timeout_before",
        "tok_timeout_after",
        "tok_rate_limited",
    ] {
        app.auto_member(token, "2026-03-31", token).await;
    }
    let run = app.bill("2026-03-01", "2026-03-31", &["auto"]).await;
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 3, "{run}");
    for token in [
        "tok_timeout_before",
        "tok_timeout_after",
        "tok_rate_limited",
    ] {
        let orders = app.orders(&format!("contact:{token}")).await;
        assert_eq!(orders.len(), 1);
        assert_eq!(
            orders[0]["payments"].as_array().map(Vec::len),
            Some(1),
            "{token}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_notice_covers_nothing_and_goes_once_a_term() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let first = app.bill("2026-03-01", "2026-03-31", &["notices"]).await;
    assert_eq!(
        first["statistics"]["renewal_notices"]["successful"], 1,
        "{first}"
    );
    let stored = app.membership(&member).await;
    assert_eq!(stored["bill_method"], "renewal notice");
    assert_ne!(stored["billed"], true);
    assert_eq!(app.orders(&member).await, Vec::<Value>::new());
    let again = app
        .draft("2026-03-01", "2026-03-31", &["notices", "orders"])
        .await;
    app.refresh(&again).await;
    let planned = app.run(&again).await;
    assert_eq!(
        planned["statistics"]["renewal_notices"]["total"], 0,
        "{planned}"
    );
    assert_eq!(
        planned["statistics"]["renewal_orders"]["pending"], 1,
        "{planned}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expired_are_dropped_and_nobody_else() {
    let app = TestApp::with_catalogue().await;
    let gone = app.member("gone", "2026-03-09", json!({})).await;
    let today = app.member("today", "2026-03-10", json!({})).await;
    let kept = app
        .member("kept", "2026-03-09", json!({ "do_not_drop": true }))
        .await;
    let run = app.bill("2026-03-01", "2026-03-31", &["drops"]).await;
    assert_eq!(run["statistics"]["drops"]["total"], 1, "{run}");
    assert_eq!(app.membership(&gone).await["status"], "inactive");
    assert_eq!(app.membership(&gone).await["lapse_date"], "2026-03-10");
    assert_eq!(app.membership(&today).await["status"], "active");
    assert_eq!(app.membership(&kept).await["status"], "active");
    assert_eq!(app.mails(), ["dropped for Member gone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_charge_moves_no_date_even_where_dates_move_immediately() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let package = json!([{ "op": "replace", "path": "/package_id", "value": "immediate" }]);
    app.patch(&format!("/memberships/acme/{member}"), package)
        .await
        .ok();
    app.bill("2026-03-01", "2026-03-31", &["auto"]).await;
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2026-03-31", "{stored}");
    assert_eq!(stored["billed"], true);
}
