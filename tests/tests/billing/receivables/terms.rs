//! Terms that are billed or are not, and what staff decide after the bill (rules
//! ORD-12 to ORD-17).

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_has_what_was_paid_meanwhile() {
    let app = app().await;
    let (member, order) = billed(&app, "a", "full").await;
    patch(&app, &member, "/status", json!("inactive")).await;
    let paid = pay(&app, &order, "late", json!(100)).await.ok();
    assert_eq!(paid["payments"][0]["unapplied"], true);
    let back = patch(&app, &member, "/status", json!("active")).await;
    assert_eq!(
        (&back["expiration_date"], &back["billed"]),
        (&json!("2027-03-31"), &json!(false))
    );
    let order = app.orders(&member).await.remove(0);
    assert_eq!(order["renewal"]["dates_updated"], true);
    assert_eq!(order["payments"][0]["unapplied"], false);
    app.set_today("2027-03-10").await;
    let next = app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    assert_eq!(
        next["statistics"]["renewal_orders"]["successful"], 1,
        "{next}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_batch_too_who_comes_back_has_what_was_paid_meanwhile() {
    let app = app().await;
    let (member, order) = billed(&app, "a", "full").await;
    let (other, _) = billed(&app, "b", "full").await;
    let batch = async |status: &str| {
        let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
        let operation =
            |id: &str| json!({ "operation": "patch", "id": id, "patch_directives": patch });
        let body = json!({ "operations": [operation(&member), operation(&other)] });
        let url = format!("/memberships/{TENANT}/batch");
        app.post(&url, body).await.ok()
    };
    batch("inactive").await;
    pay(&app, &order, "late", json!(100)).await.ok();
    let back = batch("active").await;
    assert_eq!(back["success_count"], 2, "{back}");
    assert_eq!(
        back["results"][0]["object"]["expiration_date"],
        "2027-03-31"
    );
    let stored = app.membership(&member).await;
    assert_eq!(
        (&stored["expiration_date"], &stored["billed"]),
        (&json!("2027-03-31"), &json!(false))
    );
    assert_eq!(
        app.membership(&other).await["expiration_date"],
        "2026-03-31"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_can_tell_all_that_a_member_owes() {
    let app = app().await;
    let email = json!({ "from": "dues@example.org", "subject": "s",
        "body": "{{ order.balance }} of {% for order in arrears %}{{ order.number }}: {{ order.balance }}; {% endfor %}" });
    app.set::<BillingNotices>("bill", json!({ "email": email }))
        .await;
    let (member, order) = billed(&app, "a", "share").await;
    pay(&app, &order, "p-1", json!(60)).await.ok();
    app.set_today("2027-03-10").await;
    app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    let next = app.orders(&member).await.remove(0);
    let expected = format!(
        "100.00 of {}: 40.00; {}: 100.00;",
        order["number"], next["number"]
    );
    let texts = crate::support::bodies(&app);
    assert!(
        texts.iter().any(|text| text.contains(&expected)),
        "{texts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_of_a_bill_made_elsewhere_is_for_one_term() {
    let app = app().await;
    let member = app
        .member("a", "2027-01-31", json!({ "package_id": "full" }))
        .await;
    let marked = patch(&app, &member, "/billed", json!(true)).await;
    assert_eq!(marked["billed"], true);
    app.set_today("2027-01-10").await;
    assert_eq!(planned(&app, "2027-01-01", "2027-01-31", "orders").await, 0);
    app.set_today("2027-02-10").await;
    assert_eq!(
        planned(&app, "2027-01-01", "2027-01-31", "drops").await,
        0,
        "paid elsewhere"
    );
    let moved = patch(&app, &member, "/expiration_date", json!("2028-01-31")).await;
    assert_eq!(moved["billed"], false, "the term after is another");
    app.set_today("2028-01-10").await;
    let run = app.bill("2028-01-01", "2028-01-31", &["orders"]).await;
    assert_eq!(
        run["statistics"]["renewal_orders"]["successful"], 1,
        "{run}"
    );
}

/// As today's version wrote it: `billed`, and no mark of the term.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_from_before_marks_had_a_term_is_for_the_term_that_was_coming() {
    let app = app().await;
    let member = app
        .member("a", "2027-01-31", json!({ "package_id": "full" }))
        .await;
    change_member(&app, &member, json!({ "billed": true })).await;
    app.set_today("2027-01-10").await;
    assert_eq!(
        planned(&app, "2027-01-01", "2027-01-31", "orders").await,
        0,
        "not billed again"
    );
    let moved = patch(&app, &member, "/expiration_date", json!("2028-01-31")).await;
    assert_eq!(moved["billed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_blocks_nothing() {
    let app = app().await;
    let (member, order) = billed(&app, "a", "share").await;
    pay(&app, &order, "p-1", json!(50)).await.ok();
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
    app.set_today("2027-03-10").await;
    let next = app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    assert_eq!(
        next["statistics"]["renewal_orders"]["successful"], 1,
        "{next}"
    );
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 2);
    assert_eq!(text(&orders[1]["balance_due"]), "50.00");
    pay(&app, &orders[1], "p-2", json!(50)).await.ok();
    let stored = app.membership(&member).await;
    assert_eq!(
        (&stored["order_id"], &stored["expiration_date"]),
        (&orders[0]["id"], &json!("2027-03-31")),
        "the newest order is shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_leaves_the_date_and_what_is_owed_for_a_used_term() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "immediate").await;
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
    app.set_today("2027-04-10").await;
    let run = app.bill("2027-03-01", "2027-03-31", &["drops"]).await;
    assert_eq!(run["statistics"]["drops"]["successful"], 1, "{run}");
    let stored = app.membership(&member).await;
    assert_eq!(
        (&stored["status"], &stored["expiration_date"]),
        (&json!("inactive"), &json!("2027-03-31"))
    );
    let owed = app.orders(&member).await.remove(0);
    assert_eq!(
        (&owed["status"], &owed["balance_due"]),
        (&json!("awaiting payment"), &order["balance_due"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_takes_back_nothing_that_staff_decided_after_the_bill() {
    let app = app().await;
    let (a, order) = billed(&app, "a", "full").await;
    patch(&app, &a, "/package_id", json!("other")).await;
    pay(&app, &order, "p-1", json!(100)).await.ok();
    let stored = app.membership(&a).await;
    assert_eq!(
        (&stored["package_id"], &stored["expiration_date"]),
        (&json!("other"), &json!("2027-03-31"))
    );
    let (b, order) = billed(&app, "b", "full").await;
    patch(&app, &b, "/expiration_date", json!("2026-06-30")).await;
    pay(&app, &order, "p-2", json!(100)).await.ok();
    let stored = app.membership(&b).await;
    assert_eq!(
        stored["expiration_date"], "2027-06-30",
        "extended from what is there"
    );
    let (c, order) = billed(&app, "c", "full").await;
    patch(&app, &c, "/expiration_date", json!("2029-03-31")).await;
    let paid = pay(&app, &order, "p-3", json!(100)).await.ok();
    assert_eq!(app.membership(&c).await["expiration_date"], "2029-03-31");
    let note = "the term through 2027-03-31 lies behind the expiration date 2029-03-31: the dates were left";
    assert_eq!(paid["notes"], json!([note]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_says_what_becomes_of_payments_and_puts_back_what_still_stands() {
    let app = app().await;
    let (member, order) = billed(&app, "a", "full").await;
    let before = app.membership(&member).await;
    pay(&app, &order, "p-1", json!(100)).await.ok();
    app.post(&url(&order, "/void"), json!({}))
        .await
        .refused(409);
    let unsaid = json!({ "payments": "move" });
    let why = app
        .post(&url(&order, "/void"), unsaid)
        .await
        .refused_for(400);
    assert_eq!(why, "/order_id is required when payments is move");
    patch(&app, &member, "/renewal_date", json!("2026-03-01")).await;
    let void = app
        .post(&url(&order, "/void"), json!({ "payments": "credit" }))
        .await
        .ok();
    assert_eq!(void["kept_fields"], json!(["renewal_date"]));
    assert_eq!(text(&void["amount_paid"]), "0.00");
    let stored = app.membership(&member).await;
    for field in ["expiration_date", "term_start_date", "package_id", "is_new"] {
        assert_eq!(stored[field], before[field], "{field}");
    }
    assert_eq!(stored["billed"], false);
    assert_eq!(text(&payments(&app, &member).await[0]["credit"]), "100.00");
}
