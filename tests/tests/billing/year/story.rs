//! The verbs that the story is told in. What staff do goes through HTTP.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::records::with;
use tests::{Call, TestApp};

/// People that one request makes.
const BATCH: usize = 100;

pub struct Story {
    pub app: TestApp,
    /// The ids that the server has given, by what the story calls them.
    ids: BTreeMap<String, String>,
}

impl Story {
    /// A tenant whose clock stands at noon of this day.
    pub async fn begin(day: &str) -> Story {
        let story = Story {
            app: TestApp::start().await,
            ids: BTreeMap::new(),
        };
        let settings =
            json!({ "time_zone": "Europe/Zurich", "currency": "EUR", "clock": clock(day) });
        let settings = Call::post("/settings/acme", settings).scopes("admin");
        story.app.send(settings).await.ok();
        story
    }

    /// Another day begins.
    pub async fn on(&self, day: &str) {
        self.set("clock", json!(clock(day))).await;
    }

    /// Changes a setting.
    pub async fn set(&self, field: &str, value: Value) {
        let patch = json!([{ "op": "add", "path": format!("/{field}"), "value": value }]);
        let patch = Call::patch("/settings/acme", patch).scopes("admin");
        self.app.send(patch).await.ok();
    }

    /// Makes a record of a group, and remembers it by this name.
    pub async fn make(&mut self, group: &str, name: &str, body: Value) -> String {
        let body = with(json!({ "name": name }), body);
        let made = self.app.post(&format!("/{group}/acme"), body).await.ok();
        self.remember(name, &made)
    }

    pub fn remember(&mut self, name: &str, made: &Value) -> String {
        let id = made["id"].as_str().expect("an id").to_owned();
        let taken = self.ids.insert(name.to_owned(), id.clone());
        assert_eq!(taken, None, "{name} is there already");
        id
    }

    pub fn id(&self, name: &str) -> &str {
        self.ids.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// Replaces one field of a record, and answers the record.
    pub async fn replace(&self, url: &str, field: &str, value: Value) -> Value {
        self.app.replace(url, &format!("/{field}"), value).await
    }

    /// Makes contacts `name-0` to `name-<count - 1>`, with `changes`.
    pub async fn people(&mut self, name: &str, count: usize, changes: Value) {
        let names: Vec<String> = (0..count).map(|n| format!("{name}-{n}")).collect();
        for names in names.chunks(BATCH) {
            let person = |name: &String| {
                let person =
                    json!({ "name": name, "email_address": format!("{name}@example.org") });
                json!({ "operation": "create", "object": with(person, changes.clone()) })
            };
            let operations: Vec<Value> = names.iter().map(person).collect();
            let batch = json!({ "operations": operations });
            let made = self.app.post("/contacts/acme/batch", batch).await.ok();
            assert_eq!(made["success_count"], names.len(), "{made}");
            for (name, result) in names
                .iter()
                .zip(made["results"].as_array().expect("results"))
            {
                self.remember(name, result);
            }
        }
    }
}

impl Story {
    /// An application as the server fills it in, changed, priced and sent: answers the
    /// quoted total and the application as it was saved.
    pub async fn apply(&self, process: &str, owner: &str, changes: Value) -> (String, Value) {
        let kind = if owner == "Ada" {
            "contact"
        } else {
            "organization"
        };
        let draft = format!(
            "/applications/acme/generateApplication/{}/{kind}/{}",
            self.id(process),
            self.id(owner)
        );
        let draft = self.app.post(&draft, Value::Null).await.ok();
        let wanted = with(with(draft, changes), json!({ "status": "under review" }));
        let quote = "/applications/acme/generateOrder";
        let quote = self.app.post(quote, wanted.clone()).await.ok();
        let sent = self.app.post("/applications/acme", wanted).await.ok();
        (amount(&quote["total"]), sent)
    }

    pub async fn approve(&self, application: &Value) {
        let url = format!("/applications/acme/{}", text(application, "id"));
        let approved = self.replace(&url, "status", json!("approved")).await;
        assert_eq!(approved["status"], "approved");
    }

    pub async fn activate(&self, application: &Value) {
        let url = format!("/memberships/acme/activate/{}", text(application, "id"));
        self.app.post(&url, Value::Null).await.ok();
    }

