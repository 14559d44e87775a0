//! What becomes of a group's payment afterwards.

use super::{app, apply, change, figures, group, joining, order, pay, text};
use serde_json::json;

#[tokio::test]
async fn a_payment_is_reversed_whole() {
    let app = app().await;
    let (group, _) = joining(&app, 3).await;
    let order = order(&app, &group).await;
    pay(&app, &order, "p-1", 300.0).await.ok();
    let url = format!("/orders/acme/{}/payments/p-1/reverse", text(&order["id"]));
    for _ in 0..2 {
        let reversal = json!({ "id": "r-1", "reason": "returned" });
        let back = app.post(&url, reversal).await.ok();
        assert_eq!(back["reversal"]["amount"].as_f64(), Some(300.0));
        assert_eq!(back["applied"], json!([]));
        assert_eq!(
            figures(&super::order(&app, &group).await),
            (360.0, 0.0, 360.0, "awaiting payment".into())
        );
    }
    let another = json!({ "id": "r-2", "reason": "again" });
    app.post(&url, another).await.refused(409);
}

#[tokio::test]
async fn a_payment_is_moved_whole() {
    let app = app().await;
    let (group, _) = joining(&app, 2).await;
    let single = apply(
        &app,
        &group,
        "c-5",
        json!({ "application_group_id": null, "group_application_process_id": null }),
    )
    .await;
    let order = order(&app, &group).await;
    pay(&app, &order, "p-1", 240.0).await.ok();
    let url = format!("/orders/acme/{}/payments/p-1/move", text(&order["id"]));
    let to_group = app.post(&url, json!({ "order_id": order["id"] })).await;
    assert!(to_group.refused_for(409).contains("is a group's"));
    let own = app
        .post(&url, json!({ "order_id": order["orders"][1]["id"] }))
        .await;
    assert!(
        own.refused_for(409)
            .starts_with("/order_id is of the group's order")
    );
    let moved = app
        .post(&url, json!({ "order_id": single["order_id"] }))
        .await
        .ok();
    assert_eq!(
        (moved["credit"].as_f64(), &moved["membership_id"]),
        (Some(120.0), &json!("contact:c-5"))
    );
    assert_eq!(figures(&super::order(&app, &group).await).1, 0.0);
}

#[tokio::test]
async fn what_also_pays_for_others_is_not_taken_back_by_a_void() {
    let app = app().await;
    let (first, _) = joining(&app, 2).await;
    let first = order(&app, &first).await;
    pay(&app, &first, "p-1", 360.0).await.ok();
    let second = group(&app, json!({})).await;
    let one = apply(&app, &second, "c-5", json!({})).await;
    let credit = format!(
        "/orders/acme/{}/credit",
        text(&order(&app, &second).await["id"])
    );
    app.post(&credit, json!({})).await.ok();
    let void = format!("/orders/acme/{}/void", text(&one["order_id"]));
    for payments in [
        json!({ "payments": "reverse", "id": "r-1", "reason": "returned" }),
        json!({ "payments": "move", "order_id": first["orders"][0]["id"] }),
    ] {
        let refused = app.post(&void, payments).await.refused_for(409);
        assert!(
            refused.starts_with("/payments must be credit: payment p-1 pays order"),
            "{refused}"
        );
    }
    app.post(&void, json!({ "payments": "credit" })).await.ok();
    let first = app
        .get(&format!("/orders/acme/{}", text(&first["id"])))
        .await;
    assert_eq!(
        figures(&first.ok()),
        (240.0, 240.0, 0.0, "completed".into())
    );
}

#[tokio::test]
async fn a_reversal_or_move_is_sent_again_where_the_payment_has_come_to() {
    let app = app().await;
    let alone = json!({ "application_group_id": null, "group_application_process_id": null });
    let group = group(&app, json!({})).await;
    let mut orders = Vec::new();
    for contact in ["c-3", "c-4", "c-5"] {
        let made = apply(&app, &group, contact, alone.clone()).await;
        orders.push(text(&made["order_id"]));
    }
    let pay = format!("/orders/acme/{}/payments", orders[0]);
    let payment = json!({ "id": "k-1", "type": "check", "amount": 120 });
    app.post(&pay, payment).await.ok();
    for (from, to) in [(0, 1), (1, 2)] {
        for _ in 0..2 {
            let url = format!("/orders/acme/{}/payments/k-1/move", orders[from]);
            let moved = app.post(&url, json!({ "order_id": orders[to] })).await.ok();
            assert_eq!(moved["applied"][0]["order_id"], json!(orders[to]));
        }
    }
    for _ in 0..2 {
        let url = format!("/orders/acme/{}/payments/k-1/reverse", orders[2]);
        let reversal = json!({ "id": "r-1", "reason": "returned" });
        let back = app.post(&url, reversal).await.ok();
        assert_eq!(back["reversal"]["amount"].as_f64(), Some(120.0));
    }
}

#[tokio::test]
async fn who_is_rejected_after_the_payment_leaves_credit() {
    let app = app().await;
    let group = group(&app, json!({})).await;
    let decided = json!({ "process_id": "join-1" });
    let one = apply(&app, &group, "c-2", decided.clone()).await;
    apply(&app, &group, "c-3", decided).await;
    let order = order(&app, &group).await;
    pay(&app, &order, "p-1", 240.0).await.ok();
    let refused = change(&app, &one, "status", json!("rejected")).await;
    assert!(refused.refused_for(409).contains("has a payment"));
    let void = format!("/orders/acme/{}/void", text(&one["order_id"]));
    for whole in [
        json!({ "payments": "reverse", "id": "r-1", "reason": "rejected" }),
        json!({ "payments": "move", "order_id": order["orders"][1]["id"] }),
    ] {
        let refused = app.post(&void, whole).await.refused_for(409);
        assert!(
            refused.starts_with("/payments must be credit: payment p-1"),
            "{refused}"
        );
    }
    app.post(&void, json!({ "payments": "credit" })).await.ok();
    change(&app, &one, "status", json!("rejected")).await.ok();
    assert_eq!(
        figures(&super::order(&app, &group).await),
        (120.0, 120.0, 0.0, "completed".into())
    );
    let list = app
        .get("/orders/acme/membership/contact:c-1/payments")
        .await
        .ok();
    assert_eq!(list["Items"][0]["credit"].as_f64(), Some(120.0));
}
