//! The verbs that the story is told in. What staff do goes through HTTP.

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

fn clock(day: &str) -> String {
    format!("{day}T12:00:00Z")
}
