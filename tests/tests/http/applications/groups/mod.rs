//! Groups of applications, and the one order of each (rule APPL-16).

mod order;
mod payments;
mod preview;
mod reversals;
mod rules;
mod search;

use super::set;
use model::resources::GroupApplicationProcesses;
use serde_json::{Value, json};
use tests::records::{an_application, with};
use tests::{Answer, TestApp};

/// People c-1 to c-5, a process of which nobody decides, one of which staff do, and
/// one for groups.
async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    for id in 1..=5 {
        app.seed_contact(&format!("c-{id}")).await;
    }
    app.seed_process(json!({})).await;
    app.seed_process(json!({ "id": "open", "memberships_require_approval": "never" }))
        .await;
    app.seed_process(
        json!({ "id": "renew", "type": "renewal", "memberships_require_approval": "never" }),
    )
    .await;
    app.seed::<GroupApplicationProcesses>(group_process("team", json!({})))
        .await;
    app
}

fn group_process(id: &str, changes: Value) -> Value {
    let base = json!({ "id": id, "name": id, "contact_form_id": "rolodex-contacts__1",
        "checkout_settings": { "business_unit_id": "b-1", "bank_account_id": "a-1" } });
    with(base, changes)
}

/// A group that c-1 administers.
async fn group(app: &TestApp, changes: Value) -> String {
    let body = with(json!({ "name": "Engineers", "contact_id": "c-1" }), changes);
    let made = app.post("/applicationGroups/acme", body).await.ok();
    text(&made["id"])
}

async fn read(app: &TestApp, group: &str) -> Value {
    app.get(&format!("/applicationGroups/acme/{group}?consistentRead=y"))
        .await
        .ok()
}

/// What `contact` submits in the group.
fn body(group: &str, contact: &str, changes: Value) -> Value {
    let base = json!({ "application_group_id": group, "group_application_process_id": "team",
        "contact_id": contact, "process_id": "open", "status": "under review",
        "membership_package_id": "anniversary", "membership_type_id": "regular" });
    with(with(an_application(), base), changes)
}

async fn apply(app: &TestApp, group: &str, contact: &str, changes: Value) -> Value {
    let body = body(group, contact, changes);
    app.post("/applications/acme", body).await.ok()
}

/// A group of the first so many people, who join.
async fn joining(app: &TestApp, count: usize) -> (String, Vec<Value>) {
    let group = group(app, json!({})).await;
    let mut made = Vec::new();
    for id in 1..=count {
        made.push(apply(app, &group, &format!("c-{id}"), json!({})).await);
    }
    (group, made)
}

async fn order(app: &TestApp, group: &str) -> Value {
    let id = text(&read(app, group).await["order_id"]);
    app.get(&format!("/orders/acme/{id}")).await.ok()
}

async fn pay(app: &TestApp, order: &Value, id: &str, amount: f64) -> Answer {
    let url = format!("/orders/acme/{}/payments", text(&order["id"]));
    let payment = json!({ "id": id, "type": "check", "amount": amount });
    app.post(&url, payment).await
}

async fn activate(app: &TestApp, application: &Value) {
    let url = format!("/memberships/acme/activate/{}", text(&application["id"]));
    app.post(&url, Value::Null).await.ok();
}

async fn change(app: &TestApp, application: &Value, field: &str, value: Value) -> Answer {
    let url = format!("/applications/acme/{}", text(&application["id"]));
    app.patch(&url, set(field, value)).await
}

/// Total, paid, due and status.
fn figures(order: &Value) -> (f64, f64, f64, String) {
    let amount = |name: &str| order[name].as_f64().expect("an amount");
    let (total, paid, due) = (
        amount("total"),
        amount("amount_paid"),
        amount("balance_due"),
    );
    (total, paid, due, text(&order["status"]))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
