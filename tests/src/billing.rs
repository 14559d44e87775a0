//! What tests about billing do with a stack: fill it, make runs, plan, approve
//! and execute them. Dates are counted by a tenant's own clock.

use crate::call::Answer;
use crate::records::record;
use crate::{TENANT, TestApp, import};
use jiff::civil::Date;
use model::Record;
use model::action_id::ActionId;
use model::ids::SHARDS;
use model::resource::ID_FIELD;
use model::resources::BillingRunActions;
use model::resources::billing_run_action::of_run;
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::resources::membership::computed::fill_computed;
use model::resources::{
    BillingNotices, BillingTemplates, Contacts, Memberships, Packages, Settings, Types,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The day on which the tests' tenant lives unless a test says otherwise.
pub const TODAY: &str = "2026-03-10";

impl TestApp {
    /// A stack with what bills need: settings, a type, packages and notices.
    pub async fn with_catalogue() -> TestApp {
        let app = TestApp::start().await;
        app.catalogue().await;
        app
    }

    /// Stands the tenant's clock at noon of a day, in its time zone UTC.
    pub async fn set_today(&self, day: &str) {
        self.set_clock(&format!("{day}T12:00:00Z"), "UTC").await;
    }

    pub async fn set_clock(&self, moment: &str, zone: &str) {
        self.settings(json!({ "clock": moment, "time_zone": zone }))
            .await;
    }

    /// Changes settings.
    pub async fn settings(&self, changes: Value) {
        self.set::<Settings>("settings", changes).await;
    }

    /// Settings, a type, packages and notices.
    pub async fn catalogue(&self) {
        self.seed::<Settings>(
            json!({ "id": "settings", "clock": format!("{TODAY}T12:00:00Z"), "currency": "USD" }),
        )
        .await;
        self.seed::<Types>(
            json!({ "id": "regular", "name": "Regular", "customer_type": "contact" }),
        )
        .await;
        let calendar = json!({ "expiration_type": "calendar", "calendar_expiration_options": {
            "start_of_calendar_year": 1, "number_of_years": 1 } });
        let anniversary = json!({ "expiration_type": "anniversary", "grace_period": 60, "anniversary_expiration_options": {
            "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
        for (id, changes) in [
            (
                "calendar",
                json!({ "price": 120, "member_price": 100, "expiration_options": calendar }),
            ),
            (
                "anniversary",
                json!({ "price": 120, "member_price": 90.50, "expiration_options": anniversary }),
            ),
            (
                "immediate",
                json!({ "price": 50, "update_dates_when": "immediately", "expiration_options": anniversary }),
            ),
            (
                "free",
                json!({ "price": 0, "expiration_options": anniversary }),
            ),
        ] {
            let base = json!({ "id": id, "name": id, "business_unit_id": "b-1" });
            self.seed::<Packages>(crate::records::with(base, changes))
                .await;
        }
        for id in [
            "notice", "bill", "paid", "refused", "reminder", "card", "dropped",
        ] {
            let email = json!({ "from": "dues@example.org", "subject": format!("{id} for {{{{ membership.name }}}}"),
                "body": "<p>{{ contact.name }} {{ order.total | money(order.currency) }}</p>" });
            self.seed::<BillingNotices>(json!({ "id": id, "name": id, "email": email }))
                .await;
        }
    }

    pub async fn template(&self, id: &str, changes: Value) {
        let template = crate::records::with(crate::records::a_template(), json!({ "id": id }));
        self.seed::<BillingTemplates>(crate::records::with(template, changes))
            .await;
    }

    /// A person's active membership of `anniversary`, with `changes`.
    pub async fn member(&self, id: &str, expiration: &str, changes: Value) -> String {
        let contact = json!({ "id": id, "name": format!("Member {id}"), "email_address": format!("{id}@example.org") });
        self.seed::<Contacts>(contact).await;
        let number = self
            .store
            .numbers("membership", 1)
            .await
            .expect("a number")
            .start;
        let base = json!({
            "id": format!("contact:{id}"), "number": number, "owner_type": "contact", "contact_id": id,
            "name": format!("Member {id}"), "email_address": format!("{id}@example.org"), "status": "active",
            "type_id": "regular", "package_id": "anniversary", "origin": "principal",
            "join_date": "2020-01-01", "expiration_date": expiration,
        });
        let mut member = record(crate::records::with(base, changes));
        fill_computed(&mut member);
        self.store
            .save::<Memberships>(&import(), None, member)
            .await
            .expect("a sound membership");
        format!("contact:{id}")
    }

    /// The same, renewing automatically with a card of the scripted gateway.
    pub async fn auto_member(&self, id: &str, expiration: &str, token: &str) -> String {
        let changes = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": token } });
        self.member(id, expiration, changes).await
    }

    pub async fn membership(&self, id: &str) -> Value {
        self.get(&format!("/memberships/{TENANT}/{id}?consistentRead=y"))
            .await
            .ok()
    }

    /// Creates a run over `from` to `to` with these switches on.
    pub async fn draft(&self, from: &str, to: &str, switches: &[&str]) -> String {
        let body = run_body(from, to, switches);
        let run = self
            .post(&format!("/billingRuns/{TENANT}"), body)
            .await
            .ok();
        run["id"].as_str().expect("an id").to_owned()
    }

    pub async fn run(&self, id: &str) -> Value {
        self.get(&format!("/billingRuns/{TENANT}/{id}?consistentRead=y"))
            .await
            .ok()
    }

    pub async fn refresh(&self, id: &str) -> Value {
        let started = self
            .post(&format!("/billingRuns/{TENANT}/refresh/{id}"), json!({}))
            .await
            .ok();
        self.until(id, &["ready for execution", "error", "timed out"])
            .await;
        started
    }

    pub async fn approve(&self, id: &str) -> Answer {
        let patch = json!([{ "op": "replace", "path": "/status", "value": "running" }]);
        self.patch(&format!("/billingRuns/{TENANT}/{id}"), patch)
            .await
    }

    /// Plans, approves and executes; answers the run as it ended.
    pub async fn bill(&self, from: &str, to: &str, switches: &[&str]) -> Value {
        let id = self.draft(from, to, switches).await;
        self.refresh(&id).await;
        self.execute(&id).await
    }

    pub async fn execute(&self, id: &str) -> Value {
        self.approve(id).await.ok();
        self.until(
            id,
            &[
                "completed",
                "error",
                "timed out",
                "ready for execution",
                "cancelled",
            ],
        )
        .await
    }

    /// Waits until the run stands in one of these.
    pub async fn until(&self, id: &str, statuses: &[&str]) -> Value {
        for _ in 0..3_000 {
            let run = self.run(id).await;
            if statuses.contains(&run["status"].as_str().unwrap_or("")) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the run stays {}", self.run(id).await);
    }

    /// Every action of a run, by membership and type.
    pub async fn actions(&self, run: &str) -> BTreeMap<(String, String), Record> {
        let query = of_run(run, 0..SHARDS).consistent();
        let all = self
            .store
            .query_all::<BillingRunActions>(&query)
            .await
            .expect("actions");
        let key = |record: &Record| {
            let id = ActionId::parse(record.text(ID_FIELD)).expect("an action id");
            (id.membership, id.kind.to_string())
        };
        all.into_iter()
            .map(|record| (key(&record), record))
            .collect()
    }

    /// Status and reason of a run's one action for a member.
    pub async fn outcome(&self, run: &str, member: &str) -> (ActionStatus, String) {
        let actions = self.actions(run).await;
        let mut of_member = actions.iter().filter(|((id, _), _)| id == member);
        let (_, found) = of_member
            .next()
            .unwrap_or_else(|| panic!("no action of {member}"));
        assert!(of_member.next().is_none(), "{member} has several actions");
        (
            found.get(action::STATUS).expect("a status"),
            found.text(action::ERROR_MESSAGE).to_owned(),
        )
    }

    pub async fn orders(&self, member: &str) -> Vec<Value> {
        let page = self
            .get(&format!("/orders/{TENANT}/membership/{member}"))
            .await
            .ok();
        page["Items"].as_array().expect("orders").clone()
    }

    /// The subjects of the mails in the outbox, sorted.
    pub fn mails(&self) -> Vec<String> {
        let entries = self.outbox.list(TENANT).expect("an outbox");
        let mut subjects: Vec<String> = entries
            .iter()
            .map(|entry| {
                let mail = self
                    .outbox
                    .read(TENANT, &entry.name)
                    .expect("a mail")
                    .expect("a mail");
                let text = String::from_utf8_lossy(&mail).into_owned();
                let line = text.lines().find_map(|line| line.strip_prefix("Subject: "));
                line.unwrap_or_default().to_owned()
            })
            .collect();
        subjects.sort();
        subjects
    }
}

/// The body of a run with these switches over one range.
pub fn run_body(from: &str, to: &str, switches: &[&str]) -> Value {
    let range = json!({ "expiration_date_range_start": from, "expiration_date_range_end": to });
    let mut body = json!({ "name": "Renewals" });
    for switch in switches {
        let (flag, options, notices) = match *switch {
            "notices" => (
                "generate_renewal_notices",
                "renewal_notice_options",
                json!({ "renewal_notice_id": "notice" }),
            ),
            "orders" => (
                "generate_renewal_orders",
                "renewal_order_options",
                json!({ "renewal_order_notice_id": "bill" }),
            ),
            "auto" => (
                "perform_auto_renewals",
                "auto_renewal_options",
                json!({ "auto_renewal_success_notice_id": "paid", "auto_renewal_failure_notice_id": "refused" }),
            ),
            "drops" => (
                "perform_drops",
                "drop_options",
                json!({ "drop_notice_id": "dropped" }),
            ),
            other => panic!("no switch {other}"),
        };
        body[flag] = true.into();
        body[options] = crate::records::with(range.clone(), notices);
    }
    body
}

/// A calendar day.
pub fn day(text: &str) -> Date {
    text.parse().expect("a date")
}
