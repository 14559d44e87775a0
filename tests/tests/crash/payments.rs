//! What staff do with money, wherever the process ends and whichever answer is
//! lost: told again, it stands once, as if nothing had happened.

use crate::attempt::attempt;
use crate::crash_point::{Counted, Crash, CrashPoint};
use crate::sweep::each_call;
use serde_json::{Value, json};
use std::sync::Arc;
use tests::{Call, TENANT, TestApp};

/// A member who has been billed, with an order beside that of a second member.
struct Party {
    member: String,
    order: String,
    other: String,
}

impl Party {
    fn payment(&self, id: &str, then: &str) -> String {
        let order = &self.order;
        format!("/orders/{TENANT}/{order}/payments/{id}-{order}{then}")
    }

    fn pay(&self, id: &str, amount: f64) -> Call {
        let body =
            json!({ "id": format!("{id}-{}", self.order), "type": "check", "amount": amount });
        Call::post(&format!("/orders/{TENANT}/{}/payments", self.order), body)
    }

    fn set_status(&self, status: &str) -> Call {
        let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
        Call::patch(&format!("/memberships/{TENANT}/{}", self.member), patch)
    }
}

/// An operation, and what has come before it. Orders are of 90.50.
struct Operation {
    name: &'static str,
    before: fn(&Party) -> Vec<Call>,
    call: fn(&Party) -> Call,
}

const OPERATIONS: [Operation; 10] = [
    Operation {
        name: "a payment",
        before: |_| Vec::new(),
        call: |party| party.pay("p", 90.50),
    },
    Operation {
        name: "a part",
        before: |_| Vec::new(),
        call: |party| party.pay("p", 40.50),
    },
    Operation {
        name: "too much",
        before: |party| vec![party.pay("q", 40.0)],
        call: |party| party.pay("p", 90.50),
    },
    Operation {
        name: "the use of credit",
        before: |party| {
            let reversal = json!({ "id": "b", "reason": "bounced" });
            let reverse = Call::post(&party.payment("q", "/reverse"), reversal);
            vec![party.pay("q", 50.0), party.pay("p", 90.50), reverse]
        },
        call: |party| {
            let url = format!("/orders/{TENANT}/{}/credit", party.order);
            Call::post(&url, json!({}))
        },
    },
    Operation {
        name: "a move",
        before: |party| vec![party.pay("p", 100.0)],
        call: |party| {
            Call::post(
                &party.payment("p", "/move"),
                json!({ "order_id": party.other }),
            )
        },
    },
    Operation {
        name: "a reversal",
        before: |party| vec![party.pay("p", 100.0)],
        call: |party| {
            let reversal = json!({ "id": "b", "reason": "bounced" });
            Call::post(&party.payment("p", "/reverse"), reversal)
        },
    },
    Operation {
        name: "a refund",
        before: |party| vec![party.pay("p", 100.0)],
        call: |party| {
            let refund = json!({ "id": "f", "amount": 9.5, "reason": "asked for" });
            Call::post(&party.payment("p", "/refund"), refund)
        },
    },
    Operation {
        name: "a void into credit",
        before: |party| vec![party.pay("p", 90.50)],
        call: |party| {
            let url = format!("/orders/{TENANT}/{}/void", party.order);
            Call::post(&url, json!({ "payments": "credit" }))
        },
    },
    Operation {
        name: "a void with a reversal",
        before: |party| vec![party.pay("p", 40.0)],
        call: |party| {
            let url = format!("/orders/{TENANT}/{}/void", party.order);
            let body = json!({ "payments": "reverse", "id": "b", "reason": "bounced" });
            Call::post(&url, body)
        },
    },
    Operation {
        name: "a return",
        before: |party| vec![party.set_status("inactive"), party.pay("p", 90.50)],
        call: |party| party.set_status("active"),
    },
];

