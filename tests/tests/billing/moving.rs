//! Members whose expiration date changes, and actions whose status does, while
//! everything is walked through.

use crate::support::{MARCH, create, stored};
use billing::notice_mail::NoticeCache;
use billing::{action_counts, deletion, planning};
use ledger::context::{Ports, TenantBilling};
use model::ids::{SHARDS, shard};
use model::resource::{ID_FIELD, Resource};
use model::resources::billing_run_action::{self as action, ActionStatus};
use model::resources::membership::{EXPIRATION_DATE, Memberships};
use model::resources::{BillingRunActions, BillingRuns};
use model::{Record, TenantId};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Connection, Database, Store};
use tests::between::Between;
use tests::billing::{day, run_body};
use tests::{TENANT, TestApp, import};

const DUE: &str = r#""IndexName":"due""#;
const ACTIONS: &str = r#""TableName":"billing-run-actions""#;

/// Members of one shard that expire one after the other, from 2 to 12 March.
async fn members(app: &TestApp) -> (u32, Vec<String>) {
    let first = shard("contact:m-0");
    let names = (0..).map(|n| format!("m-{n}"));
    let beside = names.filter(|name| shard(&format!("contact:{name}")) == first);
    let mut ids = Vec::new();
    for (place, name) in beside.take(6).enumerate() {
        let date = format!("2026-03-{:02}", 2 * place + 2);
        ids.push(app.member(&name, &date, json!({})).await);
    }
    (first, ids)
}

async fn billing_over(app: &TestApp, connection: &Connection) -> TenantBilling {
    let names = local::tables::make(&app.core.connection).await;
    let database = Arc::new(Database::new(connection, names.expect("the tables")));
    let ports = Ports {
        database,
        ..app.core.billing.clone()
    };
    let tenant = TenantId::parse(TENANT).expect("a tenant");
    let billing = ports.for_tenant(&tenant, "user-1", "test").await;
    billing.expect("the settings")
}

async fn set<R: Resource>(store: Store, id: String, changes: Value) {
    let before = store.require::<R>(&id).await.expect("a record");
    let mut after = before.clone();
    for (name, value) in changes.as_object().expect("an object") {
        after.set_raw(name, value.clone());
    }
    let saved = store.save::<R>(&import(), Some(&before), after).await;
    saved.expect("a sound change");
}

