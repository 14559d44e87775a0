//! A payment of a group is one, and is split to the last cent.

use super::{activate, app, apply, figures, group, joining, order, pay, read, text};
use serde_json::{Value, json};
use tests::TestApp;

/// What is paid on each order, in the group's order.
fn parts(order: &Value) -> Vec<f64> {
    let orders = order["orders"].as_array().expect("orders");
    let paid = orders.iter().map(|one| one["amount_paid"].as_f64());
    paid.map(|paid| paid.expect("an amount")).collect()
}

/// What was paid equals what orders took, what is credit, and what went back.
fn balanced(receipt: &Value) -> bool {
    let cents = |value: &Value| (value.as_f64().expect("an amount") * 100.0).round();
    let sum = |name: &str| {
        let of = receipt[name].as_array().expect("a list").iter();
        of.map(|one| cents(&one["amount"])).sum::<f64>()
    };
    let back = receipt["reversal"]
        .as_object()
        .map_or(0.0, |r| cents(&r["amount"]));
    cents(&receipt["amount"]) == sum("applied") + sum("refunds") + cents(&receipt["credit"]) + back
}

async fn member(app: &TestApp, id: &str) -> Value {
    app.membership(&format!("contact:{id}")).await
}

#[tokio::test]
async fn one_payment_pays_for_all() {
    let app = app().await;
    let (group, made) = joining(&app, 3).await;
    for one in &made {
        activate(&app, one).await;
    }
    assert_eq!(member(&app, "c-2").await["status"], "inactive");
    let order = order(&app, &group).await;
    let paid = pay(&app, &order, "p-1", 360.0).await.ok();
    assert_eq!(figures(&paid), (360.0, 360.0, 0.0, "completed".into()));
    let receipt = &paid["recorded_payment"];
    assert_eq!(receipt["order_id"], order["id"]);
    assert_eq!(receipt["applied"].as_array().map(Vec::len), Some(3));
    assert!(balanced(receipt), "{receipt}");
    let payments = paid["payments"].as_array().expect("payments");
    assert_eq!(
        (payments.len(), payments[0]["amount"].as_f64()),
        (1, Some(360.0))
    );
    for id in ["c-1", "c-2", "c-3"] {
        assert_eq!(member(&app, id).await["status"], "active", "{id}");
    }
    // The same again is the same; another under its id is refused.
    let again = pay(&app, &order, "p-1", 360.0).await.ok();
    assert_eq!(again["recorded_payment"], paid["recorded_payment"]);
    assert_eq!(parts(&again), [120.0, 120.0, 120.0]);
    let refused = pay(&app, &order, "p-1", 300.0).await.refused_for(409);
    assert_eq!(refused, "/id payment p-1 is recorded with 360.00 check");
    let single = json!({ "id": made[0]["order_id"] });
    let refused = pay(&app, &single, "p-1", 360.0).await.refused_for(409);
    assert!(
        refused.contains(&format!("on order {}", text(&order["id"]))),
        "{refused}"
    );
}

#[tokio::test]
async fn a_part_pays_the_first_before_the_next() {
    let app = app().await;
    let (group, made) = joining(&app, 3).await;
    let order = order(&app, &group).await;
    let paid = pay(&app, &order, "p-1", 150.01).await.ok();
    assert_eq!(parts(&paid), [120.0, 30.01, 0.0]);
    assert!(balanced(&paid["recorded_payment"]));
    for one in &made {
        activate(&app, one).await;
    }
    assert_eq!(member(&app, "c-1").await["status"], "active");
    assert_eq!(member(&app, "c-2").await["status"], "inactive");
    // Somebody is paid for singly meanwhile: what is left is the rest.
    pay(&app, &json!({ "id": made[2]["order_id"] }), "p-2", 120.0)
        .await
        .ok();
    let seen = super::order(&app, &group).await;
    assert_eq!(
        figures(&seen),
        (360.0, 270.01, 89.99, "awaiting payment".into())
    );
    let rest = pay(&app, &order, "p-3", 89.99).await.ok();
    assert_eq!(figures(&rest).3, "completed");
    assert_eq!(
        rest["recorded_payment"]["applied"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(member(&app, "c-2").await["status"], "active");
}

#[tokio::test]
async fn what_nobody_needs_is_credit_of_who_pays() {
    let app = app().await;
    let (group, _) = joining(&app, 1).await;
    let order = order(&app, &group).await;
    let paid = pay(&app, &order, "p-1", 250.0).await.ok();
    let receipt = &paid["recorded_payment"];
    assert_eq!(receipt["credit"].as_f64(), Some(130.0));
    assert_eq!(receipt["membership_id"], "contact:c-1");
    // Who comes later is paid from it, when that is asked for.
    apply(&app, &group, "c-2", json!({})).await;
    let url = format!("/orders/acme/{}/credit", text(&order["id"]));
    let after = app.post(&url, Value::Null).await.ok();
    assert_eq!(figures(&after), (240.0, 240.0, 0.0, "completed".into()));
    assert!(
        app.post(&url, Value::Null)
            .await
            .refused_for(409)
            .contains("owes nothing")
    );
    let list = "/orders/acme/membership/contact:c-1/payments";
    let listed = app.get(list).await.ok();
    assert_eq!(listed["Items"][0]["credit"].as_f64(), Some(10.0));
    let url = format!("/orders/acme/{}/payments/p-1/refund", text(&order["id"]));
    let back = app
        .post(
            &url,
            json!({ "id": "r-1", "amount": 10, "reason": "too much" }),
        )
        .await
        .ok();
    assert!(balanced(&back), "{back}");
    assert_eq!(back["credit"].as_f64(), Some(0.0));
}

#[tokio::test]
async fn credit_of_a_payer_without_membership_is_seen() {
    let app = app().await;
    let group = group(&app, json!({ "contact_id": "c-5" })).await;
    apply(&app, &group, "c-2", json!({})).await;
    pay(&app, &order(&app, &group).await, "p-1", 130.0)
        .await
        .ok();
    let list = "/orders/acme/membership/contact:c-5/payments";
    assert_eq!(
        app.get(list).await.ok()["Items"][0]["credit"].as_f64(),
        Some(10.0)
    );
}

#[tokio::test]
async fn what_is_no_payment_is_refused() {
    let app = app().await;
    let (group, _) = joining(&app, 2).await;
    let order = order(&app, &group).await;
    for amount in [0.0, -5.0, 1.001] {
        pay(&app, &order, "p-1", amount).await.refused(400);
    }
    assert_eq!(figures(&super::order(&app, &group).await).1, 0.0);
    pay(&app, &json!({ "id": "nowhere" }), "p-1", 5.0)
        .await
        .refused(404);
    let reverse = format!("/orders/acme/{}/payments/p-9/reverse", text(&order["id"]));
    let body = json!({ "id": "r", "reason": "r" });
    app.post(&reverse, body).await.refused(404);
}

#[tokio::test]
async fn the_same_payment_sent_at_once_is_recorded_once() {
    let app = app().await;
    let (group, _) = joining(&app, 3).await;
    let order = order(&app, &group).await;
    let send = || pay(&app, &order, "p-1", 200.0);
    let (one, two, three) = futures::join!(send(), send(), send());
    for answer in [one, two, three] {
        assert_eq!(parts(&answer.ok()), [120.0, 80.0, 0.0]);
    }
    assert_eq!(figures(&super::order(&app, &group).await).1, 200.0);
    assert_eq!(read(&app, &group).await["total"].as_f64(), Some(360.0));
}
