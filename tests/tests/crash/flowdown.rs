//! What an organization gives changes by one request, at any call of which its process
//! ends, loses an answer, is throttled, or has a batch left undone: sent again, and once
//! the scheduler has looked, all that derives is as if nothing had happened.

use crate::attempt::{CRASHES, attempt};
use crate::crash_point::{Counted, CrashPoint};
use crate::sweep::sample;
use model::Record;
use model::resources::membership::indexes::every;
use model::resources::membership::{self as m, NUMBER_FIELD};
use model::resources::{ApplicationProcesses, Chapters, Memberships};
use model::sys;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tests::{Call, TestApp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Joins,
    IsActivated,
    IsSuspended,
    Picks,
    TakesOut,
    LosesOne,
    GetsOneBack,
}
use Change::{GetsOneBack, IsActivated, IsSuspended, Joins, LosesOne, Picks, TakesOut};

/// A firm, what changes of it, and the id of its application.
struct Firm {
    name: String,
    change: Change,
    application: String,
}

impl Firm {
    /// People of its own: of all, more than are written in one transaction.
    fn people(&self) -> usize {
        match self.change {
            Joins | IsActivated | IsSuspended => 9,
            _ => 2,
        }
    }

    /// Everybody who may have a membership of it.
    fn contacts(&self) -> Vec<String> {
        let own = (0..self.people()).map(|n| format!("p{n}"));
        let all = own.chain(["below", "a", "b"].map(str::to_owned));
        all.map(|one| format!("{}-{one}", self.name)).collect()
    }

    /// Its membership, its part's and those of all people.
    fn memberships(&self) -> Vec<String> {
        let name = &self.name;
        let organizations = [
            format!("organization:{name}"),
            format!("organization:{name}-k:{name}"),
        ];
        let people = self.contacts().into_iter().map(|contact| {
            let part = if contact.ends_with("below") { "-k" } else { "" };
            format!("contact:{contact}:{name}{part}")
        });
        organizations.into_iter().chain(people).collect()
    }

    fn picked(&self) -> Value {
        let name = &self.name;
        json!([{ "contact_id": format!("{name}-a"), "chapter_ids": ["north"] },
            { "contact_id": format!("{name}-b") }])
    }

    fn belongs(&self, organization: Value) -> Call {
        let patch = json!([{ "op": "add", "path": "/organization_id", "value": organization }]);
        Call::patch(&format!("/contacts/acme/{}-p0", self.name), patch)
    }

    fn set(&self, field: &str, value: Value) -> Call {
        let patch = json!([{ "op": "add", "path": format!("/{field}"), "value": value }]);
        Call::patch(
            &format!("/memberships/acme/organization:{}", self.name),
            patch,
        )
    }

    fn call(&self) -> Call {
        let own = json!({ "owner_type": "organization", "organization_id": self.name,
            "type_id": "firm", "package_id": "seats" });
        match self.change {
            Joins => Call::post("/memberships/acme", own),
            IsActivated => {
                let url = format!("/memberships/acme/activate/{}", self.application);
                Call::post(&url, Value::Null)
            }
            IsSuspended => self.set("status", json!("suspended")),
            Picks => self.set("assigned_memberships", self.picked()),
            TakesOut => self.set("assigned_memberships", json!([])),
            LosesOne => self.belongs(Value::Null),
            GetsOneBack => self.belongs(json!(self.name)),
        }
    }
}

async fn app() -> TestApp {
    let app = TestApp::with_firms().await;
    app.seed::<Chapters>(json!({ "id": "north", "name": "North" }))
        .await;
    let process = json!({ "id": "firms", "name": "Firms", "type": "join",
        "customer_type": "organization", "memberships_require_approval": "never" });
    app.seed::<ApplicationProcesses>(process).await;
    app
}

/// A firm with a part, as it is before it changes.
async fn firm(app: &TestApp, name: String, change: Change) -> Firm {
    let part = format!("{name}-k");
    app.firm(&name, None).await;
    app.firm(&part, Some(&name)).await;
    let mut firm = Firm {
        name,
        change,
        application: String::new(),
    };
    for contact in firm.contacts() {
        let of = match contact.rsplit('-').next() {
            Some("a" | "b") => None,
            Some("below") => Some(part.as_str()),
            _ => Some(firm.name.as_str()),
        };
        app.person(&contact, of).await;
    }
    match change {
        Joins => return firm,
        IsActivated => firm.application = applied(app, &firm).await,
        _ => drop(app.firm_joins(&firm.name, json!({})).await),
    }
    match change {
        TakesOut => drop(
            app.send(firm.set("assigned_memberships", firm.picked()))
                .await
                .ok(),
        ),
        GetsOneBack => drop(app.send(firm.belongs(Value::Null)).await.ok()),
        _ => {}
    }
    firm
}

