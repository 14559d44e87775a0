//! The order of a group, wherever a process ends that changes it and whichever answer
//! is lost: told again, it stands once, as if nothing had happened.

use crate::attempt::attempt;
use crate::crash_point::{Counted, Crash, CrashPoint};
use crate::sweep::each_call;
use model::resources::GroupApplicationProcesses;
use serde_json::{Value, json};
use std::sync::Arc;
use tests::{Call, TENANT, TestApp};

/// A group of two who join: the first has submitted, the second has yet to.
struct Team {
    name: String,
    group: String,
    first: Value,
    second: String,
}

/// What is done to a group, and what has come before it.
struct Operation {
    name: &'static str,
    before: fn(&Team, &str) -> Vec<Call>,
    call: fn(&Team, &str) -> Call,
}

const OPERATIONS: [Operation; 4] = [
    Operation {
        name: "a submission",
        before: |_, _| Vec::new(),
        call: |team, _| team.submit(),
    },
    Operation {
        name: "a payment of both",
        before: |team, _| vec![team.submit()],
        call: Team::pay,
    },
    Operation {
        name: "a reversal",
        before: |team, order| vec![team.submit(), team.pay(order)],
        call: |team, order| {
            let url = format!("/orders/{TENANT}/{order}/payments/{}/reverse", team.name);
            Call::post(&url, json!({ "id": "r", "reason": "returned" }))
        },
    },
    Operation {
        name: "a void into credit",
        before: |team, order| vec![team.submit(), team.pay(order)],
        call: |team, _| {
            let own = team.first["order_id"].as_str().expect("an order");
            let url = format!("/orders/{TENANT}/{own}/void");
            Call::post(&url, json!({ "payments": "credit" }))
        },
    },
];

const CRASHES: [Crash; 3] = [Crash::BeforeCall, Crash::AfterCall, Crash::AnswerLost];
/// More calls than any of them makes.
const MOST: usize = 60;

impl Team {
    async fn of(app: &TestApp, name: &str) -> Team {
        let mut made = Vec::new();
        for (at, status) in ["under review", "not yet submitted"].iter().enumerate() {
            app.seed_contact(&format!("{name}-{at}")).await;
            if at == 0 {
                let group = json!({ "name": name, "contact_id": format!("{name}-0") });
                let url = format!("/applicationGroups/{TENANT}");
                made.push(app.post(&url, group).await.ok());
            }
            let body = json!({ "type": "join", "process_id": "join-1", "owner_type": "contact",
                "contact_id": format!("{name}-{at}"), "status": status,
                "application_group_id": made[0]["id"], "group_application_process_id": "team",
                "membership_package_id": "anniversary", "membership_type_id": "regular" });
            let url = format!("/applications/{TENANT}");
            made.push(app.post(&url, body).await.ok());
        }
        let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
        Team {
            name: name.to_owned(),
            group: id(&made[0]),
            second: id(&made[2]),
            first: made[1].clone(),
        }
    }

    fn submit(&self) -> Call {
        let patch = json!([{ "op": "replace", "path": "/status", "value": "under review" }]);
        Call::patch(&format!("/applications/{TENANT}/{}", self.second), patch)
    }

    fn pay(&self, order: &str) -> Call {
        let body = json!({ "id": self.name, "type": "check", "amount": 200 });
        Call::post(&format!("/orders/{TENANT}/{order}/payments"), body)
    }

    async fn record(&self, app: &TestApp) -> Value {
        let url = format!(
            "/applicationGroups/{TENANT}/{}?consistentRead=y",
            self.group
        );
        app.get(&url).await.ok()
    }

    /// What there is of it, without what differs from one to another.
    async fn picture(&self, app: &TestApp) -> Value {
        let record = self.record(app).await;
        let order = record["order_id"].as_str().expect("an order");
        let order = app.get(&format!("/orders/{TENANT}/{order}")).await.ok();
        let figures = ["status", "total", "amount_paid", "balance_due"];
        let of = |order: &Value| figures.map(|name| order[name].clone()).to_vec();
        let parts = order["orders"].as_array().expect("orders").iter().map(of);
        let payer = format!(
            "/orders/{TENANT}/membership/contact:{}-0/payments",
            self.name
        );
        let receipts = app.get(&payer).await.ok();
        let receipt = |receipt: &Value| {
            let applied = receipt["applied"].as_array().expect("a list").iter();
            let applied: Vec<Value> = applied.map(|one| one["amount"].clone()).collect();
            json!([
                receipt["amount"],
                receipt["credit"],
                receipt["reversal"]["amount"],
                applied
            ])
        };
        let receipts = receipts["Items"].as_array().expect("items").iter();
        json!([
            record["total"],
            record["number_of_applications"],
            of(&order),
            parts.collect::<Vec<_>>(),
            receipts.map(receipt).collect::<Vec<_>>(),
        ])
    }
}

/// A team to which everything has happened that comes before.
async fn prepared(app: &TestApp, operation: &Operation, name: &str) -> (Team, String) {
    let team = Team::of(app, name).await;
    let order = team.record(app).await["order_id"]
        .as_str()
        .expect("an order")
        .to_owned();
    for call in (operation.before)(&team, &order) {
        app.send(call).await.ok();
    }
    (team, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_groups_order_stands_once_wherever_it_ends() {
    let app = TestApp::with_catalogue().await;
    app.seed_process(json!({})).await;
    let process = json!({ "id": "team", "name": "Team", "contact_form_id": "rolodex-contacts__1",
        "checkout_settings": { "business_unit_id": "b-1", "bank_account_id": "a-1" } });
    app.seed::<GroupApplicationProcesses>(process).await;
    for (number, operation) in OPERATIONS.iter().enumerate() {
        let (team, order) = prepared(&app, operation, &format!("{number}-0")).await;
        let counting = Arc::new(CrashPoint::new(Counted::All, None));
        let call = (operation.call)(&team, &order);
        attempt(&app, call, &counting).await;
        let calls = counting.calls();
        assert!((1..=MOST).contains(&calls), "{}: {calls}", operation.name);
        let wanted = team.picture(&app).await;
        for (at, crash) in each_call(calls, CRASHES.len(), number) {
            let name = format!("{number}-{at}-{crash}");
            let (team, order) = prepared(&app, operation, &name).await;
            let crash_point = Arc::new(CrashPoint::new(Counted::All, Some((at, CRASHES[crash]))));
            attempt(&app, (operation.call)(&team, &order), &crash_point).await;
            app.send((operation.call)(&team, &order)).await.ok();
            let (name, how) = (operation.name, CRASHES[crash]);
            let seen = team.picture(&app).await;
            assert_eq!(seen, wanted, "{name}, call {at} of {calls}, {how:?}");
        }
    }
}
