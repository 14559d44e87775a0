//! Approving a run, and what voids an approval.

use crate::support::{MARCH, bill, create, run_path, set_action, set_status, stored};
use model::Deployment;
use model::resources::billing_run as run;
use model::resources::billing_run_action::ActionStatus;
use serde_json::{Value, json};
use tests::billing::run_body;
use tests::{Call, TENANT, TestApp};

async fn planned(app: &TestApp, switches: &[&str]) -> String {
    let id = app.draft(MARCH.0, MARCH.1, switches).await;
    app.refresh(&id).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_says_who_when_and_which_plan() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = planned(&app, &["orders"]).await;
    let patch = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    app.patch(&run_path(&id), patch).await.ok();
    let approved = stored(&app, &id).await;
    let approval = approved.get(run::APPROVAL).unwrap();
    assert_eq!(approval["by"], "user-1");
    assert_eq!(approval["at"], "2026-03-10T12:00:00.000Z");
    let hash = approval["plan_hash"].as_str().unwrap();
    assert_eq!(hash, approved.text(run::PLAN_HASH));
    assert_eq!(hash.len(), 32);
    let shown = app.run(&id).await;
    assert_eq!(
        (&shown["approval"], &shown["planned_by"]),
        (&approval, &json!("user-1"))
    );
    set_status(&app, &id, "ready for execution").await.ok();
    assert_eq!(stored(&app, &id).await.get(run::APPROVAL), None);
    // The one that is void stays readable beside that which follows.
    set_status(&app, &id, "running").await.ok();
    let ended = app.until(&id, &["completed"]).await;
    let all = ended["approvals"].as_array().unwrap();
    assert_eq!(all.len(), 2, "{ended}");
    assert_eq!(all[0], approval);
    assert_eq!(all[1]["plan_hash"], approval["plan_hash"]);
    assert_eq!(
        (&all[1]["by"], &all[1]["totals"]),
        (&json!("user-1"), &approval["totals"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_execution_needs_its_date_and_a_plan() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let draft = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    for to in [
        "scheduled for execution",
        "running",
        "ready for execution",
        "completed",
        "preprocessing",
    ] {
        let refused = set_status(&app, &draft, to).await.refused(400);
        assert_eq!(
            refused[0],
            ("/status".into(), format!("cannot move from draft to {to}"))
        );
    }
    app.refresh(&draft).await;
    let refused = set_status(&app, &draft, "scheduled for execution").await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .refused_fields()
            .contains(&"/scheduled_run_date".into()),
        "{:?}",
        refused.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pair_of_eyes_is_neither_who_made_nor_who_planned() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "require_second_approver": true }))
        .await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    let refresh = Call::post(&format!("/billingRuns/{TENANT}/refresh/{id}"), json!({}));
    app.send(refresh.by_user("planner")).await.ok();
    app.until(&id, &["ready for execution"]).await;
    let approve = |user: &str| {
        let patch = json!([{ "op": "replace", "path": "/status", "value": "running" }]);
        Call::patch(&run_path(&id), patch).by_user(user)
    };
    for user in ["user-1", "planner"] {
        let refused = app.send(approve(user)).await.refused_for(400);
        assert!(
            refused.contains("require_second_approver"),
            "{user}: {refused}"
        );
    }
    app.send(approve("treasurer")).await.ok();
    let run = app.until(&id, &["completed"]).await;
    assert_eq!(run["statistics"]["renewal_orders"]["successful"], 1);
}

