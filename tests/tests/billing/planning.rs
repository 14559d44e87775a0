//! Planning: repeatable, explained, started once.

use crate::support::{
    MARCH, action_id, change_member, create, overwrite, run_path, set_action, set_status, stored,
};
use futures::future::join_all;
use model::ids::SHARDS;
use model::resources::billing_run::{self as run, RunStatus};
use model::resources::billing_run_action::ActionStatus;
use model::sys;
use serde_json::{Value, json};
use services::executions::Machine;
use std::collections::BTreeMap;
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;

async fn versions(app: &TestApp, id: &str) -> BTreeMap<(String, String), Option<i64>> {
    let actions = app.actions(id).await;
    let version = |record: &model::Record| record.get(sys::VERSION);
    actions
        .iter()
        .map(|(key, record)| (key.clone(), version(record)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn planning_again_writes_no_action() {
    let app = TestApp::with_catalogue().await;
    for id in ["a", "b", "c"] {
        app.member(id, "2026-03-31", json!({})).await;
    }
    app.auto_member("d", "2026-03-31", "tok_good").await;
    let all = ["notices", "orders", "auto", "drops"];
    let id = app.draft(MARCH.0, MARCH.1, &all).await;
    app.refresh(&id).await;
    let (first, run) = (versions(&app, &id).await, app.run(&id).await);
    assert_eq!(first.len(), 7, "{first:?}");
    app.refresh(&id).await;
    assert_eq!(versions(&app, &id).await, first);
    let again = app.run(&id).await;
    assert_ne!(again["sys_version"], run["sys_version"]);
    assert_eq!(again["statistics"], run["statistics"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_proposes_and_writes_nothing() {
    let app = TestApp::with_catalogue().await;
    for id in ["a", "b", "c"] {
        app.member(id, "2026-03-31", json!({})).await;
    }
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let before = stored(&app, &id).await;
    let billing = app
        .core
        .billing
        .for_tenant(app.store.tenant(), "user-1", "test")
        .await
        .unwrap();
    let notices = billing::notice_mail::NoticeCache::new(&billing, &before);
    let mut proposed = 0;
    for shard in 0..SHARDS {
        let proposals = billing::planning::propose(&billing, &before, &notices, shard)
            .await
            .unwrap();
        assert!(proposals.iter().all(|proposal| proposal.before.is_none()));
        proposed += proposals.len();
    }
    assert_eq!(proposed, 3);
    assert!(app.actions(&id).await.is_empty());
    assert_eq!(stored(&app, &id).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_says_why_a_member_is_kept_out() {
    let app = TestApp::with_catalogue().await;
    let card = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok" } });
    let cases = [
        (
            "flow",
            "2026-03-31",
            json!({ "do_not_renew": true }),
            "renewal order",
            "is marked do_not_renew",
        ),
        (
            "susp",
            "2026-03-31",
            json!({ "status": "suspended" }),
            "renewal order",
            "is suspended",
        ),
        (
            "gone",
            "2026-03-31",
            json!({ "status": "inactive" }),
            "renewal order",
            "is inactive",
        ),
        (
            "late",
            "2026-04-01",
            json!({}),
            "renewal order",
            "expires on 2026-04-01, outside 2026-03-01 to 2026-03-31",
        ),
        (
            "card",
            "2026-03-31",
            card,
            "renewal order",
            "renews automatically",
        ),
        (
            "bill",
            "2026-03-31",
            json!({}),
            "auto renewal order",
            "has not opted into automatic renewal",
        ),
        (
            "soon",
            "2026-03-10",
            json!({}),
            "drop",
            "has not expired: 2026-03-10 is not before 2026-03-10",
        ),
        (
            "kept",
            "2026-03-09",
            json!({ "do_not_drop": true }),
            "drop",
            "is marked do_not_drop",
        ),
    ];
    let id = app
        .draft(MARCH.0, MARCH.1, &["orders", "auto", "drops"])
        .await;
    for (member, expiration, changes, kind, reason) in cases {
        let member = app.member(member, expiration, changes).await;
        let path = format!("{}/explain/{member}", run_path(&id));
        let told = app.get(&path).await.ok();
        assert_eq!(told["membership_id"], member.as_str());
        let of_kind = told["actions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["type"] == kind);
        let of_kind = of_kind.unwrap();
        assert_eq!(of_kind["eligible"], false, "{member}");
        assert_eq!(
            of_kind["reason"],
            format!("the member {reason}"),
            "{member}"
        );
        assert_eq!(of_kind["action"], Value::Null);
    }
    let life = app.member("life", "2026-03-31", json!({ "expiration_date": null }));
    let path = format!("{}/explain/{}", run_path(&id), life.await);
    for part in app.get(&path).await.ok()["actions"].as_array().unwrap() {
        assert_eq!(part["eligible"], false, "{part}");
        assert_eq!(part["reason"], "the member has no expiration date");
    }
    let fits = app.member("fits", "2026-03-31", json!({})).await;
    app.refresh(&id).await;
    let told = app
        .get(&format!("{}/explain/{fits}", run_path(&id)))
        .await
        .ok();
    let planned = app.actions(&id).await;
    let of = |member: &str| planned.keys().filter(|(id, _)| id == member).count();
    assert_eq!((of("contact:fits"), of("contact:life")), (1, 0));
    assert_eq!(
        (&told["delivery"], &told["charges"]),
        (&json!("live"), &json!("test"))
    );
    assert_eq!(told["actions"][0]["eligible"], true, "{told}");
    assert_eq!(told["actions"][0]["action"]["status"], "pending");
    assert_eq!(told["today"], "2026-03-10");
    assert_eq!(
        app.get(&format!("{}/explain/contact:nobody", run_path(&id)))
            .await
            .status,
        404
    );
    assert_eq!(
        app.get(&run_path("nothing/explain/contact:fits"))
            .await
            .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn restrictions_by_type_package_and_reason_hold() {
    let app = TestApp::with_catalogue().await;
    app.seed::<model::resources::Types>(
        json!({ "id": "student", "name": "S", "customer_type": "contact" }),
    )
    .await;
    app.member("plain", "2026-03-31", json!({})).await;
    app.member("type", "2026-03-31", json!({ "type_id": "student" }))
        .await;
    app.member("pack", "2026-03-31", json!({ "package_id": "calendar" }))
        .await;
    for (flag, list, ids, expected) in [
        (
            "include_only_certain_membership_types",
            "membership_type_ids",
            json!(["student"]),
            "contact:type",
        ),
        (
            "include_only_certain_membership_packages",
            "membership_package_ids",
            json!(["calendar"]),
            "contact:pack",
        ),
    ] {
        let mut body = run_body(MARCH.0, MARCH.1, &["orders"]);
        body["renewal_order_options"][flag] = true.into();
        body["renewal_order_options"][list] = ids;
        let id = create(&app, body).await;
        app.refresh(&id).await;
        let planned: Vec<String> = app
            .actions(&id)
            .await
            .into_keys()
            .map(|(member, _)| member)
            .collect();
        assert_eq!(planned, [expected]);
    }
    let mut body = run_body(MARCH.0, MARCH.1, &["orders"]);
    body["renewal_order_options"]["include_only_certain_membership_types"] = true.into();
    let refused = app.post(&format!("/billingRuns/{TENANT}"), body).await;
    assert_eq!(
        refused.refused_fields(),
        ["/renewal_order_options/membership_type_ids"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_callers_at_once_start_one_execution() {
    let app = TestApp::with_catalogue().await;
    for n in 0..60 {
        app.member(&format!("m{n}"), "2026-03-31", json!({})).await;
    }
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let path = format!("/billingRuns/{TENANT}/refresh/{id}");
    let asked = (0..50).map(|_| app.post(&path, json!({})));
    let answers: Vec<Value> = join_all(asked)
        .await
        .into_iter()
        .map(|answer| answer.ok())
        .collect();
    assert!(
        answers[0]["executionArn"].as_str().unwrap().contains(&id),
        "{}",
        answers[0]
    );
    assert!(answers[0]["start_date"].is_string());
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    let run = app.until(&id, &["ready for execution"]).await;
    assert_eq!(run["statistics"]["renewal_orders"]["pending"], 60);
    assert_eq!(stored(&app, &id).await.get(run::GENERATION), Some(1));
}

/// The run as a crash between the claim and the start leaves it.
async fn claimed_but_not_started(app: &TestApp) -> String {
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let tenant = app.store.tenant().clone();
    overwrite(app, &id, |after| {
        after.set(run::STATUS, RunStatus::Preprocessing);
        billing::claim::claim_execution(&app.core.billing, &tenant, after, Machine::Refresh);
        let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1);
        after.set(run::CLAIMED_AT, long_ago);
    })
    .await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_starts_what_a_crash_left_unstarted() {
    let app = TestApp::with_catalogue().await;
    let id = claimed_but_not_started(&app).await;
    let claimed = stored(&app, &id).await;
    let started = app
        .post(&format!("/billingRuns/{TENANT}/refresh/{id}"), json!({}))
        .await
        .ok();
    assert_eq!(started["executionArn"], claimed.text(run::EXECUTION_ARN));
    let run = app.until(&id, &["ready for execution"]).await;
    assert_eq!(run["statistics"]["all_actions"]["pending"], 1);
    assert_eq!(stored(&app, &id).await.get(run::GENERATION), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheduler_starts_what_a_crash_left_unstarted() {
    let app = TestApp::with_catalogue().await;
    let id = claimed_but_not_started(&app).await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    app.until(&id, &["ready for execution"]).await;
    assert_eq!(stored(&app, &id).await.get(run::GENERATION), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_keeps_history_of_who_went_and_who_came_back() {
    let app = TestApp::with_catalogue().await;
    let moved = app.member("moved", "2026-03-31", json!({})).await;
    let left = app.member("left", "2026-03-31", json!({})).await;
    let out = app.member("out", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    set_action(&app, &id, &out, "excluded").await.ok();
    change_member(&app, &moved, json!({ "expiration_date": "2027-03-31" })).await;
    change_member(&app, &left, json!({ "do_not_renew": true })).await;
    app.refresh(&id).await;
    assert_eq!(
        app.outcome(&id, &moved).await,
        (
            ActionStatus::ExpirationDateChanged,
            "the expiration date moved from 2026-03-31 to 2027-03-31".into()
        )
    );
    assert_eq!(
        app.outcome(&id, &left).await,
        (
            ActionStatus::NoLongerEligible,
            "the member is marked do_not_renew".into()
        )
    );
    assert_eq!(app.outcome(&id, &out).await.0, ActionStatus::Excluded);
    change_member(&app, &moved, json!({ "expiration_date": "2026-03-30" })).await;
    change_member(&app, &left, json!({ "do_not_renew": false })).await;
    app.refresh(&id).await;
    for member in [&moved, &left] {
        assert_eq!(
            app.outcome(&id, member).await,
            (ActionStatus::Pending, String::new())
        );
    }
    let run = app.run(&id).await;
    assert_eq!(run["statistics"]["renewal_orders"]["excluded"], 1);
    assert_eq!(run["statistics"]["renewal_orders"]["pending"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_cannot_be_refreshed() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let run = app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let done = run["id"].as_str().unwrap();
    let dropped = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    set_status(&app, &dropped, "cancelled").await.ok();
    for (id, status) in [(done, "completed"), (dropped.as_str(), "cancelled")] {
        let refused = app
            .post(&format!("/billingRuns/{TENANT}/refresh/{id}"), json!({}))
            .await;
        assert_eq!(
            refused.refused_for(400),
            format!(
                "/status cannot move from {status} to preprocessing: this run cannot be refreshed"
            )
        );
    }
    let missing = app
        .post(&format!("/billingRuns/{TENANT}/refresh/nothing"), json!({}))
        .await;
    assert_eq!(missing.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_changed_in_the_options_reaches_what_is_planned_but_not_what_staff_chose() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let chosen = app.member("b", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&id).await;
    let action = action_id(&app, &id, &chosen).await;
    let patch =
        |path: &str, value: &str| json!([{ "op": "replace", "path": path, "value": value }]);
    let own = patch("/success_notice_id", "card");
    app.patch(&format!("/billingRunActions/{TENANT}/{action}"), own)
        .await
        .ok();
    let options = patch("/renewal_order_options/renewal_order_notice_id", "reminder");
    app.patch(&run_path(&id), options).await.ok();
    app.refresh(&id).await;
    let before = versions(&app, &id).await;
    app.refresh(&id).await;
    assert_eq!(versions(&app, &id).await, before);
    app.execute(&id).await;
    assert_eq!(
        app.mails(),
        ["card for Member b", "reminder for Member a"],
        "{member}"
    );
}
