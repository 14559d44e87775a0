//! Pro forma orders: a forecast that holds no term and bills nobody.

use crate::support::{MARCH, bill, change_member, create};
use model::resources::BillingNotices;
use serde_json::{Value, json};
use tests::billing::run_body;
use tests::{Call, TENANT, TestApp};

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
    let again = create(&app, pro_forma(MARCH.0, MARCH.1)).await;
    app.refresh(&again).await;
    assert!(app.actions(&again).await.is_empty());
    let path = format!("/billingRuns/{TENANT}/{again}/explain/{member}");
    let why = app.get(&path).await.ok().to_string();
    let expected = "has a pro forma order for the term after 2026-03-31";
    assert!(why.contains(expected), "{why}");
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

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_forecast_is_no_bill_of_the_year_after() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let other = app.member("b", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let forecast = app.orders(&member).await.remove(0);
    // Both go on without it.
    for member in [&member, &other] {
        change_member(&app, member, json!({ "expiration_date": "2027-03-31" })).await;
    }
    change_member(
        &app,
        &other,
        json!({ "renew_automatically": true,
        "renewal_payment_info": { "payment_account": "tok_good" } }),
    )
    .await;
    app.set_today("2027-03-10").await;
    bill(&app, pro_forma("2027-03-01", "2027-03-31")).await;
    app.bill("2027-03-01", "2027-03-31", &["orders", "auto"])
        .await;
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 2);
    assert_eq!(
        (&orders[1]["id"], &orders[1]["status"]),
        (&forecast["id"], &json!("void"))
    );
    assert_eq!(orders[0]["renewal"]["expiration_date"], "2028-03-31");
    assert_eq!(orders[0]["pro_forma"], false);
    let charged = app.orders(&other).await;
    assert_eq!(
        (&charged[0]["status"], &charged[1]["status"]),
        (&json!("completed"), &json!("void"))
    );
    assert_eq!(charged[0]["renewal"]["expiration_date"], "2028-03-31");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_ends_with_its_membership_or_its_term() {
    let app = TestApp::with_catalogue().await;
    let dropped = app.member("dropped", "2026-03-09", json!({})).await;
    let gone = app.member("gone", "2026-03-31", json!({})).await;
    let moved = app.member("moved", "2026-03-31", json!({})).await;
    let by_days = app.member("days", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let mails = app.mails();
    let run = app.bill(MARCH.0, "2026-03-09", &["drops"]).await;
    assert_eq!(run["statistics"]["drops"]["successful"], 1, "{run}");
    let patch = async |member: &str, path: &str, value: &str| {
        let patch = json!([{ "op": "replace", "path": path, "value": value }]);
        let url = format!("/memberships/{TENANT}/{member}");
        app.patch(&url, patch).await.ok();
    };
    patch(&gone, "/status", "inactive").await;
    patch(&moved, "/expiration_date", "2027-03-31").await;
    patch(&by_days, "/expiration_date", "2026-03-28").await;
    for (member, status) in [
        (&dropped, "void"),
        (&gone, "void"),
        (&moved, "void"),
        (&by_days, "awaiting payment"),
    ] {
        let orders = app.orders(member).await;
        assert_eq!(orders[0]["status"], status, "{member}");
        let shown = &app.membership(member).await["order_status"];
        assert_eq!(*shown, status, "{member}");
    }
    let told = app.mails().len() - mails.len();
    assert_eq!(told, 1, "of the drop alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_knows_a_forecast_and_cannot_have_it_paid() {
    let app = TestApp::with_catalogue().await;
    let email = json!({ "from": "dues@example.org", "subject": "s",
        "body": "{% if order.pro_forma %}planned{% else %}due{% endif %} [{{ links.pay }}]" });
    app.set::<BillingNotices>("bill", json!({ "email": email }))
        .await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let texts = crate::support::bodies(&app);
    assert!(texts[0].contains("planned []"), "{texts:?}");
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = app.orders(&member).await.remove(0);
    let link = format!("pay/{}]", order["id"].as_str().unwrap());
    let texts = crate::support::bodies(&app).join(" ").replace("=\r\n", "");
    let texts = texts.replace("&#x2f;", "/");
    assert!(texts.contains("due [") && texts.contains(&link), "{texts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_ends_once_its_term_is_billed_elsewhere() {
    let app = TestApp::with_catalogue().await;
    let marked = app.member("marked", "2026-03-31", json!({})).await;
    let told = app.member("told", "2026-03-31", json!({})).await;
    bill(&app, pro_forma(MARCH.0, MARCH.1)).await;
    let admin = async |member: &str, fields: &[(&str, Value)]| {
        let set = |(name, value): &(&str, Value)| json!({ "op": "add", "path": format!("/{name}"), "value": value });
        let patch = fields.iter().map(set).collect();
        let call = Call::patch(&format!("/memberships/{TENANT}/{member}"), patch);
        app.send(call.scopes("admin")).await
    };
    admin(&marked, &[("billed", json!(true))]).await.ok();
    let facts = [("billed", json!(true)), ("order_total", json!(110))];
    admin(&told, &facts).await.ok();
    let statuses = |orders: Vec<Value>| {
        let shown = orders.iter().map(|order| {
            let number = order["pro_forma"] == true;
            (
                number,
                order["status"].as_str().unwrap_or_default().to_owned(),
            )
        });
        shown.collect::<std::collections::BTreeSet<_>>()
    };
    let void = (true, "void".to_owned());
    assert_eq!(statuses(app.orders(&marked).await), [void.clone()].into());
    let real = (false, "awaiting payment".to_owned());
    assert_eq!(statuses(app.orders(&told).await), [void, real].into());
    let shown = app.membership(&told).await;
    assert_eq!(
        (&shown["order_status"], &shown["order_total"]),
        (&json!("awaiting payment"), &json!(110))
    );
    // What the order makes true isn't taken away by a word.
    let refused = admin(&told, &[("billed", json!(false))]).await;
    assert_eq!(
        refused.refused_for(400),
        "/billed would be true, as an order covers the coming term: void that one"
    );
}
