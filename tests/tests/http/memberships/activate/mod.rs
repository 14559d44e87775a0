//! `POST /memberships/{tenantId}/activate/{application_id}`

mod changes;
mod joins;
mod mail;
mod once;
mod terms;

use model::resources::{ApplicationProcesses, ChapterDuesProducts};
use serde_json::{Value, json};
use tests::records::{a_process, an_application, with};
use tests::{Answer, TestApp};

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    app.seed_contact("c-1").await;
    app.seed_affiliations(&["north", "south"], &["journal"])
        .await;
    let dues = json!({ "id": "d", "name": "d", "business_unit_id": "b-1", "chapter_id": "north",
        "price": 20, "member_price": 15.25 });
    app.seed::<ChapterDuesProducts>(dues).await;
    for (id, kind) in [
        ("join-1", "join"),
        ("renewal", "renewal"),
        ("reinstatement", "reinstatement"),
        ("change-affiliations", "change affiliations"),
    ] {
        let process = json!({ "id": id, "type": kind, "memberships_require_approval": "never" });
        app.seed::<ApplicationProcesses>(with(a_process(), process))
            .await;
    }
    app
}

fn join(changes: Value) -> Value {
    let base = json!({ "membership_package_id": "anniversary", "membership_type_id": "regular",
        "status": "under review" });
    with(with(an_application(), base), changes)
}

fn of(kind: &str, contact: &str, changes: Value) -> Value {
    let base = json!({ "type": kind, "process_id": kind.replace(' ', "-"), "contact_id": contact, "membership_package_id": null });
    join(with(base, changes))
}

/// An application that is approved as it comes.
async fn approved(app: &TestApp, body: Value) -> Value {
    let made = app.post("/applications/acme", body).await.ok();
    assert_eq!(made["status"], "approved");
    made
}

async fn activate(app: &TestApp, application: &Value) -> Answer {
    let id = application["id"].as_str().expect("an id");
    app.post(&format!("/memberships/acme/activate/{id}"), Value::Null)
        .await
}

async fn pay(app: &TestApp, application: &Value, id: &str, amount: f64) -> Value {
    let order = application["order_id"].as_str().expect("an order");
    let payment = json!({ "id": id, "type": "check", "amount": amount });
    app.post(&format!("/orders/acme/{order}/payments"), payment)
        .await
        .ok()
}

/// Some fields, each with what it is; `null` for what is not there.
fn shows(record: &Value, expected: Value) {
    for (name, value) in expected.as_object().expect("fields") {
        assert_eq!(&record[name], value, "{name} of {record}");
    }
}

fn events(member: &Value) -> Vec<&str> {
    let rows = member["history"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    rows.iter()
        .filter_map(|row| row["event"].as_str())
        .collect()
}
