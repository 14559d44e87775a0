//! An activation of each type ends at any of its calls, loses an answer, is throttled or
//! left undone: asked for again, it stands once, as if nothing had happened.

use crate::attempt::{CRASHES, attempt};
use crate::crash_point::{Counted, CrashPoint};
use crate::sweep::each_call;
use model::resources::{ApplicationProcesses, Chapters, Packages};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::records::{a_process, with};
use tests::{Call, TENANT, TestApp};

/// A type of application, and the membership that is there before, if any: its
/// status and expiration date.
const TYPES: [(&str, Option<(&str, &str)>); 4] = [
    ("join", None),
    ("renewal", Some(("active", "2026-03-31"))),
    ("reinstatement", Some(("inactive", "2026-01-31"))),
    ("change affiliations", Some(("active", "2026-12-31"))),
];
/// More calls than an activation makes.
const MOST: usize = 40;

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    let terms = json!({ "expiration_type": "anniversary", "grace_period": 30, "allow_reinstatement": true,
        "reinstatement_options": { "reinstatement_period": 60 },
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.set::<Packages>("anniversary", json!({ "expiration_options": terms }))
        .await;
    app.seed::<Chapters>(json!({ "id": "north", "name": "North" }))
        .await;
    for (kind, _) in TYPES {
        let changes = json!({ "id": kind.replace(' ', "-"), "type": kind, "memberships_require_approval": "never" });
        app.seed::<ApplicationProcesses>(with(a_process(), changes))
            .await;
    }
    app
}

/// An approved application of a person, paid in part.
async fn applied(app: &TestApp, name: &str, (kind, held): (&str, Option<(&str, &str)>)) -> Value {
    match held {
        Some((status, expiration)) => {
            let changes = json!({ "status": status });
            app.member(name, expiration, changes).await;
        }
        None => app.seed_contact(name).await,
    }
    let mut body = json!({
        "type": kind, "process_id": kind.replace(' ', "-"), "owner_type": "contact", "contact_id": name, "status": "under review",
        "chapter_id": "north", "membership_type_id": "regular",
    });
    if kind != "change affiliations" {
        body["membership_package_id"] = "anniversary".into();
    }
    let made = app
        .post(&format!("/applications/{TENANT}"), body)
        .await
        .ok();
    if kind != "change affiliations" {
        let order = made["order_id"].as_str().expect("an order");
        let payment = json!({ "id": format!("p-{name}"), "type": "check", "amount": 120 });
        let url = format!("/orders/{TENANT}/{order}/payments");
        app.post(&url, payment).await.ok();
    }
    made
}

fn activate(application: &Value) -> Call {
    let id = application["id"].as_str().expect("an id");
    Call::post(&format!("/memberships/{TENANT}/activate/{id}"), Value::Null)
}

/// What there is of a person, without what differs from one to another.
async fn picture(app: &TestApp, name: &str, application: &Value) -> Value {
    let member = app.membership(&format!("contact:{name}")).await;
    let names = [
        "status",
        "is_new",
        "type_id",
        "package_id",
        "date_status",
        "join_date",
        "renewal_date",
        "reinstatement_date",
        "join_or_last_renewal_date",
        "term_start_date",
        "expiration_date",
        "chapter_ids",
        "billed",
        "order_status",
        "order_balance_due",
        "order_amount_paid",
    ];
    let shown: Vec<Value> = names.map(|name| member[name].clone()).into();
    let rows = member["history"].as_array().cloned().unwrap_or_default();
    let events: Vec<Value> = rows.iter().map(|row| row["event"].clone()).collect();
    let orders = app.orders(&format!("contact:{name}")).await;
    let orders: Vec<Value> = orders
        .iter()
        .map(|order| {
            json!([
                order["status"],
                order["renewal"]["dates_updated"],
                order["total"]
            ])
        })
        .collect();
    json!([
        shown,
        events,
        orders,
        member["application_id"] == application["id"]
    ])
}

/// What an activation that is asked for again must not write.
async fn versions(app: &TestApp, name: &str, application: &Value) -> [Value; 2] {
    let member = app.membership(&format!("contact:{name}")).await;
    let id = application["id"].as_str().expect("an id");
    let application = app.get(&format!("/applications/{TENANT}/{id}")).await.ok();
    [member, application].map(|record| record["sys_version"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_stands_once_wherever_it_ends() {
    let app = app().await;
    for (number, kind) in TYPES.into_iter().enumerate() {
        let name = format!("{number}-0");
        let application = applied(&app, &name, kind).await;
        let counting = Arc::new(CrashPoint::new(Counted::All, None));
        attempt(&app, activate(&application), &counting).await;
        let calls = counting.calls();
        assert!((1..=MOST).contains(&calls), "{}: {calls}", kind.0);
        let wanted = picture(&app, &name, &application).await;
        for (at, crash) in each_call(calls, CRASHES.len(), number) {
            let name = format!("{number}-{at}-{crash}");
            let application = applied(&app, &name, kind).await;
            let crash_point = Arc::new(CrashPoint::new(Counted::All, Some((at, CRASHES[crash]))));
            attempt(&app, activate(&application), &crash_point).await;
            let again = app.send(activate(&application)).await;
            let context = format!("{}, call {at} of {calls}, {:?}", kind.0, CRASHES[crash]);
            assert_eq!(again.status, 200, "{context}: {}", again.body);
            assert_eq!(
                picture(&app, &name, &application).await,
                wanted,
                "{context}"
            );
            let stands = versions(&app, &name, &application).await;
            app.send(activate(&application)).await.ok();
            let left = versions(&app, &name, &application).await;
            assert_eq!(left, stands, "{context}: asked for once more, it writes");
        }
    }
}
