//! Two requests that meet: one is held at a call of its own until the other is done.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use axum::Router;
use model::ids::SHARDS;
use model::resources::billing_run_action::of_run;
use model::resources::membership::NAME;
use model::resources::{BillingRunActions, BillingRuns};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tests::intercept::{Fault, Interceptor, operation};
use tests::records::{a_membership, an_action, record, with};
use tests::{Call, TestApp, import, intercept};

/// Holds a process at its call of this number that changes something, counted from 1.
#[derive(Debug)]
struct Gate {
    at: usize,
    calls: AtomicUsize,
    reached: Mutex<Sender<()>>,
    open: Mutex<Receiver<()>>,
}

impl Interceptor for Gate {
    fn fault(&self, request: &HttpRequest) -> Fault {
        let reads = ["GetItem", "BatchGetItem", "Query"];
        if reads.contains(&operation(request)) {
            return Fault::None;
        }
        if self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            tokio::task::block_in_place(|| {
                self.reached.lock().unwrap().send(()).unwrap();
                self.open.lock().unwrap().recv().unwrap();
            });
        }
        Fault::None
    }
}

/// Sends `held` by a function of its own, and `other` while it is held before its call
/// of that number; answers both, the other's only if there was such a call.
async fn meet(
    app: &TestApp,
    (function, at): (&str, usize),
    held: Call,
    other: Call,
) -> (Value, Option<Value>) {
    let (reached, is_reached) = channel();
    let (opens, open) = channel();
    let gate = Gate {
        at,
        calls: AtomicUsize::new(0),
        reached: Mutex::new(reached),
        open: Mutex::new(open),
    };
    let connection = intercept::over(&app.core.connection, Arc::new(gate));
    let function: Router = app.function_over(&connection, function);
    let held = tokio::spawn(async move { held.through(&function).await });
    let waits = async {
        while !held.is_finished() {
            if is_reached.try_recv().is_ok() {
                let answer = app.send(other).await;
                opens.send(()).unwrap();
                return Some(json!({ "status": answer.status, "body": answer.body }));
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        None
    };
    let answer = waits.await;
    (held.await.unwrap(), answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_derived_membership_that_is_made_while_its_owner_is_renamed_shows_the_new_name() {
    for (held, at) in [("contacts", 1), ("memberships", 1), ("memberships", 2)] {
        let app = TestApp::start().await;
        app.seed_catalogue().await;
        app.seed_owned(1).await;
        let own = json!({ "owner_type": "organization", "type_id": "t-o", "contact_id": null, "organization_id": "o-1" });
        app.post("/memberships/acme", with(a_membership(), own))
            .await
            .ok();
        let rename = json!([{ "op": "replace", "path": "/name", "value": "Ada Lovelace" }]);
        let rename = Call::patch("/contacts/acme/c-1", rename);
        let derived = json!({ "origin": "flowdown", "flowdown_depth": 1,
            "parent_membership_id": "organization:o-1" });
        let derived = Call::post("/memberships/acme", with(a_membership(), derived));
        let derived = derived.scopes("read write admin");
        let (first, second) = match held {
            "contacts" => meet(&app, (held, at), rename, derived).await,
            _ => meet(&app, (held, at), derived, rename).await,
        };
        let told = format!("{held} held before call {at}: {first}, {second:?}");
        let owned = app.owned().await;
        assert!(
            owned.iter().all(|one| one.text(NAME) == "Ada Lovelace"),
            "{told}: {owned:?}"
        );
        assert!(second.is_some() || at > 1, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exclusion_that_meets_the_deletion_of_its_run_is_kept_or_gone_with_the_run() {
    for (held, at) in [
        ("billingRuns", 1),
        ("billingRuns", 2),
        ("billingRuns", 3),
        ("billingRunActions", 1),
        ("billingRunActions", 2),
    ] {
        let app = TestApp::start().await;
        app.seed_run(json!({})).await;
        let actions = ["contact:c-1", "contact:c-2"].map(|member| {
            let action = record(an_action(member));
            let change = app
                .store
                .change::<BillingRunActions>(&import(), None, action);
            change.unwrap()
        });
        let written = app.store.write_all(&actions).await;
        assert!(written.iter().all(Result::is_ok), "{written:?}");
        let id = an_action("contact:c-1")["id"].as_str().unwrap().to_owned();
        let exclude = json!([{ "op": "replace", "path": "/status", "value": "excluded" }]);
        let exclude = Call::patch(&format!("/billingRunActions/acme/{id}"), exclude);
        let delete = Call::delete("/billingRuns/acme/run-1");
        let (first, second) = match held {
            "billingRuns" => meet(&app, (held, at), delete, exclude).await,
            _ => meet(&app, (held, at), exclude, delete).await,
        };
        let told = format!("{held} held before call {at}: {first}, {second:?}");
        let run = app.store.get_consistent::<BillingRuns>("run-1").await;
        let left = of_run("run-1", 0..SHARDS).consistent();
        let left = app.store.query_all::<BillingRunActions>(&left).await;
        let left = left.unwrap();
        match run.unwrap() {
            None => assert!(left.is_empty(), "{told}: {left:?}"),
            Some(_) => assert_eq!(left.len(), 2, "{told}"),
        }
        let refused = |status: &Value| status.as_u64().is_some_and(|status| status >= 500);
        assert!(!refused(&first["statusCode"]), "{told}");
        let other = second.unwrap_or_default();
        assert!(!refused(&other["status"]), "{told}");
    }
}
