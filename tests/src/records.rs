//! Builders: sound records, and bodies to send, that a test changes where it
//! matters.

use crate::TestApp;
use model::Record;
use model::action_id::ActionId;
use model::resources::billing_run_action::ActionType;
use model::resources::membership::computed::fill_computed;
use model::resources::{
    AddOns, ApplicationProcesses, BillingNotices, BillingRunActions, BillingRuns, Chapters,
    Contacts, Organizations, Packages, StatusReasons, Types,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Document, DocumentKey, Versioned};

/// A record of a JSON object.
pub fn record(fields: Value) -> Record {
    match fields {
        Value::Object(fields) => Record::new(fields),
        other => panic!("{other} is no object"),
    }
}

/// `base` with the fields of `changes`; `null` takes one away.
pub fn with(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => base.as_object_mut().expect("an object").remove(name),
            value => base
                .as_object_mut()
                .expect("an object")
                .insert(name.clone(), value.clone()),
        };
    }
    base
}

pub fn a_contact() -> Value {
    json!({
        "id": "c-1", "name": "Ada Byron", "first_name": "Ada", "last_name": "Byron",
        "email_address": "ada@example.org", "job_title": "Analyst",
        "address": { "city": "London", "state": "LDN", "country": "GB" },
    })
}

pub fn an_organization() -> Value {
    json!({
        "id": "o-1", "name": "Engines Ltd", "email_address": "office@example.org",
        "address": { "city": "Zurich", "country": "CH" },
    })
}

pub fn a_type() -> Value {
    json!({ "name": "Regular", "customer_type": "contact" })
}

pub fn a_package() -> Value {
    json!({ "name": "One year", "business_unit_id": "b-1", "price": 120.50 })
}

pub fn a_status_reason() -> Value {
    json!({ "name": "Resigned", "applies_to": "inactive", "priority": 1 })
}

/// A template that drops who expired in the month before its run's.
pub fn a_template() -> Value {
    let end_of_month = |position: &str, number: i64| json!({ "position": position, "number": number, "unit_of_time": "months", "relative_to": "the end of the month" });
    json!({
        "name": "Monthly drops", "perform_drops": true,
        "drop_options": {
            "expiration_date_range_start": {
                "position": "before", "number": 1, "unit_of_time": "months", "relative_to": "the beginning of the month",
            },
            "expiration_date_range_end": end_of_month("before", 1),
        },
    })
}

pub fn a_notice() -> Value {
    json!({
        "name": "Renewal", "is_active": true,
        "email": { "from": "office@example.org", "subject": "Please renew", "body": "<p>Dear {{ contact.name }}</p>" },
    })
}

/// The body of a contact's membership.
pub fn a_membership() -> Value {
    json!({
        "owner_type": "contact", "contact_id": "c-1", "type_id": "t-1", "package_id": "p-1",
        "join_date": "2025-01-01", "term_start_date": "2025-01-01", "expiration_date": "2025-12-31",
    })
}

/// A process whose applications staff decide about.
pub fn a_process() -> Value {
    json!({
        "id": "join-1", "name": "Join", "type": "join", "customer_type": "contact",
        "memberships_require_approval": "always",
    })
}

/// The body of a contact's application.
pub fn an_application() -> Value {
    json!({
        "type": "join", "process_id": "join-1", "owner_type": "contact", "contact_id": "c-1",
        "membership_package_id": "p-1", "membership_type_id": "t-1",
    })
}

/// The membership of `contact` as it is stored, with `changes`.
pub fn a_stored_membership(contact: &str, changes: Value) -> Record {
    let server = json!({
        "id": format!("contact:{contact}"), "contact_id": contact, "number": 1, "name": "Ada Byron",
        "origin": "principal", "status": "active",
    });
    let mut stored = record(with(with(a_membership(), server), changes));
    fill_computed(&mut stored);
    stored
}