async fn applied(app: &TestApp, firm: &Firm) -> String {
    let body = json!({ "type": "join", "process_id": "firms", "owner_type": "organization",
        "organization_id": firm.name, "membership_package_id": "seats", "membership_type_id": "firm",
        "status": "under review", "assigned_contacts": firm.picked() });
    let made = app.post("/applications/acme", body).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

/// What there is of a firm, without what differs from one to another.
async fn picture(app: &TestApp, firm: &Firm) -> Vec<Value> {
    let ids = firm.memberships();
    let found = app.store.get_many::<Memberships>(&ids).await;
    let found = found.expect("the store answers");
    let shown = |(id, record): (&String, Option<Record>)| {
        let shown = record.as_ref().map(seen);
        json!([id, shown]).to_string().replace(&firm.name, "F")
    };
    let shown = ids.iter().zip(found).map(shown);
    shown
        .map(|text| serde_json::from_str(&text).expect("JSON"))
        .collect()
}

fn seen(record: &Record) -> Value {
    let rows = record.get(m::HISTORY).unwrap_or_default();
    let events: Vec<Value> = rows.iter().map(|row| row["event"].clone()).collect();
    let fields = record.fields().iter().filter(|(name, _)| {
        let differs = [
            "number",
            "history",
            "application_id",
            "parent_membership_version",
        ];
        let of_order = name.starts_with("order_") || name.starts_with("last_bill");
        !name.starts_with("sys_") && !of_order && !differs.contains(&name.as_str())
    });
    let fields: BTreeMap<&String, &Value> = fields.collect();
    json!([fields, events])
}

/// Number and version of every membership.
async fn versions(app: &TestApp) -> BTreeMap<String, (Option<i64>, Option<i64>)> {
    let all = app.store.query_all::<Memberships>(&every()).await;
    let all = all.expect("memberships").into_iter();
    let of = |one: Record| {
        let pair = (one.get(NUMBER_FIELD), one.get(sys::VERSION));
        (one.text(m::ID).to_owned(), pair)
    };
    all.map(of).collect()
}

/// Lets the scheduler go on with what the process has left.
async fn finish(app: &TestApp, firm: &Firm) {
    let ids = [firm.memberships(), firm.contacts()].concat();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    app.finish_flowdown(&ids).await;
}

async fn sweep(change: Change) {
    let app = app().await;
    let undisturbed = firm(&app, "f0".to_owned(), change).await;
    let counting = Arc::new(CrashPoint::new(Counted::All, None));
    let answer = attempt(&app, undisturbed.call(), &counting).await;
    answer.expect("an answer").ok();
    finish(&app, &undisturbed).await;
    let wanted = picture(&app, &undisturbed).await;
    let calls = counting.calls();
    for (at, crash) in sample(calls, &CRASHES) {
        let firm = firm(&app, format!("f{at}{crash:?}"), change).await;
        let crash_point = Arc::new(CrashPoint::new(Counted::All, Some((at, crash))));
        let answer = attempt(&app, firm.call(), &crash_point).await;
        let context = format!("{change:?}, call {at} of {calls}, {crash:?}");
        if answer.is_none_or(|answer| answer.status != 200) {
            let again = app.send(firm.call()).await;
            // A second POST is told that the first has made it.
            let told = again.status == 200 || (change == Joins && again.status == 400);
            assert!(told, "{context}: {}", again.body);
        }
        finish(&app, &firm).await;
        assert_eq!(picture(&app, &firm).await, wanted, "{context}");
    }
    let before = versions(&app).await;
    let numbers = before.values().map(|(number, _)| number);
    let numbers: std::collections::BTreeSet<_> = numbers.collect();
    assert_eq!(numbers.len(), before.len(), "a number stands twice");
    app.reprocess_flow_down().await;
    assert_eq!(versions(&app).await, before, "a second pass writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_an_organization_joins_is_mended() {
    sweep(Joins).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_its_application_is_activated_is_mended() {
    sweep(IsActivated).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_a_status_flows_down_is_mended() {
    sweep(IsSuspended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_people_are_picked_or_taken_out_is_mended() {
    sweep(Picks).await;
    sweep(TakesOut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_somebody_leaves_or_returns_is_mended() {
    sweep(LosesOne).await;
    sweep(GetsOneBack).await;
}
