//! What staff do to single actions, and to a run that is under way.

use crate::support::{
    MARCH, action_id, change_member, create, reminders, run_path, set_action, set_status, stored,
    with_late_gateway,
};
use model::resources::StatusReasons;
use model::resources::billing_run as run;
use model::resources::billing_run_action::{self as action, ActionStatus};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;
use tests::records::with;

async fn planned(app: &TestApp, switches: &[&str]) -> String {
    let id = app.draft(MARCH.0, MARCH.1, switches).await;
    app.refresh(&id).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn excluded_members_are_left_alone_and_can_be_brought_back() {
    let app = TestApp::with_catalogue().await;
    for id in ["a", "b", "c"] {
        app.member(id, "2026-03-31", json!({})).await;
    }
    let id = planned(&app, &["orders"]).await;
    set_action(&app, &id, "contact:a", "excluded").await.ok();
    let mut operations = Vec::new();
    for member in ["contact:b", "contact:c"] {
        operations.push(
            json!({ "operation": "patch", "id": action_id(&app, &id, member).await,
            "patch_directives": [{ "op": "replace", "path": "/status", "value": "excluded" }] }),
        );
    }
    let batch = json!({ "operations": operations });
    let path = format!("/billingRunActions/{TENANT}/batch");
    assert_eq!(app.post(&path, batch).await.ok()["success_count"], 2);
    assert_eq!(app.approve(&id).await.status, 400, "nothing is left");
    set_action(&app, &id, "contact:b", "pending").await.ok();
    app.refresh(&id).await;
    assert_eq!(
        app.outcome(&id, "contact:a").await.0,
        ActionStatus::Excluded
    );
    let run = app.execute(&id).await;
    assert_eq!(run["statistics"]["renewal_orders"]["successful"], 1);
    assert_eq!(run["statistics"]["renewal_orders"]["excluded"], 2);
    assert!(app.orders("contact:a").await.is_empty());
    assert_eq!(app.orders("contact:b").await.len(), 1);
    let late = set_action(&app, &id, "contact:a", "pending")
        .await
        .refused_for(400);
    assert_eq!(
        late,
        "/status cannot move from excluded to pending while the run is completed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_card_is_tried_again_once_staff_say_so() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    app.auto_member("b", "2026-03-31", "tok_good").await;
    let id = planned(&app, &["auto"]).await;
    app.execute(&id).await;
    assert_eq!(
        app.outcome(&id, &member).await.0,
        ActionStatus::PaymentFailure
    );
    change_member(
        &app,
        &member,
        json!({ "renewal_payment_info": { "payment_account": "tok_good" } }),
    )
    .await;
    let refused = set_status(&app, &id, "ready for execution").await;
    assert_eq!(
        refused.status, 400,
        "a completed run is opened by its actions alone"
    );
    set_action(&app, &id, &member, "pending").await.ok();
    assert_eq!(app.run(&id).await["status"], "ready for execution");
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed");
    assert_eq!(
        app.outcome(&id, &member).await,
        (ActionStatus::Completed, String::new())
    );
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 2, "{run}");
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["charge"]["attempt"], 2);
    assert_eq!(orders[0]["charge"]["state"], "succeeded");
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
    assert_eq!(
        app.orders("contact:b").await[0]["charge"]["attempt"],
        1,
        "only the failed one is worked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_tried_again_and_a_second_refusal_is_one_again() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    change_member(&app, &member, json!({ "sys_locked": true })).await;
    let declined = app.auto_member("b", "2026-03-31", "tok_declined").await;
    let id = planned(&app, &["orders", "auto"]).await;
    app.execute(&id).await;
    let (status, why) = app.outcome(&id, &member).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::Error,
            "locked: the membership may not be changed (sys_locked)"
        )
    );
    change_member(&app, &member, json!({ "sys_locked": false })).await;
    app.set_today("2026-03-13").await;
    set_action(&app, &id, &member, "pending").await.ok();
    set_action(&app, &id, &declined, "pending").await.ok();
    // Planning has not priced what it saw locked, so that is planned before it is billed.
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed");
    let (status, why) = app.outcome(&id, &member).await;
    let unpriced = "no amount was approved, now 90.50: plan the run again";
    assert_eq!((status, why.as_str()), (ActionStatus::Error, unpriced));
    set_action(&app, &id, &member, "pending").await.ok();
    app.refresh(&id).await;
    app.execute(&id).await;
    assert_eq!(app.outcome(&id, &member).await.0, ActionStatus::Completed);
    let (status, why) = app.outcome(&id, &declined).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::PaymentFailure,
            "payment refused: card declined"
        )
    );
    assert_eq!(app.orders(&declined).await[0]["charge"]["attempt"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_refused_twice_is_told_of_twice() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let id = planned(&app, &["auto"]).await;
    app.execute(&id).await;
    assert_eq!(app.mails(), ["refused for Member a"]);
    app.set_today("2026-03-20").await;
    set_action(&app, &id, &member, "pending").await.ok();
    app.execute(&id).await;
    let (status, why) = app.outcome(&id, &member).await;
    assert_eq!(
        (status, why.as_str()),
        (
            ActionStatus::PaymentFailure,
            "payment refused: card declined"
        )
    );
    assert_eq!(app.mails(), ["refused for Member a"; 2]);
}

/// The run's reminder has given the member another status reason than the one
/// by which the run chose them.
#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_the_run_has_given_keeps_nobody_from_another_try() {
    let app = TestApp::with_catalogue().await;
    for id in ["regular", "warned", "hardship"] {
        let reason = json!({ "id": id, "name": id, "applies_to": "active", "priority": 1 });
        app.seed::<StatusReasons>(reason).await;
    }
    let chosen =
        json!({ "include_only_certain_status_reasons": true, "status_reason_ids": ["regular"] });
    let mut body = with(
        run_body(MARCH.0, MARCH.1, &["auto"]),
        reminders("auto", &[(1, MARCH.0, MARCH.1)]),
    );
    body["auto_renewal_options"] = with(body["auto_renewal_options"].clone(), chosen);
    body["auto_renewal_reminder_options"]["new_status_reason_id"] = "warned".into();
    for (name, reason, outcome) in [
        ("a", "warned", ActionStatus::Completed),
        ("b", "hardship", ActionStatus::NoLongerEligible),
    ] {
        let member = app.auto_member(name, "2026-03-31", "tok_declined").await;
        change_member(&app, &member, json!({ "status_reason_id": "regular" })).await;
        let id = create(&app, body.clone()).await;
        app.refresh(&id).await;
        app.execute(&id).await;
        let status = |actions: &BTreeMap<(String, String), model::Record>| {
            let key = (member.clone(), "auto renewal order".to_owned());
            actions[&key].get(action::STATUS)
        };
        let refused = app.actions(&id).await;
        assert_eq!(status(&refused), Some(ActionStatus::PaymentFailure));
        assert_eq!(app.membership(&member).await["status_reason_id"], "warned");
        let mended = json!({ "status_reason_id": reason,
            "renewal_payment_info": { "payment_account": "tok_good" } });
        change_member(&app, &member, mended).await;
        let key = (member.clone(), "auto renewal order".to_owned());
        let path = format!(
            "/billingRunActions/{TENANT}/{}",
            refused[&key].text(model::resource::ID_FIELD)
        );
        let again = json!([{ "op": "replace", "path": "/status", "value": "pending" }]);
        app.patch(&path, again).await.ok();
        app.execute(&id).await;
        assert_eq!(status(&app.actions(&id).await), Some(outcome), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_what_was_paid_otherwise_charges_nothing() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let id = planned(&app, &["auto"]).await;
    app.execute(&id).await;
    let order = app.orders(&member).await.remove(0);
    let path = format!(
        "/orders/{TENANT}/{}/payments",
        order["id"].as_str().unwrap()
    );
    app.post(
        &path,
        json!({ "id": "c-1", "type": "check", "amount": 90.50 }),
    )
    .await
    .ok();
    set_action(&app, &id, &member, "pending").await.ok();
    app.execute(&id).await;
    assert_eq!(
        app.outcome(&id, &member).await.0,
        ActionStatus::ExpirationDateChanged
    );
    let order = app.orders(&member).await.remove(0);
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(1));
    assert_eq!(order["charge"]["state"], "declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_stops_the_run_and_undoes_nothing() {
    let (app, gateway) = with_late_gateway().await;
    let silent = app.auto_member("a", "2026-03-31", "tok_good").await;
    let id = planned(&app, &["auto"]).await;
    app.approve(&id).await.ok();
    for _ in 0..500 {
        if !app.orders(&silent).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let generation = stored(&app, &id).await.get(run::GENERATION).unwrap();
    let cancelled = set_status(&app, &id, "cancelled").await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    assert!(stored(&app, &id).await.get(run::GENERATION).unwrap() > generation);
    for to in ["draft", "ready for execution", "running"] {
        let refused = set_status(&app, &id, to).await.refused(400);
        assert_eq!(refused[0].1, format!("cannot move from cancelled to {to}"));
    }
    let order = app.orders(&silent).await.remove(0);
    assert_eq!(order["status"], "awaiting payment", "nothing is voided");
    // Another run asks about the charge; it is settled once.
    let next = planned(&app, &["auto"]).await;
    app.approve(&next).await.ok();
    gateway.answers.store(true, Ordering::SeqCst);
    app.until(&next, &["completed"]).await;
    let paid = app.orders(&silent).await.remove(0);
    assert_eq!(paid["status"], "completed");
    assert_eq!(paid["payments"].as_array().map(Vec::len), Some(1));
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
    assert_eq!(app.run(&id).await["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statistics_of_a_cancelled_run_are_what_it_has_come_to() {
    let (app, gateway) = with_late_gateway().await;
    let silent = app.auto_member("a", "2026-03-31", "tok_good").await;
    for n in 0..30 {
        app.member(&format!("m{n}"), "2026-03-31", json!({})).await;
    }
    let id = planned(&app, &["orders", "auto"]).await;
    app.approve(&id).await.ok();
    for _ in 0..500 {
        if !app.orders(&silent).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    set_status(&app, &id, "cancelled").await.ok();
    gateway.answers.store(true, Ordering::SeqCst);
    let mut counted = (Value::Null, Value::Null);
    for _ in 0..100 {
        let open = |record: &model::Record| {
            let status = record.get(model::resources::billing_run_action::STATUS);
            status.is_some_and(|status: ActionStatus| !status.is_settled())
        };
        let (actions, run) = (app.actions(&id).await, app.run(&id).await);
        let open = actions.values().filter(|record| open(record)).count();
        let all = &run["statistics"]["all_actions"];
        let told = all["pending"].as_u64().unwrap() + all["processing"].as_u64().unwrap();
        counted = (told.into(), open.into());
        if counted.0 == counted.1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(counted.0, counted.1);
    let all = &app.run(&id).await["statistics"]["all_actions"];
    assert_eq!(all["total"], 31, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_before_execution_leaves_what_was_planned_pending() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let id = planned(&app, &["orders"]).await;
    let generation = stored(&app, &id).await.get(run::GENERATION).unwrap();
    set_status(&app, &id, "cancelled").await.ok();
    assert_eq!(
        stored(&app, &id).await.get(run::GENERATION),
        Some(generation + 1)
    );
    assert_eq!(app.outcome(&id, &member).await.0, ActionStatus::Pending);
    assert!(app.orders(&member).await.is_empty());
    let refused = set_action(&app, &id, &member, "excluded")
        .await
        .refused_for(400);
    assert_eq!(
        refused,
        "/status cannot move from pending to excluded while the run is cancelled"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_run_works_only_its_end_and_its_mail_can_be_changed() {
    let (app, gateway) = with_late_gateway().await;
    app.auto_member("a", "2026-03-31", "tok_good").await;
    let id = planned(&app, &["auto"]).await;
    app.approve(&id).await.ok();
    let edit = |path: &str, value: Value| json!([{ "op": "add", "path": path, "value": value }]);
    for (path, value) in [
        ("/name", json!("Other")),
        ("/batch_id", json!("b")),
        ("/scheduled_run_date", json!("2026-04-01T00:00:00Z")),
        (
            "/auto_renewal_options/expiration_date_range_end",
            json!("2026-05-01"),
        ),
    ] {
        let refused = app.patch(&run_path(&id), edit(path, value)).await;
        assert_eq!(refused.status, 400, "{path}");
        let field = format!("/{}", path.split('/').nth(1).unwrap());
        assert!(
            refused.refused_fields().contains(&field),
            "{:?}",
            refused.body
        );
    }
    let told = app
        .patch(
            &run_path(&id),
            edit("/notification_email", json!("a@example.org")),
        )
        .await;
    assert_eq!(told.status, 200, "{:?}", told.body);
    for to in ["draft", "completed", "ready for execution", "error"] {
        let refused = set_status(&app, &id, to).await.refused(400);
        assert_eq!(refused[0].1, format!("cannot move from running to {to}"));
    }
    assert_eq!(
        app.send(tests::Call::delete(&run_path(&id))).await.status,
        409
    );
    gateway.answers.store(true, Ordering::SeqCst);
    app.until(&id, &["completed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_goes_on_in_a_next_generation_keeps_its_approval() {
    let (app, gateway) = with_late_gateway().await;
    app.auto_member("a", "2026-03-31", "tok_good").await;
    let moved = app.auto_member("moved", "2026-03-31", "tok_good").await;
    let id = planned(&app, &["auto"]).await;
    change_member(&app, &moved, json!({ "expiration_date": "2026-03-30" })).await;
    app.approve(&id).await.ok();
    for _ in 0..500 {
        if app.outcome(&id, &moved).await.0 == ActionStatus::ExpirationDateChanged {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let generation = stored(&app, &id).await.get(run::GENERATION).unwrap();
    let billing = app
        .core
        .billing
        .for_tenant(app.store.tenant(), "billing", "test")
        .await
        .unwrap();
    // As an execution does that has used up its passes.
    assert!(
        billing::execute::finish(&billing, &id, generation)
            .await
            .unwrap()
    );
    gateway.answers.store(true, Ordering::SeqCst);
    let run = app
        .until(&id, &["completed", "ready for execution", "error"])
        .await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 1);
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
}
