//! A tenant with one record of each group that others refer to, and bodies of
//! sample values.

use model::field::{FieldDef, Kind, Presence, Writer};
use model::resource::Home;
use model::resources::home;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::records::{a_notice, with};
use tests::{Call, TestApp};

/// What other groups refer to, after what it refers to itself.
const REFERRED: &[&str] = &[
    "types",
    "packages",
    "statusReasons",
    "billingNotices",
    "idCardTemplates",
    "chapterTypes",
    "sectionTypes",
    "addOnTypes",
    "elections",
    "chapters",
    "sections",
    "addOns",
];

/// No list of everything is documented.
pub const UNLISTED: &[&str] = &["applicationGroups", "ballots"];

/// An app with one record of each group that others refer to.
pub struct World {
    pub app: TestApp,
    pub ids: BTreeMap<&'static str, Value>,
}

impl World {
    pub async fn start() -> World {
        let app = TestApp::start().await;
        app.seed_catalogue().await;
        app.seed_order("order-1").await;
        let ids = [
            ("contacts", json!("c-1")),
            ("organizations", json!("o-1")),
            ("orders", json!("order-1")),
        ];
        let mut world = World {
            app,
            ids: ids.into(),
        };
        for name in REFERRED {
            let home = home(name).expect("a resource");
            let required = fields(home).filter(|field| field.presence == Presence::Required);
            let body = world.body(required);
            let made = world.app.post(&format!("/{name}/acme"), body).await.ok();
            world.ids.insert(name, made["id"].clone());
        }
        world
    }

    /// Sample values, references leading to what is there.
    pub fn body<'a>(&self, fields: impl Iterator<Item = &'a FieldDef>) -> Value {
        let samples = fields.map(|field| {
            let sample = self.led(field, field.sample());
            (field.name.to_owned(), sample)
        });
        Value::Object(samples.collect())
    }

    fn led(&self, field: &FieldDef, sample: Value) -> Value {
        match (field.refers_to, sample) {
            (Some(resource), Value::Array(_)) => json!([self.ids[resource]]),
            (Some(resource), _) => self.ids[resource].clone(),
            (None, sample) => self.led_inside(&field.kind, sample),
        }
    }

    fn led_inside(&self, kind: &Kind, sample: Value) -> Value {
        match (kind, sample) {
            (Kind::Object(fields), Value::Object(mut object)) => {
                for field in *fields {
                    if let Some(inner) = object.remove(field.name) {
                        object.insert(field.name.to_owned(), self.led(field, inner));
                    }
                }
                Value::Object(object)
            }
            (Kind::List { of, .. }, Value::Array(items)) => {
                let items = items.into_iter().map(|item| self.led_inside(of, item));
                Value::Array(items.collect())
            }
            (_, sample) => sample,
        }
    }
}

/// What a client may write, beside the `sys_` fields.
pub fn fields(home: &'static Home) -> impl Iterator<Item = &'static FieldDef> {
    home.schema.fields().filter(|field| {
        field.name != "id" && field.writer == Writer::Client && !field.name.starts_with("sys_")
    })
}

/// The groups with all the shared operations.
pub fn groups() -> impl Iterator<Item = &'static Home> {
    let others = ["contacts", "organizations", "settings"];
    configuration::groups()
        .filter(move |name| !others.contains(name))
        .map(|name| home(name).expect("a resource"))
}

/// A record of a group, and where it is.
pub struct Made {
    pub home: &'static Home,
    pub url: String,
    pub record: Value,
}

impl World {
    /// One record of each group there is, with a value in each field that clients
    /// write; the catalogue's last, since others refer to them.
    pub async fn every(&mut self) -> Vec<Made> {
        let mut all = Vec::new();
        for group in groups().filter(|home| home.name == "billingTemplates") {
            let made = self.made(group, self.body(fields(group))).await;
            self.ids.insert(group.name, made.record["id"].clone());
            all.push(made);
        }
        all.extend(self.of_billing().await);
        all.extend(self.of_members().await);
        for group in groups().filter(|home| home.name != "billingTemplates") {
            all.push(self.made(group, self.body(fields(group))).await);
        }
        let settings = home("settings").expect("a resource");
        let body = with(self.body(fields(settings)), json!({ "clock": null }));
        let call = Call::post("/settings/acme", body);
        let record = self.app.send(call.scopes("admin")).await.ok();
        all.push(Made {
            home: settings,
            url: "/settings/acme".into(),
            record,
        });
        all
    }

    async fn made(&self, group: &'static Home, body: Value) -> Made {
        let base = format!("/{}/acme", group.name);
        let record = self.app.post(&base, body).await.ok();
        self.at(group, record["id"].as_str().expect("an id")).await
    }

    async fn at(&self, group: &'static Home, id: &str) -> Made {
        let url = format!("/{}/acme/{id}", group.name);
        let record = self.app.get(&url).await.ok();
        Made {
            home: group,
            url,
            record,
        }
    }

    async fn of_billing(&mut self) -> Vec<Made> {
        let mut made = Vec::new();
        for name in ["billingNotices", "recurringBillingRuns", "billingRuns"] {
            let group = home(name).expect("a resource");
            let own = match name {
                "billingNotices" => json!({ "email": a_notice()["email"] }),
                "recurringBillingRuns" => json!({ "schedule": "0 0 9 1 * ?" }),
                _ => json!({ "notification_email": "staff@example.org" }),
            };
            let one = self.made(group, with(self.body(fields(group)), own)).await;
            self.ids.insert(name, one.record["id"].clone());
            made.push(one);
        }
        let drops = json!({ "id": "run-1" });
        self.app.seed_run(drops).await;
        self.app.seed_action("contact:c-1", json!({})).await;
        let action = home("billingRunActions").expect("a resource");
        made.push(self.at(action, "run-1|contact:c-1|07-drop|0").await);
        made
    }

    async fn of_members(&mut self) -> Vec<Made> {
        self.app.seed_process(json!({})).await;
        self.app.seed_contact("c-9").await;
        let mut made = Vec::new();
        let own = json!({ "origin": null, "application_id": null, "application_process_id": null,
            "owner_type": "contact", "contact_id": "c-1", "organization_id": null, "status": "active",
            "assigned_memberships": null, "overridden_fields": null,
            "term_start_date": "2026-01-01", "expiration_date": "2026-12-31", "package_id": "p-1", "type_id": "t-1" });
        let of = json!({ "type": "join", "process_id": "join-1", "owner_type": "contact", "contact_id": "c-9",
            "organization_id": null, "status": "not yet submitted", "status_reason_id": null,
            "membership_package_id": "p-1", "membership_type_id": "t-1", "coupon_id": null,
            "application_group_id": null, "group_application_process_id": null,
            "additional_chapter_ids": null });
        for (name, changes) in [("memberships", own), ("applications", of)] {
            let group = home(name).expect("a resource");
            let without = fields(group).filter(|field| changes.get(field.name).is_none());
            let body = with(self.body(without), changes.clone());
            made.push(self.made(group, body).await);
        }
        for (name, id) in [("contacts", "c-1"), ("organizations", "o-1")] {
            let group = home(name).expect("a resource");
            made.push(self.at(group, id).await);
        }
        made
    }
}
