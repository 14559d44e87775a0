//! Dropping an organization drops its derived memberships, wherever the
//! process ends.

use crate::crash_point::{Counted, Crash, CrashPoint};
use crate::environment::{Environment, RunFixture};
use crate::sweep::crashed;
use futures::StreamExt;
use model::record::Record;
use model::resources::membership::computed::fill_computed;
use model::resources::{Contacts, Memberships, Organizations};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::TestApp;
use tests::billing::run_body;
use tests::import;
use tests::records::{record, with};

/// More than are written in one request.
const PEOPLE: usize = 30;
/// Nobody of the other members expires then.
const LONG_AGO: &str = "2025-11-30";
/// Attempts at once.
const PARALLEL: usize = 4;

async fn member(app: &TestApp, id: &str, fields: Value) {
    let number = app.store.numbers("membership", 1).await.unwrap().start;
    let base = json!({
        "id": id, "number": number, "name": id, "status": "active", "type_id": "regular",
        "package_id": "anniversary", "join_date": "2020-01-01", "expiration_date": LONG_AGO,
    });
    let mut member: Record = record(with(base, fields));
    fill_computed(&mut member);
    let context = import();
    let saved = app.store.save::<Memberships>(&context, None, member);
    saved.await.unwrap();
}

async fn organization_with_people(app: &TestApp) {
    let top = json!({ "id": "top", "name": "Top", "email_address": "top@example.org" });
    app.seed::<Organizations>(top).await;
    let own =
        json!({ "owner_type": "organization", "organization_id": "top", "origin": "principal" });
    member(app, "organization:top", own).await;
    for number in 0..PEOPLE {
        let id = format!("p{number}");
        app.seed::<Contacts>(json!({ "id": id, "name": id })).await;
        let own = json!({ "owner_type": "contact", "contact_id": id, "origin": "flowdown",
            "parent_membership_id": "organization:top", "flowdown_depth": 1 });
        member(app, &format!("contact:{id}:top"), own).await;
    }
}

/// Members who were not dropped exactly once, and what else is not as it should be.
async fn wrong(app: &TestApp, run: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let people = (0..PEOPLE).map(|number| format!("contact:p{number}:top"));
    for id in people.chain(["organization:top".to_owned()]) {
        let stored = app.membership(&id).await;
        let events = stored["history"].as_array().map_or(0, Vec::len);
        if (&stored["status"], events) != (&json!("inactive"), 1) {
            wrong.push(format!(
                "{id} is {} after {events} events",
                stored["status"]
            ));
        }
    }
    let ended = app.run(run).await;
    if ended["status"] != "completed" || ended["statistics"]["drops"]["successful"] != 1 {
        wrong.push(ended.to_string());
    }
    wrong
}

async fn after(environment: Environment) -> Vec<String> {
    environment
        .inspect(async |app, run, _| wrong(app, run).await)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_effect_of_a_drop_leaves_no_derived_member_active() {
    let body = run_body("2025-11-01", LONG_AGO, &["drops"]);
    let seed = RunFixture::with(body, organization_with_people).await;
    let environment = Environment::begin(&seed, true).await;
    let crash_point = Arc::new(CrashPoint::new(Counted::Effects, None));
    environment
        .run_until_crash(&mut environment.machine(), &crash_point)
        .await;
    assert_eq!(after(environment).await, Vec::<String>::new());
    let crashes_at = (1..=crash_point.calls()).flat_map(|at| {
        let kinds = [Crash::BeforeCall, Crash::AfterCall];
        kinds.map(|crash| (at, crash))
    });
    let attempts = crashes_at.map(|(at, crash)| {
        let seed = &seed;
        async move {
            let environment = crashed(seed, Counted::Effects, true, at, crash).await;
            (at, crash, after(environment).await)
        }
    });
    let attempts: Vec<_> = futures::stream::iter(attempts)
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    assert!(attempts.len() > 20, "{}", attempts.len());
    for (at, crash, wrong) in attempts {
        assert_eq!(wrong, Vec::<String>::new(), "call {at}, {crash:?}");
    }
}