/// Plans while the member's date is changed ahead of a request: for each proposal
/// its member and date, and how many requests read the index.
async fn planned(
    app: &TestApp,
    run: &Record,
    shard: u32,
    at: usize,
    (id, date): (&str, &str),
) -> (Vec<(String, String)>, usize) {
    let change = json!({ "expiration_date": date });
    let moved = set::<Memberships>(app.store.clone(), id.to_owned(), change);
    let (connection, between) = Between::over(&app.core.connection, DUE, at, moved);
    let billing = billing_over(app, &connection).await;
    let notices = NoticeCache::new(&billing, run);
    let proposals = planning::propose(&billing, run, &notices, shard).await;
    let mut planned: Vec<(String, String)> = proposals
        .expect("a plan")
        .iter()
        .map(|proposal| {
            let date = proposal.after.get(action::EXPIRATION_DATE);
            let id = proposal.after.text(action::MEMBERSHIP_ID).to_owned();
            (id, date.expect("a date").to_string())
        })
        .collect();
    planned.sort();
    (planned, between.requests())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whose_date_moves_within_the_range_while_it_is_read_is_planned_once() {
    let app = TestApp::with_catalogue().await;
    let (shard, ids) = members(&app).await;
    let run = create(&app, run_body(MARCH.0, MARCH.1, &["orders"])).await;
    let run = stored(&app, &run).await;
    let mut everybody = ids.clone();
    everybody.sort();
    // To what is still to be read, and to what has been read.
    for (id, from, to) in [
        (&ids[0], "2026-03-02", "2026-03-11"),
        (&ids[5], "2026-03-12", "2026-03-01"),
    ] {
        let (mut at, mut requests) = (1, 1);
        while at <= requests {
            let (planned, made) = planned(&app, &run, shard, at, (id, to)).await;
            let told = format!("{id} to {to} ahead of request {at} of {made}: {planned:?}");
            let who: Vec<&String> = planned.iter().map(|(id, _)| id).collect();
            assert_eq!(who, everybody.iter().collect::<Vec<_>>(), "{told}");
            let date = &planned.iter().find(|(own, _)| own == id).unwrap().1;
            assert!([from, to].contains(&date.as_str()), "{told}");
            // Before the second reading it is seen as it stands.
            assert!(at > made / 2 + 1 || date == to, "{told}");
            set::<Memberships>(
                app.store.clone(),
                id.clone(),
                json!({ "expiration_date": from }),
            )
            .await;
            (at, requests) = (at + 1, made);
        }
        assert!(requests >= 6, "read twice, in {requests} requests");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_leaves_the_range_while_it_is_read_is_not_planned() {
    let app = TestApp::with_catalogue().await;
    let (shard, ids) = members(&app).await;
    let run = create(&app, run_body(MARCH.0, MARCH.1, &["orders"])).await;
    let run = stored(&app, &run).await;
    let (planned, _) = planned(&app, &run, shard, 3, (&ids[0], "2027-03-02")).await;
    let who: Vec<&String> = planned.iter().map(|(id, _)| id).collect();
    let mut others: Vec<&String> = ids[1..].iter().collect();
    others.sort();
    assert_eq!(who, others);
    let gone = app.store.require::<Memberships>(&ids[0]).await.unwrap();
    assert_eq!(gone.get(EXPIRATION_DATE), Some(day("2027-03-02")));
}

/// A planned run over those members: its id and its actions'.
async fn run(app: &TestApp) -> (String, Vec<String>) {
    members(app).await;
    let run = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&run).await;
    let actions = app.actions(&run).await;
    let ids = actions.values().map(|own| own.text(ID_FIELD).to_owned());
    (run, ids.collect())
}

/// Excludes the first action and brings the last into question.
async fn change_actions(store: Store, ids: Vec<String>) {
    for (id, status) in [(&ids[0], "excluded"), (&ids[5], "error")] {
        set::<BillingRunActions>(store.clone(), id.clone(), json!({ "status": status })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_whose_status_changes_during_a_count_is_counted_once() {
    let app = TestApp::with_catalogue().await;
    let (run, ids) = run(&app).await;
    for at in 1..=SHARDS as usize + 3 {
        let change = change_actions(app.store.clone(), ids.clone());
        let (connection, _) = Between::over(&app.core.connection, ACTIONS, at, change);
        let counts = action_counts::count(&app.store_over(&connection), &run).await;
        let counts = counts.expect("counts");
        let all = ["pending", "excluded", "error"].map(|bucket| counts.count(None, bucket));
        assert_eq!(all.iter().sum::<u64>(), 6, "ahead of request {at}: {all:?}");
        for id in [&ids[0], &ids[5]] {
            let pending = json!({ "status": ActionStatus::Pending.to_string() });
            set::<BillingRunActions>(app.store.clone(), id.clone(), pending).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_changes_during_a_deletion_goes_with_its_run() {
    for at in [1, 3, 20] {
        let app = TestApp::with_catalogue().await;
        let (run, ids) = run(&app).await;
        let before = stored(&app, &run).await;
        let claim = deletion::claim(&app.store, &import(), &before).await;
        claim.expect("the claim");
        // What is gone already can't be changed.
        let store = app.store.clone();
        let change = async move {
            for id in ids {
                let found = store.get_consistent::<BillingRunActions>(&id).await;
                if found.expect("the store answers").is_some() {
                    let changes = json!({ "status": "excluded" });
                    set::<BillingRunActions>(store.clone(), id, changes).await;
                }
            }
        };
        let (connection, _) = Between::over(&app.core.connection, ACTIONS, at, change);
        let deleted = deletion::go_on(&app.store_over(&connection), &run, 100).await;
        deleted.expect("the deletion");
        assert!(app.actions(&run).await.is_empty(), "ahead of request {at}");
        let gone = app.store.get_consistent::<BillingRuns>(&run).await;
        assert_eq!(gone.expect("the store answers"), None);
    }
}