/// A run that is ready for review.
pub fn a_run() -> Value {
    json!({
        "id": "run-1", "name": "Spring", "status": "ready for execution", "perform_drops": true,
        "drop_options": { "expiration_date_range_start": "2025-01-01", "expiration_date_range_end": "2025-12-31" },
    })
}

/// A pending drop of `membership` in run-1.
pub fn an_action(membership: &str) -> Value {
    let id = ActionId {
        run: "run-1".into(),
        membership: membership.into(),
        kind: ActionType::Drop,
        reminder: 0,
    };
    json!({
        "id": id.to_string(), "billing_run_id": "run-1", "membership_id": membership, "type": "drop",
        "name": "Ada Byron", "date": "2026-03-01T10:00:00.000Z", "status": "pending",
        "membership_expiration_date": "2025-12-31",
    })
}

#[derive(Clone, Serialize, Deserialize)]
struct OrderStub {
    id: String,
}

impl Document for OrderStub {
    const WHAT: &'static str = "order";

    fn key(&self) -> DocumentKey {
        ledger::order::key(&self.id)
    }
}

impl TestApp {
    /// What a membership refers to: a contact, an organization, a type for each, `t-1`
    /// and `t-o`, and a package.
    pub async fn seed_catalogue(&self) {
        self.seed::<Contacts>(a_contact()).await;
        self.seed::<Organizations>(an_organization()).await;
        self.seed_type_and_package("1").await;
        let companies =
            json!({ "id": "t-o", "name": "Companies", "customer_type": "organization" });
        self.seed::<Types>(companies).await;
    }

    /// A further type and package, `t-<n>` and `p-<n>`.
    pub async fn seed_type_and_package(&self, n: &str) {
        let id = |letter: &str| json!({ "id": format!("{letter}-{n}") });
        self.seed::<Types>(with(a_type(), id("t"))).await;
        let years = json!({ "expiration_options": { "expiration_type": "calendar",
            "calendar_expiration_options": { "start_of_calendar_year": 1, "number_of_years": 1 } } });
        let package = with(a_package(), years);
        self.seed::<Packages>(with(package, id("p"))).await;
    }

    /// Chapters and add-ons of these ids.
    pub async fn seed_affiliations(&self, chapters: &[&str], add_ons: &[&str]) {
        for id in chapters {
            self.seed::<Chapters>(json!({ "id": id, "name": id })).await;
        }
        for id in add_ons {
            self.seed::<AddOns>(json!({ "id": id, "name": id })).await;
        }
    }

    pub async fn seed_contact(&self, id: &str) {
        let contact = with(a_contact(), json!({ "id": id }));
        self.seed::<Contacts>(contact).await;
    }

    pub async fn seed_notice(&self, id: &str) {
        let notice = with(a_notice(), json!({ "id": id }));
        self.seed::<BillingNotices>(notice).await;
    }

    pub async fn seed_reason(&self, changes: Value) {
        let reason = with(a_status_reason(), changes);
        self.seed::<StatusReasons>(reason).await;
    }

    pub async fn seed_process(&self, changes: Value) {
        let process = with(a_process(), changes);
        self.seed::<ApplicationProcesses>(process).await;
    }

    /// The path of an application that has been made of `body`.
    pub async fn apply(&self, body: Value) -> String {
        let made = self.post("/applications/acme", body).await.ok();
        format!("/applications/acme/{}", made["id"].as_str().expect("an id"))
    }

    /// Something that is an order to whatever refers to it.
    pub async fn seed_order(&self, id: &str) {
        let order = Versioned::new(OrderStub { id: id.to_owned() });
        let put = self.store.put(&order).await.expect("the store answers");
        put.expect("a new order");
    }

    pub async fn seed_run(&self, changes: Value) -> Record {
        self.seed::<BillingRuns>(with(a_run(), changes)).await
    }

    pub async fn seed_action(&self, membership: &str, changes: Value) -> Record {
        let action = with(an_action(membership), changes);
        self.seed::<BillingRunActions>(action).await
    }
}