/// A run that looks executed while nobody was charged or mailed is the worst of all.
#[tokio::test(flavor = "multi_thread")]
async fn where_no_provider_is_nothing_that_needs_one_is_approved() {
    let mut app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    app.auto_member("b", "2026-03-31", "tok_good").await;
    let id = planned(&app, &["orders", "auto"]).await;
    app.deploy_as(Deployment::IN_AN_ACCOUNT);
    let refused = app.approve(&id).await.refused(400);
    let said: Vec<&str> = refused.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        said,
        [
            "the run would charge cards, and this deployment has no payment provider",
            "the run would send mail, and this deployment has no mail provider",
        ]
    );
    assert_eq!(app.run(&id).await["status"], "ready for execution");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_mode_off_what_would_mail_or_charge_is_refused_by_its_name() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    app.auto_member("b", "2026-03-31", "tok_good").await;
    app.settings(json!({ "delivery": "off", "charges": "off" }))
        .await;
    let id = planned(&app, &["orders", "auto"]).await;
    let refused = app.approve(&id).await.refused(400);
    let said: Vec<&str> = refused.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        said,
        [
            "the run would charge cards, and the setting charges is off",
            "the run would send mail, and the setting delivery is off",
        ]
    );
    assert_eq!(app.run(&id).await["status"], "ready for execution");
    // Orders without a notice mail nobody.
    let mut silent = run_body(MARCH.0, MARCH.1, &["orders"]);
    silent["renewal_order_options"]
        .as_object_mut()
        .unwrap()
        .remove("renewal_order_notice_id");
    let run = bill(&app, silent).await;
    assert_eq!(
        run["statistics"]["renewal_orders"]["successful"], 1,
        "{run}"
    );
    assert!(app.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_anything_to_do_is_not_approved() {
    let app = TestApp::with_catalogue().await;
    let id = planned(&app, &["orders"]).await;
    let refused = app.approve(&id).await.refused_for(400);
    assert_eq!(refused, "/status the run has no pending action to execute");
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.refresh(&id).await;
    set_action(&app, &id, &member, "excluded").await.ok();
    assert_eq!(app.approve(&id).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_what_was_planned_makes_the_run_a_draft_again() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    for (path, value, falls) in [
        ("/name", json!("Other"), false),
        ("/notification_email", json!("staff@example.org"), false),
        ("/batch_id", json!("2026-03"), true),
        (
            "/renewal_order_options/expiration_date_range_end",
            json!("2026-03-30"),
            true,
        ),
        ("/generate_renewal_notices", json!(false), false),
    ] {
        let id = planned(&app, &["orders"]).await;
        let patch = json!([
            { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
            { "op": "replace", "path": "/status", "value": "scheduled for execution" },
        ]);
        app.patch(&run_path(&id), patch).await.ok();
        let edit = json!([{ "op": "add", "path": path, "value": value }]);
        let run = app.patch(&run_path(&id), edit).await.ok();
        let expected = if falls {
            "draft"
        } else {
            "scheduled for execution"
        };
        assert_eq!(run["status"], expected, "{path}");
        assert_eq!(stored(&app, &id).await.has(run::APPROVAL), !falls, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_move_to_execution_do_not_go_together() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = planned(&app, &["orders"]).await;
    let both = |status: &str| {
        json!([
            { "op": "add", "path": "/batch_id", "value": "other" },
            { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
            { "op": "replace", "path": "/status", "value": status },
        ])
    };
    for status in ["running", "scheduled for execution"] {
        let refused = app.patch(&run_path(&id), both(status)).await.refused(400);
        assert!(
            refused[0].1.contains("changed and approved at once"),
            "{refused:?}"
        );
    }
    let patch = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    app.patch(&run_path(&id), patch).await.ok();
    let refused = app
        .patch(&run_path(&id), both("ready for execution"))
        .await
        .refused(400);
    assert!(
        refused[0]
            .1
            .contains("changed and made ready for execution at once"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_differs_from_the_approved_one_goes_back_to_review() {
    let app = TestApp::with_catalogue().await;
    let out = app.member("out", "2026-03-31", json!({})).await;
    app.member("in", "2026-03-31", json!({})).await;
    let id = planned(&app, &["orders"]).await;
    let patch = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-20T08:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    app.patch(&run_path(&id), patch).await.ok();
    set_action(&app, &id, &out, "excluded").await.ok();
    app.set_today("2026-03-21").await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let run = app.until(&id, &["ready for execution"]).await;
    assert!(
        run["error"]
            .as_str()
            .unwrap()
            .contains("differs from the one that was approved"),
        "{run}"
    );
    assert_eq!(
        app.outcome(&id, "contact:in").await.0,
        ActionStatus::Pending
    );
    assert!(
        !stored(&app, &id).await.is(run::EVER_CLAIMED),
        "nothing was worked"
    );
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(run["error"], Value::Null);
    assert_eq!(run["statistics"]["renewal_orders"]["successful"], 1);
    assert_eq!(app.outcome(&id, &out).await.0, ActionStatus::Excluded);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_after_a_failure_asks_for_planning_again() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = planned(&app, &["orders"]).await;
    crate::support::overwrite(&app, &id, |after| {
        after.set(run::STATUS, run::RunStatus::Running);
    })
    .await;
    crate::support::overwrite(&app, &id, |after| {
        after.set(run::STATUS, run::RunStatus::Error);
    })
    .await;
    let edit = json!([{ "op": "add", "path": "/batch_id", "value": "other" }]);
    app.patch(&run_path(&id), edit).await.ok();
    let refused = set_status(&app, &id, "ready for execution")
        .await
        .refused_for(400);
    assert_eq!(
        refused,
        "/status planning did not complete: refresh the run"
    );
    app.refresh(&id).await;
    assert_eq!(app.execute(&id).await["status"], "completed");
    let order = app.orders("contact:a").await.remove(0);
    assert_eq!(order["batch_id"], "other");
}

#[tokio::test(flavor = "multi_thread")]
async fn approving_twice_executes_once() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let id = create(&app, run_body(MARCH.0, MARCH.1, &["orders"])).await;
    app.refresh(&id).await;
    let (one, two) = tokio::join!(app.approve(&id), app.approve(&id));
    let statuses = [one.status, two.status];
    assert!(statuses.contains(&200), "{statuses:?}");
    app.until(&id, &["completed"]).await;
    assert_eq!(app.orders(&member).await.len(), 1);
}

/// Otherwise who may not approve could make somebody else of who planned.
#[tokio::test(flavor = "multi_thread")]
async fn not_even_an_admin_rewrites_who_planned_and_approved() {
    let app = TestApp::with_catalogue().await;
    app.member("a", "2026-03-31", json!({})).await;
    let id = app.bill(MARCH.0, MARCH.1, &["orders"]).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for (field, value) in [
        ("planned_by", json!("somebody")),
        ("approval", json!({ "by": "somebody" })),
        ("approvals", json!([])),
    ] {
        let patch = json!([{ "op": "add", "path": format!("/{field}"), "value": value }]);
        let call = Call::patch(&run_path(&id), patch).scopes("admin");
        let refused = app.send(call).await.refused_for(400);
        assert!(refused.starts_with(&format!("/{field} ")), "{refused}");
    }
}
