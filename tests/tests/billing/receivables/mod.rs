//! Money outside a run: payments wherever they go, terms that are billed or are
//! not, and what staff decide after the bill (rules PAY-11 to PAY-15, ORD-12 to
//! ORD-17).

mod payments;
mod rests;
mod terms;
mod told;

use crate::support::{MARCH, change_member};
use model::resources::{BillingNotices, Packages};
use serde_json::{Value, json};
use tests::records::with;
use tests::{Answer, Call, TENANT, TestApp};

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    let anniversary = json!({ "expiration_type": "anniversary", "anniversary_expiration_options": {
        "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    for (id, when) in [
        ("full", "invoice paid in full"),
        ("share", "percentage paid"),
        ("other", "invoice paid in full"),
    ] {
        let package = json!({ "id": id, "name": id, "business_unit_id": "b-1", "price": 100,
            "update_dates_when": when, "update_dates_value": 50, "expiration_options": anniversary });
        app.seed::<Packages>(package).await;
    }
    app
}

/// A member of a package, billed; and the order.
async fn billed(app: &TestApp, id: &str, package: &str) -> (String, Value) {
    let fields = json!({ "package_id": package });
    let member = app.member(id, "2026-03-31", fields).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = app.orders(&member).await.remove(0);
    (member, order)
}

fn url(order: &Value, then: &str) -> String {
    let id = order["id"].as_str().expect("a text");
    format!("/orders/{TENANT}/{id}{then}")
}

async fn pay(app: &TestApp, order: &Value, id: &str, amount: Value) -> Answer {
    let payment = json!({ "id": id, "type": "check", "amount": amount });
    app.post(&url(order, "/payments"), payment).await
}

async fn payments(app: &TestApp, member: &str) -> Vec<Value> {
    let url = format!("/orders/{TENANT}/membership/{member}/payments");
    let page = app.get(&url).await.ok();
    page["Items"].as_array().expect("a list").clone()
}

async fn patch(app: &TestApp, member: &str, path: &str, value: Value) -> Value {
    let patch = json!([{ "op": "add", "path": path, "value": value }]);
    let url = format!("/memberships/{TENANT}/{member}");
    app.send(Call::patch(&url, patch).scopes("read write admin"))
        .await
        .ok()
}

/// How many actions are planned.
async fn planned(app: &TestApp, from: &str, to: &str, switch: &str) -> usize {
    let run = app.draft(from, to, &[switch]).await;
    app.refresh(&run).await;
    app.actions(&run).await.len()
}

fn text(value: &Value) -> String {
    value.to_string()
}
