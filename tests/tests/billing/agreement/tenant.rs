//! One association as its own tenant of a shared stack, through the API.

use super::random::{Dice, MEMBERS};
use jiff::civil::Date;
use model::Resource;
use model::resources::membership::computed::fill_computed;

use model::resources::{
    BillingNotices, BillingTemplates, Contacts, Memberships, Organizations, Packages, Settings,
    StatusReasons, Types,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use store::Store;
use tests::planner::{Association, Member, NOTICE};
use tests::records::{a_template, record, with};
use tests::{Answer, Call, TestApp, import};

pub struct Tenant<'a> {
    app: &'a TestApp,
    name: String,
    store: Store,
    pub today: Date,
    settings: Value,
    /// Runs so far with their series.
    runs: BTreeMap<String, String>,
    /// The actions of runs that have ended.
    ended: Vec<Value>,
    /// The package of each member when a run was executed, by run and member.
    packages_then: BTreeMap<(String, String), Value>,
    current_run: Option<String>,
}

impl<'a> Tenant<'a> {
    pub async fn fill(app: &'a TestApp, name: &str, dice: &mut Dice) -> Tenant<'a> {
        let settings = dice.settings();
        let tenant = Tenant {
            app,
            name: name.to_owned(),
            store: app.store_of(name),
            today: today(&settings),
            settings: settings.clone(),
            runs: BTreeMap::new(),
            ended: Vec::new(),
            packages_then: BTreeMap::new(),
            current_run: None,
        };
        tenant.write::<Settings>([settings]).await;
        let kind = |id: &str| json!({ "id": id, "name": id, "customer_type": "contact" });
        tenant
            .write::<Types>(["regular", "student"].map(kind))
            .await;
        let reason =
            |id: &str| json!({ "id": id, "name": id, "applies_to": "active", "priority": 1 });
        tenant
            .write::<StatusReasons>(["paid", "hardship"].map(reason))
            .await;
        tenant.write::<Packages>(dice.packages()).await;
        let email = json!({ "from": "dues@example.org", "subject": "Dues", "body": NOTICE });
        tenant
            .write::<BillingNotices>([json!({ "id": "mail", "name": "mail", "email": email })])
            .await;
        tenant
            .write::<BillingTemplates>([with(a_template(), json!({ "id": "series" }))])
            .await;
        let today = tenant.today;
        let (mut contacts, members): (Vec<_>, Vec<_>) =
            (0..MEMBERS).map(|n| dice.member(n, today)).unzip();
        let works = json!({ "id": "works", "name": "Works" });
        tenant.write::<Organizations>([works]).await;
        // As an earlier version has stored them: who saves an address has it checked.
        let addresses = contacts.iter_mut().map(|contact| {
            let address = contact["email_address"].take();
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            (text(&contact["id"]), text(&address))
        });
        let addresses: Vec<(String, String)> = addresses.collect();
        tenant.write::<Contacts>(contacts).await;
        for (id, address) in addresses {
            let of = tenant.store.tenant();
            app.store_unchecked_of::<Contacts>(of, &id, "email_address", &address)
                .await;
        }
        tenant.write::<Memberships>(members).await;
        tenant
    }

    async fn write<R: Resource>(&self, records: impl IntoIterator<Item = Value>) {
        let change = |fields| {
            let mut record = record(fields);
            if R::NAME == Memberships::NAME {
                fill_computed(&mut record);
            }
            self.store
                .change::<R>(&import(), None, record)
                .expect("a sound record")
        };
        let changes: Vec<_> = records.into_iter().map(change).collect();
        let written = self.store.write_all(&changes).await;
        assert!(written.iter().all(Result::is_ok), "{written:?}");
    }

    async fn ok(&self, call: Call) -> Value {
        self.app
            .send(call.of_tenant(&self.name).scopes("admin"))
            .await
            .ok()
    }

    /// The path of a group, or of something in it.
    fn path(&self, group: &str, rest: &str) -> String {
        let path = format!("/{group}/{}/{rest}", self.name);
        path.trim_end_matches('/').to_owned()
    }

    async fn get(&self, group: &str, rest: &str) -> Value {
        self.ok(Call::get(&self.path(group, rest))).await
    }

    pub async fn post(&self, group: &str, rest: &str, body: Value) -> Value {
        self.ok(Call::post(&self.path(group, rest), body)).await
    }

    async fn try_set(&self, group: &str, id: &str, changes: &Value) -> Answer {
        let changes = changes.as_object().expect("an object").iter();
        let patch: Vec<Value> = changes
            .map(|(name, value)| json!({ "op": "add", "path": format!("/{name}"), "value": value }))
            .collect();
        let call = Call::patch(&self.path(group, id), patch.into());
        self.app
            .send(call.of_tenant(&self.name).scopes("admin"))
            .await
    }

    async fn set(&self, group: &str, id: &str, changes: &Value) -> Value {
        self.try_set(group, id, changes).await.ok()
    }

    /// Changes a member; what the member's dates or status forbid is not done.
    pub async fn edit(&self, id: &str, changes: &Value) {
        let answer = self.try_set("memberships", id, changes).await;
        assert!([200, 400].contains(&answer.status), "{}", answer.body);
    }

    /// Moves the clock on.
    pub async fn set_clock(&mut self, moment: &str) {
        let settings = self.set("settings", "", &json!({ "clock": moment })).await;
        self.today = today(&settings);
    }

    pub async fn create_run(&mut self, body: Value) -> Value {
        let run = self.post("billingRuns", "", body).await;
        let id = run["id"].as_str().expect("an id").to_owned();
        let series = run["template_id"].as_str().unwrap_or(&id).to_owned();
        if let Some(before) = self.current_run.replace(id.clone()) {
            let actions = self.actions(&before).await;
            self.ended.extend(actions);
        }
        self.runs.insert(id, series);
        run
    }

    pub async fn refresh(&self, run: &str) {
        self.post("billingRuns", &format!("refresh/{run}"), json!({}))
            .await;
        let ended = self.until_settled(run).await;
        assert_eq!(ended["status"], "ready for execution", "{ended}");
    }

    pub async fn execute(&mut self, run: &str, before: &Association) {
        for member in &before.members {
            let key = (run.to_owned(), member.id().to_owned());
            let package = member.record["package_id"].clone();
            self.packages_then.insert(key, package);
        }
        // A run that passes a limit stops, and goes on once it is approved again.
        for _ in 0..MEMBERS {
            self.set("billingRuns", run, &json!({ "status": "running" }))
                .await;
            let ended = self.until_settled(run).await;
            if ended["status"] == "completed" {
                return;
            }
            let why = ended["error"].as_str().unwrap_or_default();
            assert!(why.starts_with("stopped for review: "), "{ended}");
        }
        panic!("{run} does not end");
    }

    /// Switches the one notice on or off.
    pub async fn set_notice(&self, active: bool) {
        let change = json!({ "is_active": active });
        self.set("billingNotices", "mail", &change).await;
    }

    async fn until_settled(&self, run: &str) -> Value {
        for _ in 0..3_000 {
            let stored = self
                .get("billingRuns", &format!("{run}?consistentRead=y"))
                .await;
            let status = stored["status"].as_str().unwrap_or_default();
            if !["preprocessing", "running"].contains(&status) {
                return stored;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{run} does not end");
    }

    /// Every page of a list.
    async fn list(&self, group: &str, rest: &str) -> Vec<Value> {
        let (mut items, mut key) = (Vec::new(), String::new());
        loop {
            let page = self.get(group, &format!("{rest}{key}")).await;
            items.extend(page["Items"].as_array().expect("a page").iter().cloned());
            match page["LastEvaluatedKey"].as_str() {
                Some(next) => key = format!("?exclusiveStartKey={next}"),
                None => return items,
            }
        }
    }

    async fn actions(&self, run: &str) -> Vec<Value> {
        self.list("billingRunActions", &format!("billingRun/{run}"))
            .await
    }

    /// What the API shows now.
    pub async fn read(&self) -> Association {
        let mut actions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let current = match &self.current_run {
            Some(run) => self.actions(run).await,
            None => Vec::new(),
        };
        for mut action in self.ended.iter().cloned().chain(current) {
            let text = |name: &str| action[name].as_str().expect("a text").to_owned();
            let (run, member) = (text("billing_run_id"), text("membership_id"));
            if let Some(package) = self.packages_then.get(&(run, member.clone())) {
                action["package_then"] = package.clone();
            }
            actions.entry(member).or_default().push(action);
        }
        let found = self.post("memberships", "search", json!({})).await;
        let contacts = self.get("contacts", "").await;
        let contacts = contacts.as_array().expect("contacts");
        let contacts: BTreeMap<&str, &Value> = contacts
            .iter()
            .map(|contact| (contact["id"].as_str().expect("an id"), contact))
            .collect();
        let mut members = Vec::new();
        for record in found["Items"].as_array().expect("members").iter().cloned() {
            let id = record["id"].as_str().expect("an id").to_owned();
            let actions = actions.remove(&id).unwrap_or_default();
            let billed = actions.iter().any(|action| !action["order_id"].is_null());
            let orders = match billed {
                true => self.list("orders", &format!("membership/{id}")).await,
                false => Vec::new(),
            };
            let owner = contacts[record["contact_id"].as_str().expect("a contact")];
            members.push(Member {
                has_organization: owner["organization_id"].is_string(),
                address: owner["email_address"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                record,
                orders,
                actions,
            });
        }
        assert_eq!(members.len(), MEMBERS);
        let packages = self.get("packages", "").await;
        let packages = packages.as_array().expect("packages").iter();
        let packages = packages.map(|p| (p["id"].as_str().expect("an id").to_owned(), p.clone()));
        Association {
            today: self.today,
            retry_days: self.settings["charge_retry_days"].as_i64().unwrap_or(3),
            max_attempts: self.settings["max_charge_attempts"].as_i64().unwrap_or(4),
            packages: packages.collect(),
            members,
            series: self.runs.clone(),
        }
    }
}

/// The day in the tenant's time zone.
fn today(settings: &Value) -> Date {
    let clock: jiff::Timestamp = settings["clock"]
        .as_str()
        .expect("a clock")
        .parse()
        .expect("a moment");
    let zone = settings["time_zone"].as_str().expect("a zone");
    let zone = model::zone::named(zone).expect("a time zone");
    clock.to_zoned_datetime(zone).date()
}
