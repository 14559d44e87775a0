//! What staff do, as HTTP has it.

use super::said::{amount, text};
use super::story::Story;
use serde_json::{Value, json};
use tests::records::with;

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