    /// Records a cheque on an order; answers the order with `recorded_payment`.
    pub async fn cheque(&self, order: &str, id: &str, amount: f64) -> Value {
        let payment = json!({ "id": id, "type": "check", "amount": amount });
        let url = format!("/orders/acme/{order}/payments");
        self.app.post(&url, payment).await.ok()
    }

    pub async fn order(&self, id: &str) -> Value {
        self.app.get(&format!("/orders/acme/{id}")).await.ok()
    }

    pub fn member_id(&self, owner: &str) -> String {
        let kind = if owner == "Company" {
            "organization"
        } else {
            "contact"
        };
        format!("{kind}:{}", self.id(owner))
    }

    pub async fn member(&self, owner: &str) -> Value {
        self.app.membership(&self.member_id(owner)).await
    }

    /// What somebody derives from the company.
    pub async fn derived(&self, person: &str) -> Value {
        let id = format!("contact:{}:{}", self.id(person), self.id("Company"));
        self.app.membership(&id).await
    }

    /// Everything that derives from the company.
    pub async fn all_derived(&self) -> Vec<Value> {
        let url = format!(
            "/memberships/acme/parentMembership/{}",
            self.member_id("Company")
        );
        self.all(&url).await
    }

    /// A list, with all its pages.
    pub async fn all(&self, url: &str) -> Vec<Value> {
        let (mut all, mut next) = (Vec::new(), String::new());
        loop {
            let page = self.app.get(&format!("{url}{next}")).await.ok();
            all.extend(page["Items"].as_array().expect("a list").iter().cloned());
            let Some(key) = page["LastEvaluatedKey"].as_str() else {
                return all;
            };
            next = format!("?exclusiveStartKey={key}");
        }
    }

    /// Has all organizations' memberships flow down, and waits for the end.
    pub async fn flow_down(&self) {
        self.app.reprocess_flow_down().await;
    }

    /// Saves a run and has it planned; answers it as it is planned.
    pub async fn plan(&self, body: Value) -> Value {
        let run = self.app.post("/billingRuns/acme", body).await.ok();
        let id = text(&run, "id");
        self.app.refresh(&id).await;
        self.app.run(&id).await
    }

    /// Plans a run, has it approved and executed; answers it as it ended.
    pub async fn bill(&self, body: Value) -> Value {
        let id = text(&self.plan(body).await, "id");
        let ended = self.app.execute(&id).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        let findings = tests::invariants::ended_run(&self.app, &id).await;
        findings.none(&id);
        ended
    }

    /// The body of a run that a template makes for this day.
    pub async fn by_template(&self, template: &str, day: &str) -> Value {
        let id = self.id(template);
        let url = format!("/billingRuns/acme/fromTemplate/{id}/{day}");
        self.app.get(&url).await.ok()
    }
}

fn clock(day: &str) -> String {
    format!("{day}T12:00:00Z")
}

pub fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
        .to_owned()
}

/// Asserts some fields of a record; `null` stands for what is not there.
#[track_caller]
pub fn shows(record: &Value, expected: Value) {
    for (name, value) in expected.as_object().expect("fields") {
        assert_eq!(&record[name], value, "{name} of {record}");
    }
}

/// Asserts an order's total, what is paid and what is due, and its status.
#[track_caller]
pub fn adds_up(order: &Value, total: &str, paid: &str, due: &str, status: &str) {
    let amounts = ["total", "amount_paid", "balance_due"].map(|name| amount(&order[name]));
    assert_eq!(amounts, [total, paid, due], "{order}");
    assert_eq!(order["status"], status, "{order}");
}

/// An amount of whole cents, as text.
#[track_caller]
pub fn amount(value: &Value) -> String {
    let exact: Decimal = value.to_string().parse().expect("an amount");
    assert_eq!(exact, exact.round_dp(2), "whole cents");
    format!("{exact:.2}")
}

/// What has happened to a member, the oldest first.
pub fn events(member: &Value) -> Vec<&str> {
    let rows = member["history"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter()
        .filter_map(|row| row["event"].as_str())
        .collect()
}

/// How many memberships stand so: status and expiration date.
#[track_caller]
pub fn all_stand(members: &[Value], count: usize, status: &str, expiration: &str) {
    let so = |one: &&Value| one["status"] == status && one["expiration_date"] == expiration;
    let found = members.iter().filter(so).count();
    assert_eq!(
        found,
        count,
        "{status} until {expiration}, of {}",
        members.len()
    );
}