/// Orders, payments and the members of a party, its own ids left out.
async fn picture(app: &TestApp, party: &Party) -> String {
    let mut seen = Vec::new();
    for member in [party.member.clone(), format!("{}-other", party.member)] {
        let stored = app.membership(&member).await;
        let names = [
            "status",
            "billed",
            "term_start_date",
            "expiration_date",
            "renewal_date",
            "date_status",
            "order_status",
            "order_amount_paid",
            "order_balance_due",
        ];
        seen.push(names.map(|name| stored[name].clone()).into_iter().collect());
        seen.push(Value::from(app.orders(&member).await));
        let url = format!("/orders/{TENANT}/membership/{member}/payments");
        seen.push(app.get(&url).await.ok());
    }
    let mut text = Value::from(seen).to_string();
    for (own, name) in [
        (&party.order, "ORDER"),
        (&party.other, "OTHER"),
        (&party.member, "MEMBER"),
    ] {
        text = text.replace(own.as_str(), name);
    }
    let id = party.member.trim_start_matches("contact:");
    text = text.replace(&format!("\"{id}\""), "\"ID\"");
    text.replace(&format!("\"{id}-other\""), "\"ID-other\"")
}

/// Without what differs from party to party.
fn alike(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).expect("a picture");
    strip(&mut value);
    value.to_string()
}

fn strip(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(strip),
        Value::Object(fields) => {
            for name in ["number", "billing_run_action_id", "recorded_at"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(strip);
        }
        _ => {}
    }
}

async fn party(app: &TestApp, name: &str) -> Party {
    let order = async |member: &str| {
        let order = app.orders(member).await.remove(0);
        order["id"].as_str().expect("an id").to_owned()
    };
    let member = format!("contact:{name}");
    Party {
        order: order(&member).await,
        other: order(&format!("{member}-other")).await,
        member,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_of_a_payment_changes_nothing() {
    sweep(&[Crash::BeforeCall, Crash::AfterCall, Crash::AnswerLost]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_a_call_that_is_throttled() {
    sweep(&[Crash::Throttled, Crash::Undone]).await;
}

async fn sweep(crashes: &[Crash]) {
    const MOST: usize = 16;
    let app = TestApp::with_catalogue().await;
    let names = |operation: usize| {
        let crashed = (1..=MOST).flat_map(|at| (0..crashes.len()).map(move |c| (at, c)));
        let crashed = crashed.map(move |(at, crash)| format!("{operation}-{at}-{crash}"));
        crashed.chain([format!("{operation}-0-0")])
    };
    for name in (0..OPERATIONS.len()).flat_map(names) {
        app.member(&name, "2026-03-31", json!({})).await;
        let other = format!("{name}-other");
        app.member(&other, "2026-03-31", json!({})).await;
    }
    app.bill("2026-03-01", "2026-03-31", &["orders"]).await;
    for (number, operation) in OPERATIONS.iter().enumerate() {
        let undisturbed = party(&app, &format!("{number}-0-0")).await;
        prepare(&app, operation, &undisturbed).await;
        let counting = Arc::new(CrashPoint::new(Counted::All, None));
        attempt(&app, (operation.call)(&undisturbed), &counting).await;
        let calls = counting.calls();
        assert!((1..=MOST).contains(&calls), "{}: {calls}", operation.name);
        let wanted = alike(&picture(&app, &undisturbed).await);
        for (at, crash) in each_call(calls, crashes.len(), number) {
            let party = party(&app, &format!("{number}-{at}-{crash}")).await;
            prepare(&app, operation, &party).await;
            let crash_point = Arc::new(CrashPoint::new(Counted::All, Some((at, crashes[crash]))));
            let first = attempt(&app, (operation.call)(&party), &crash_point).await;
            let again = app.send((operation.call)(&party)).await;
            let context = format!(
                "{}, call {at} of {calls}, {:?}",
                operation.name, crashes[crash]
            );
            if let Some(first) = first.filter(|_| !lost(crashes[crash])) {
                // What passes is waited for, or the client is told to come again.
                let told = [200, 429].contains(&first.status);
                assert!(told, "{context}: {} {}", first.status, first.body);
            }
            // Credit that has been used is not there to be used again.
            let known = [200, 409].contains(&again.status);
            assert!(known, "{context}: {}", again.body);
            assert_eq!(alike(&picture(&app, &party).await), wanted, "{context}");
        }
    }
}

/// Whether nobody can know what has become of the call.
fn lost(crash: Crash) -> bool {
    crash == Crash::AnswerLost
}

async fn prepare(app: &TestApp, operation: &Operation, party: &Party) {
    for call in (operation.before)(party) {
        app.send(call).await.ok();
    }
}
