//! What is paid on an order, when it moves the dates, and the endpoints.

use crate::support::{MARCH, change_member};
use model::resources::Packages;
use serde_json::{Value, json};
use tests::records::with;
use tests::{Answer, Call, TENANT, TestApp};

async fn package(app: &TestApp, id: &str, changes: Value) {
    let anniversary = json!({ "expiration_type": "anniversary", "anniversary_expiration_options": {
        "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    let base = json!({ "id": id, "name": id, "business_unit_id": "b-1", "price": 100, "expiration_options": anniversary });
    app.seed::<Packages>(with(base, changes)).await;
}

/// A member of a package, billed; and the order.
async fn billed(app: &TestApp, id: &str, package: &str) -> (String, Value) {
    let member = app
        .member(id, "2026-03-31", json!({ "package_id": package }))
        .await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = app.orders(&member).await.remove(0);
    (member, order)
}

async fn pay(app: &TestApp, order: &Value, payment: Value) -> Answer {
    let id = order["id"].as_str().expect("a text");
    app.post(&format!("/orders/{TENANT}/{id}/payments"), payment)
        .await
}

fn cash(id: &str, amount: Value) -> Value {
    json!({ "id": id, "type": "cash", "amount": amount })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_moves_dates_at_once_does_so_unpaid() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "immediate").await;
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2027-03-31");
    assert_eq!(stored["date_status"], "updated");
    assert_eq!(order["status"], "awaiting payment");
    assert_eq!(order["renewal"]["dates_updated"], true);
    let paid = pay(&app, &order, cash("p-1", json!(50))).await.ok();
    assert_eq!(paid["status"], "completed");
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31",
        "moved once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_nothing_is_paid_at_once() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "free").await;
    assert_eq!(
        (&order["status"], &order["charge"]),
        (&json!("completed"), &Value::Null)
    );
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2027-03-31");
    assert_eq!(stored["billed"], false);
    app.set_today("2027-03-10").await;
    let next = app.bill("2027-03-01", "2027-03-31", &["orders"]).await;
    assert_eq!(
        next["statistics"]["renewal_orders"]["successful"], 1,
        "{next}"
    );
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2028-03-31"
    );
    let auto = json!({ "package_id": "free", "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_declined" } });
    let auto = app.member("auto", "2027-03-31", auto).await;
    app.bill("2027-03-01", "2027-03-31", &["auto"]).await;
    assert_eq!(
        app.membership(&auto).await["expiration_date"],
        "2028-03-31",
        "no card is asked for nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_or_an_amount_moves_the_dates() {
    let app = TestApp::with_catalogue().await;
    package(
        &app,
        "share",
        json!({ "update_dates_when": "percentage paid", "update_dates_value": 50 }),
    )
    .await;
    package(
        &app,
        "amount",
        json!({ "update_dates_when": "amount paid", "update_dates_value": 30 }),
    )
    .await;
    package(&app, "full", json!({})).await;
    for (package, below, rest) in [
        ("share", 49.99, 0.01),
        ("amount", 29.99, 0.01),
        ("full", 99.99, 0.01),
    ] {
        let (member, order) = billed(&app, package, package).await;
        let id = |n: u8| format!("{package}-{n}");
        pay(&app, &order, cash(&id(1), json!(below))).await.ok();
        let waiting = app.membership(&member).await;
        assert_eq!(waiting["expiration_date"], "2026-03-31", "{package}");
        assert_eq!(waiting["date_status"], "not yet updated");
        pay(&app, &order, cash(&id(2), json!(rest))).await.ok();
        let moved = app.membership(&member).await;
        assert_eq!(moved["expiration_date"], "2027-03-31", "{package}");
        assert_eq!(
            (&moved["billed"], &moved["date_status"]),
            (&json!(false), &json!("updated"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_recorded_once_and_what_is_not_due_is_credit() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "anniversary").await;
    let sent = json!({ "id": "p-1", "type": "check", "amount": 40.50, "reference_number": "0017", "received_at": "2026-03-09T10:00:00Z" });
    let first = pay(&app, &order, sent.clone()).await.ok();
    assert_eq!(pay(&app, &order, sent).await.ok(), first);
    assert_eq!(first["amount_paid"].to_string(), "40.50");
    assert_eq!(
        first["payments"][0]["received_at"],
        "2026-03-09T10:00:00.000Z"
    );
    assert_eq!(first["payments"][0]["recorded_by_id"], "user-1");
    let other = pay(&app, &order, cash("p-1", json!(40.50)))
        .await
        .refused_for(409);
    assert_eq!(other, "/id payment p-1 is recorded with 40.50 check");
    let over = pay(&app, &order, cash("p-2", json!(50.01))).await.ok();
    assert_eq!(over["balance_due"].to_string(), "0.00");
    assert_eq!(over["recorded_payment"]["credit"].to_string(), "0.01");
    assert_eq!(app.membership(&member).await["order_balance_due"], 0);
    let more = pay(&app, &order, cash("p-3", json!(1))).await.ok();
    assert_eq!(more["amount_paid"].to_string(), "90.50");
    assert_eq!(more["recorded_payment"]["credit"].to_string(), "1.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_at_once_add_up() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "immediate").await;
    let sent = (0..5).map(|n| pay(&app, &order, cash(&format!("p-{n}"), json!(10))));
    for answer in futures::future::join_all(sent).await {
        answer.ok();
    }
    let order = app.orders(&member).await.remove(0);
    assert_eq!(order["balance_due"].to_string(), "0.00");
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_payment_is_refused_by_field() {
    let app = TestApp::with_catalogue().await;
    let (_, order) = billed(&app, "a", "anniversary").await;
    for (body, path, rule) in [
        (json!({ "type": "cash", "amount": 1 }), "/id", "is required"),
        (
            json!({ "id": "a b", "type": "cash", "amount": 1 }),
            "/id",
            "must match",
        ),
        (json!({ "id": "p", "amount": 1 }), "/type", "is required"),
        (
            json!({ "id": "p", "type": "gold", "amount": 1 }),
            "/type",
            "must be one of",
        ),
        (
            json!({ "id": "p", "type": "cash" }),
            "/amount",
            "is required",
        ),
        (cash("p", json!(0)), "/amount", "must be more than 0"),
        (cash("p", json!(-1)), "/amount", "must be"),
        (cash("p", json!(1.001)), "/amount", ""),
        (cash("p", json!("1")), "/amount", "must be a decimal number"),
        (
            with(cash("p", json!(1)), json!({ "received_at": "yesterday" })),
            "/received_at",
            "must be",
        ),
        (
            with(cash("p", json!(1)), json!({ "colour": "red" })),
            "/colour",
            "is not a field of Payment",
        ),
        (
            with(cash("p", json!(1)), json!({ "_x": 1 })),
            "/_x",
            "is not a field of Payment",
        ),
    ] {
        let refused = pay(&app, &order, body.clone()).await.refused_for(400);
        assert!(
            refused.starts_with(path) && refused.contains(rule),
            "{body}: {refused}"
        );
    }
    assert_eq!(pay(&app, &order, json!([])).await.status, 400);
    assert_eq!(app.orders("contact:a").await[0]["payments"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_after_the_drop_is_recorded_but_moves_nothing() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "anniversary").await;
    change_member(&app, &member, json!({ "status": "inactive" })).await;
    let paid = pay(&app, &order, cash("late", json!(90.50))).await.ok();
    assert_eq!(paid["payments"][0]["unapplied"], true);
    assert_eq!(paid["renewal"]["dates_updated"], false);
    let stored = app.membership(&member).await;
    assert_eq!(
        (&stored["status"], &stored["expiration_date"]),
        (&json!("inactive"), &json!("2026-03-31"))
    );
    // What comes for an order that the drop has voided is credit.
    let (gone, order) = billed(&app, "gone", "anniversary").await;
    app.set_today("2026-04-10").await;
    app.bill(MARCH.0, MARCH.1, &["drops"]).await;
    assert_eq!(app.membership(&gone).await["status"], "inactive");
    let late = pay(&app, &order, cash("p", json!(1))).await.ok();
    assert_eq!(
        (&late["status"], &late["payments"]),
        (&json!("void"), &json!([]))
    );
    assert_eq!(late["recorded_payment"]["credit"].to_string(), "1.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_for_those_who_may_bill_and_for_their_tenant() {
    let app = TestApp::with_catalogue().await;
    let (member, order) = billed(&app, "a", "anniversary").await;
    let id = order["id"].as_str().unwrap();
    let calls: [fn(&str, &str) -> Call; 4] = [
        |id, _| Call::get(&format!("/orders/{TENANT}/{id}")),
        |_, member| Call::get(&format!("/orders/{TENANT}/membership/{member}")),
        |id, _| {
            Call::post(
                &format!("/orders/{TENANT}/{id}/payments"),
                json!({ "id": "p", "type": "cash", "amount": 1 }),
            )
        },
        |id, _| Call::post(&format!("/orders/{TENANT}/{id}/void"), json!({})),
    ];
    for call in calls {
        assert_eq!(
            app.send(call(id, &member).without_credentials())
                .await
                .status,
            401
        );
        assert_eq!(
            app.send(call(id, &member).scopes("read write"))
                .await
                .status,
            403
        );
        assert_eq!(
            app.send(call(id, &member).of_tenant("other")).await.status,
            403
        );
        assert_eq!(
            app.send(call(id, &member).by_contact("a")).await.status,
            403
        );
        assert_eq!(
            app.send(call("nothing", "contact:nobody")).await.status,
            404
        );
    }
    assert_eq!(app.orders(&member).await, std::slice::from_ref(&order));
    assert_eq!(order["payments"], json!([]));
    let read = app
        .get(&format!("/orders/{TENANT}/{id}?fields=total,status"))
        .await
        .ok();
    assert_eq!(
        read,
        json!({ "id": id, "total": order["total"], "status": "awaiting payment" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_card_never_shows_in_an_order() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_secret").await;
    app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    let orders = app.orders(&member).await;
    assert!(!json!(orders).to_string().contains("tok_secret"));
    assert_eq!(orders[0]["charge"]["attempt"], 1);
}
