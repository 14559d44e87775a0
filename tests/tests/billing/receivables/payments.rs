//! Payments, and what becomes of them (rules PAY-11 to PAY-15).

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn one_payment_is_recorded_once_in_the_tenant() {
    let app = app().await;
    let (_, a) = billed(&app, "a", "full").await;
    let (member, b) = billed(&app, "b", "full").await;
    pay(&app, &a, "bank-1", json!(100)).await.ok();
    let why = pay(&app, &b, "bank-1", json!(100)).await.refused_for(409);
    let of = a["id"].as_str().expect("a text");
    assert_eq!(
        why,
        format!("/id payment bank-1 is recorded with 100.00 check on order {of}")
    );
    assert_eq!(app.orders(&member).await[0]["payments"], json!([]));
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2026-03-31"
    );
    let both = [
        pay(&app, &a, "bank-2", json!(1)),
        pay(&app, &b, "bank-2", json!(1)),
    ];
    let answers = futures::future::join_all(both).await;
    let recorded = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(recorded, 1, "at once, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_pays_another_order_or_is_paid_back() {
    let app = app().await;
    let (a, first) = billed(&app, "a", "full").await;
    let (b, second) = billed(&app, "b", "full").await;
    pay(&app, &first, "p-1", json!(130)).await.ok();
    assert_eq!(text(&payments(&app, &a).await[0]["credit"]), "30.00");
    // To the other member with all of it.
    let to = json!({ "order_id": second["id"] });
    let moved = app
        .post(&url(&first, "/payments/p-1/move"), to.clone())
        .await
        .ok();
    assert_eq!(moved["membership_id"], "contact:b");
    assert_eq!(text(&moved["credit"]), "30.00");
    let opened = app.orders(&a).await.remove(0);
    assert_eq!(
        (&opened["status"], text(&opened["balance_due"])),
        (&json!("awaiting payment"), "100.00".into())
    );
    assert_eq!(
        app.membership(&a).await["expiration_date"],
        "2027-03-31",
        "moved dates stay"
    );
    assert_eq!(app.membership(&b).await["expiration_date"], "2027-03-31");
    // Credit that is left can be paid back, once and no more than it is.
    let back = |id: &str, amount: f64| json!({ "id": id, "amount": amount, "reason": "asked for" });
    let refund = url(&second, "/payments/p-1/refund");
    let why = app.post(&refund, back("r-1", 30.01)).await.refused_for(409);
    assert_eq!(why, "/amount must be at most the credit left, 30.00");
    let paid_back = app.post(&refund, back("r-1", 20.0)).await.ok();
    assert_eq!(app.post(&refund, back("r-1", 20.0)).await.ok(), paid_back);
    assert_eq!(text(&paid_back["credit"]), "10.00");
    // Next year's order is paid from it.
    app.set_today("2027-03-10").await;
    app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    let next = app.orders(&b).await.remove(0);
    let used = app.post(&url(&next, "/credit"), json!({})).await.ok();
    assert_eq!(text(&used["amount_paid"]), "10.00");
    let none = app.post(&url(&next, "/credit"), json!({})).await;
    assert_eq!(none.refused_for(409), "/id the membership has no credit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversed_payment_opens_the_balance_and_no_date_goes_back() {
    let app = app().await;
    let (member, order) = billed(&app, "a", "full").await;
    pay(&app, &order, "p-1", json!(100)).await.ok();
    let reversal = json!({ "id": "b-1", "date": "2026-03-09", "reason": "bounced" });
    let path = url(&order, "/payments/p-1/reverse");
    let reversed = app.post(&path, reversal.clone()).await.ok();
    assert_eq!(text(&reversed["reversal"]["amount"]), "100.00");
    assert_eq!(app.post(&path, reversal).await.ok(), reversed, "told again");
    let other = json!({ "id": "b-2", "reason": "bounced" });
    let why = app.post(&path, other).await.refused_for(409);
    assert_eq!(why, "/id payment p-1 was reversed by b-1 on 2026-03-09");
    let opened = app.orders(&member).await.remove(0);
    assert_eq!(
        (&opened["status"], &opened["payments"]),
        (&json!("awaiting payment"), &json!([]))
    );
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2027-03-31");
    assert_eq!(text(&stored["order_balance_due"]), "100");
    pay(&app, &order, "p-2", json!(100)).await.ok();
    let paid = app.membership(&member).await;
    assert_eq!(
        paid["expiration_date"], "2027-03-31",
        "moved once for the order"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_membership_is_left_alone_and_its_money_recorded() {
    let app = app().await;
    let (member, order) = billed(&app, "a", "full").await;
    change_member(&app, &member, json!({ "sys_locked": true })).await;
    let paid = pay(&app, &order, "p-1", json!(100)).await.ok();
    assert_eq!(text(&paid["recorded_payment"]["credit"]), "100.00");
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2026-03-31"
    );
    app.post(&url(&order, "/credit"), json!({}))
        .await
        .refused(403);
    app.post(&url(&order, "/void"), json!({}))
        .await
        .refused(403);
    change_member(&app, &member, json!({ "sys_locked": false })).await;
    app.post(&url(&order, "/credit"), json!({})).await.ok();
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_checked_by_field() {
    let app = app().await;
    let (_, order) = billed(&app, "a", "full").await;
    pay(&app, &order, "p-1", json!(120)).await.ok();
    for (path, body, place) in [
        ("/payments/p-1/reverse", json!({ "reason": "x" }), "/id"),
        ("/payments/p-1/reverse", json!({ "id": "r" }), "/reason"),
        (
            "/payments/p-1/refund",
            json!({ "id": "r", "reason": "x", "amount": 0 }),
            "/amount",
        ),
        (
            "/payments/p-1/refund",
            json!({ "id": "r", "reason": "x", "amount": 0.001 }),
            "/amount",
        ),
        ("/payments/p-1/move", json!({}), "/order_id"),
        (
            "/void",
            with(json!({}), json!({ "payments": "keep" })),
            "/payments",
        ),
    ] {
        let refused = app.post(&url(&order, path), body).await.refused(400);
        assert_eq!(refused[0].0, place, "{path}");
    }
    let none = json!({ "id": "r", "reason": "x" });
    assert_eq!(
        app.post(&url(&order, "/payments/p-9/reverse"), none)
            .await
            .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_told_of_what_needs_a_look() {
    let app = app().await;
    app.settings(json!({ "payment_notification_email": "staff@example.org; desk@example.org" }))
        .await;
    let (a, order) = billed(&app, "a", "full").await;
    let before = app.mails().len();
    pay(&app, &order, "p-1", json!(40)).await.ok();
    assert_eq!(app.mails().len(), before, "a part is nothing to look at");
    for _ in 0..2 {
        pay(&app, &order, "p-2", json!(100)).await.ok();
    }
    let (b, late) = billed(&app, "b", "full").await;
    patch(&app, &b, "/status", json!("inactive")).await;
    pay(&app, &late, "p-3", json!(100)).await.ok();
    let (c, left) = billed(&app, "c", "full").await;
    patch(&app, &c, "/expiration_date", json!("2029-03-31")).await;
    pay(&app, &left, "p-4", json!(100)).await.ok();
    let reversal = json!({ "id": "b-1", "reason": "bounced" });
    for _ in 0..2 {
        let path = url(&order, "/payments/p-2/reverse");
        app.post(&path, reversal.clone()).await.ok();
    }
    let look = |member: &str| format!("A payment needs a look: {member}");
    let mut mails = app.mails();
    mails.retain(|subject| subject.starts_with("A payment"));
    let reversed = format!("A payment was reversed: {a}");
    assert_eq!(mails, [look(&a), look(&b), look(&c), reversed]);
    let texts = crate::support::bodies(&app);
    let texts = texts.join("").replace("=\r\n", "");
    for told in [
        "40.00 USD of payment p-2 was not applied to order",
        "Payment p-3 moved no dates: the member has been dropped.",
        "the dates were left.",
        "Payment p-2 of 100.00 USD was reversed (bounced)",
    ] {
        assert!(texts.contains(told), "{told}: {texts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_has_an_id_that_nobody_can_give_and_is_not_repeated_once_taken_back() {
    let app = app().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    let order = app.orders(&member).await.remove(0);
    let id = order["id"].as_str().expect("a text");
    assert_eq!(order["payments"][0]["id"], format!("{id}:1"));
    let provider = order["charge"]["provider_payment_id"].clone();
    let known = json!({ "id": provider, "type": "credit card", "amount": order["total"] });
    let told = app.post(&url(&order, "/payments"), known).await.ok();
    assert_eq!(told["amount_paid"], order["total"], "known already");
    let path = url(&order, &format!("/payments/{id}:1/reverse"));
    let reversal = json!({ "id": "b-1", "reason": "chargeback" });
    app.post(&path, reversal).await.ok();
    // Staff put the date back; another run meets the unpaid order.
    let dates = json!({ "term_start_date": "2025-04-01", "expiration_date": "2026-03-31" });
    change_member(&app, &member, dates).await;
    assert_eq!(planned(&app, MARCH.0, MARCH.1, "auto").await, 0);
    let card = json!({ "payment_account": "tok_other" });
    patch(&app, &member, "/renewal_payment_info", card).await;
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    let order = app.orders(&member).await.remove(0);
    assert_eq!(
        (&order["status"], &order["payments"][0]["id"]),
        (&json!("completed"), &json!(format!("{id}:2")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_order_takes_credit_where_the_tenant_wants_it() {
    let app = app().await;
    for (id, overpaid) in [("a", 130), ("b", 210)] {
        let (_, order) = billed(&app, id, "full").await;
        pay(&app, &order, &format!("p-{id}"), json!(overpaid))
            .await
            .ok();
    }
    let card = app.auto_member("c", "2026-03-31", "tok_good").await;
    patch(&app, &card, "/package_id", json!("full")).await;
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    let order = app.orders(&card).await.remove(0);
    pay(&app, &order, "p-c", json!(40)).await.ok();
    app.set_today("2027-03-10").await;
    app.settings(json!({ "new_orders_take_credit": true }))
        .await;
    app.bill("2027-03-01", "2027-03-31", &["orders", "auto"])
        .await;
    for (member, paid, balance, expires) in [
        ("contact:a", "30.00", "70.00", "2027-03-31"),
        ("contact:b", "100.00", "0.00", "2028-03-31"),
        ("contact:c", "100.00", "0.00", "2028-03-31"),
    ] {
        let order = app.orders(member).await.remove(0);
        assert_eq!(text(&order["amount_paid"]), paid, "{member}");
        assert_eq!(text(&order["balance_due"]), balance, "{member}");
        let stored = app.membership(member).await;
        assert_eq!(stored["expiration_date"], expires, "{member}");
        let shown = stored["order_balance_due"].as_f64().expect("a number");
        assert_eq!(format!("{shown:.2}"), balance, "{member}");
    }
    let charged = app.orders(&card).await.remove(0);
    assert_eq!(text(&charged["charge"]["amount"]), "60.00");
    let left = payments(&app, "contact:b").await;
    assert_eq!(text(&left[0]["credit"]), "10.00");
}
