//! Pro forma orders: a forecast that holds no term and bills nobody.

use crate::support::{MARCH, bill, change_member, create};
use model::resources::billing_run_action::ActionStatus;
use serde_json::{Value, json};
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;

fn pro_forma(from: &str, to: &str) -> Value {
    let mut body = run_body(from, to, &["orders"]);
    body["renewal_order_options"]["pro_forma"] = true.into();
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pro_forma_order_becomes_the_real_one() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let forecast = app.orders(&member).await.remove(0);
    assert_eq!(forecast["pro_forma"], true);
    let stored = app.membership(&member).await;
    assert_ne!(stored["billed"], true);
    assert_eq!(stored["expiration_date"], "2026-03-31");
    let again = create(&app, pro_forma(MARCH.0, MARCH.1)).await;
    app.refresh(&again).await;
    assert!(
        app.actions(&again).await.is_empty(),
        "no second one for the term"
    );
    let path = format!(
        "/orders/{TENANT}/{}/payments",
        forecast["id"].as_str().unwrap()
    );
    let refused = app
        .post(&path, json!({ "id": "p", "type": "cash", "amount": 1 }))
        .await
        .refused_for(409);
    assert!(
        refused.starts_with("/pro_forma the order is pro forma"),
        "{refused}"
    );
    let run = app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    assert_eq!(
        run["statistics"]["renewal_orders"]["successful"], 1,
        "{run}"
    );
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(
        (&orders[0]["id"], &orders[0]["number"]),
        (&forecast["id"], &forecast["number"])
    );
    assert_eq!(orders[0]["pro_forma"], false);
    assert_eq!(app.membership(&member).await["billed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_renewal_converts_it_too() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let forecast = app.orders(&member).await.remove(0);
    let card = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_good" } });
    change_member(&app, &member, card).await;
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["id"], forecast["id"]);
    assert_eq!(orders[0]["status"], "completed");
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_the_date_by_days_makes_no_second_forecast() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-30", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    change_member(&app, &member, json!({ "expiration_date": "2026-03-31" })).await;
    let run = bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let (status, why) = app.outcome(run["id"].as_str().unwrap(), &member).await;
    assert_eq!(status, ActionStatus::NoLongerEligible);
    assert!(why.ends_with("is a pro forma of the term"), "{why}");
    assert_eq!(app.orders(&member).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voided_forecast_makes_room_for_another() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let first = app.orders(&member).await.remove(0);
    app.post(
        &format!("/orders/{TENANT}/{}/void", first["id"].as_str().unwrap()),
        json!({}),
    )
    .await
    .ok();
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 2);
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 2);
    assert_eq!(
        (&orders[0]["pro_forma"], &orders[1]["status"]),
        (&json!(false), &json!("void"))
    );
}
