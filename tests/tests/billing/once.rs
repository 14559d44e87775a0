//! Nobody is billed twice, whichever runs meet.

use crate::support::{
    MARCH, bill, change_member, create, reminders, set_action, until_charge_is_unknown,
    with_late_gateway,
};
use model::resources::billing_run_action::{self as action, ActionStatus};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tests::billing::run_body;
use tests::records::with;
use tests::{Answer, Call, TENANT, TestApp};

async fn void(app: &TestApp, order: &Value) -> Answer {
    let id = order["id"].as_str().expect("a text");
    app.post(&format!("/orders/{TENANT}/{id}/void"), json!({}))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_bill_charge_and_remind_each_member_once() {
    let app = TestApp::with_catalogue().await;
    app.template("spring", json!({})).await;
    for n in 0..8 {
        app.member(&format!("bill{n}"), "2026-03-31", json!({}))
            .await;
        app.auto_member(&format!("auto{n}"), "2026-03-31", "tok_good")
            .await;
        let owes = json!({ "billed": true });
        app.member(&format!("owes{n}"), "2026-04-15", owes).await;
    }
    let series = reminders("renewal", &[(1, "2026-04-01", "2026-04-30")]);
    let both = with(run_body(MARCH.0, MARCH.1, &["orders", "auto"]), series);
    let both = with(both, json!({ "template_id": "spring" }));
    let (one, two) = (create(&app, both.clone()).await, create(&app, both).await);
    app.refresh(&one).await;
    app.refresh(&two).await;
    let (first, second) = tokio::join!(app.execute(&one), app.execute(&two));
    let done = |name: &str| {
        let of = |run: &Value| run["statistics"][name]["successful"].as_u64().unwrap();
        of(&first) + of(&second)
    };
    assert_eq!(
        (&first["status"], &second["status"]),
        (&json!("completed"), &json!("completed"))
    );
    for run in [&one, &two] {
        let actions = app.actions(run).await.into_values();
        let failed: Vec<String> = actions
            .filter(|record| record.get(action::STATUS) == Some(ActionStatus::Error))
            .map(|record| {
                format!(
                    "{} {}",
                    record.text(action::ERROR_MESSAGE),
                    record.text(action::ERROR_STACK)
                )
            })
            .collect();
        assert_eq!(failed, Vec::<String>::new());
    }
    for name in ["renewal_orders", "auto_renewals", "renewal_reminders"] {
        assert_eq!(done(name), 8, "{name}: {first} {second}");
    }
    for n in 0..8 {
        assert_eq!(app.orders(&format!("contact:bill{n}")).await.len(), 1);
        let paid = app.orders(&format!("contact:auto{n}")).await;
        assert_eq!(paid.len(), 1);
        assert_eq!(paid[0]["payments"].as_array().map(Vec::len), Some(1));
    }
    assert_eq!(app.mails().len(), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_of_unknown_outcome_is_asked_about_and_not_repeated() {
    let (app, gateway) = with_late_gateway().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let first = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
    app.refresh(&first).await;
    app.approve(&first).await.ok();
    until_charge_is_unknown(&app, &member).await;
    assert_eq!(
        app.outcome(&first, &member).await.0,
        ActionStatus::ProcessingOrder
    );
    let second = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
    app.refresh(&second).await;
    assert_eq!(app.outcome(&second, &member).await.0, ActionStatus::Pending);
    app.approve(&second).await.ok();
    let refused = void(&app, &app.orders(&member).await[0]).await;
    assert_eq!(refused.status, 409, "{:?}", refused.body);
    gateway.answers.store(true, Ordering::SeqCst);
    let over = ["completed"];
    let (one, two) = tokio::join!(app.until(&first, &over), app.until(&second, &over));
    let successes = [&one, &two].map(|run| {
        run["statistics"]["auto_renewals"]["successful"]
            .as_u64()
            .unwrap()
    });
    assert_eq!(successes.iter().sum::<u64>(), 1, "{one} {two}");
    assert_eq!(gateway.creates.load(Ordering::SeqCst), 1);
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["balance_due"].to_string(), "0.00");
    assert_eq!(orders[0]["payments"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
}

/// The claim of a member's one order, which nobody waits for any more since a
/// day and longer.
async fn neglect(app: &TestApp, order: &Value) {
    let billing = app
        .core
        .billing
        .for_tenant(app.store.tenant(), "user-1", "test");
    let billing = billing.await.expect("is there");
    loop {
        let open = billing
            .order(order["id"].as_str().expect("is there"))
            .await
            .expect("is there");
        let mut old = open.value.clone();
        let claim = old.claim.as_mut().expect("is there");
        claim.unknown_since = Some("2026-01-01T00:00:00Z".parse().expect("is there"));
        claim.held_until = jiff::Timestamp::UNIX_EPOCH;
        if app
            .store
            .put(&open.with(old))
            .await
            .expect("is there")
            .is_some()
        {
            return;
        }
    }
}

/// A run that has given up a charge of unknown outcome, and the order.
async fn given_up(app: &TestApp, member: &str) -> (String, Value) {
    let id = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
    app.refresh(&id).await;
    app.approve(&id).await.ok();
    let mut order = json!({});
    for _ in 0..500 {
        order = app.orders(member).await.pop().unwrap_or_default();
        if order["charge"]["state"] == "unknown" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    neglect(app, &order).await;
    app.until(&id, &["completed"]).await;
    let (status, why) = app.outcome(&id, member).await;
    assert_eq!(status, ActionStatus::Error, "{why}");
    assert!(why.starts_with("payment outcome unknown"), "{why}");
    (id, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_given_up_is_tried_again_once_the_provider_has_told_anybody() {
    let (app, gateway) = with_late_gateway().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let (id, order) = given_up(&app, &member).await;
    let refused = set_action(&app, &id, &member, "pending").await;
    assert!(
        refused.refused_for(400).contains("has told the outcome"),
        "nobody knows yet"
    );
    assert_eq!(void(&app, &order).await.status, 409, "nor now");
    gateway.answers.store(true, Ordering::SeqCst);
    // Staff want to void it; the provider is asked first, and it was charged.
    assert_eq!(void(&app, &order).await.status, 409);
    let paid = app.orders(&member).await.remove(0);
    assert_eq!(
        (&paid["status"], &paid["charge"]["state"]),
        (&json!("completed"), &json!("succeeded"))
    );
    let renewed = app.membership(&member).await;
    assert_eq!(renewed["expiration_date"], "2027-03-31");
    set_action(&app, &id, &member, "pending").await.ok();
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed");
    assert_eq!(
        app.outcome(&id, &member).await.0,
        ActionStatus::ExpirationDateChanged
    );
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
    assert_eq!(app.orders(&member).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_given_up_that_was_refused_can_be_paid_voided_or_tried_again() {
    let (app, gateway) = with_late_gateway().await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let (id, order) = given_up(&app, &member).await;
    gateway.answers.store(true, Ordering::SeqCst);
    let path = format!(
        "/orders/{TENANT}/{}/payments",
        order["id"].as_str().unwrap()
    );
    let cash = json!({ "id": "c", "type": "cash", "amount": 0.5 });
    app.post(&path, cash).await.ok();
    let open = app.orders(&member).await.remove(0);
    assert_eq!(open["charge"]["state"], "declined");
    app.set_today("2026-03-13").await;
    set_action(&app, &id, &member, "pending").await.ok();
    app.execute(&id).await;
    assert_eq!(
        app.outcome(&id, &member).await,
        (
            ActionStatus::PaymentFailure,
            "payment refused: card declined".into()
        )
    );
    let tried = app.orders(&member).await.remove(0);
    assert_eq!(tried["charge"]["attempt"], 2);
    assert_eq!(gateway.creates.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_run_that_meets_a_charge_given_up_settles_it() {
    let (app, gateway) = with_late_gateway().await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let (id, _) = given_up(&app, &member).await;
    gateway.answers.store(true, Ordering::SeqCst);
    let next = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    assert_eq!(
        next["statistics"]["auto_renewals"]["successful"], 1,
        "{next}"
    );
    set_action(&app, &id, &member, "pending").await.ok();
    app.execute(&id).await;
    assert_eq!(
        app.outcome(&id, &member).await.0,
        ActionStatus::ExpirationDateChanged
    );
    let paid = app.orders(&member).await.remove(0);
    assert_eq!(paid["payments"].as_array().map(Vec::len), Some(1));
    assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_learn_of_a_charge_ends_the_action_that_waits_for_it() {
    for (token, ends) in [
        ("tok_good", ActionStatus::Completed),
        ("tok_declined", ActionStatus::PaymentFailure),
    ] {
        let (app, gateway) = with_late_gateway().await;
        let member = app.auto_member("a", "2026-03-31", token).await;
        let id = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
        app.refresh(&id).await;
        app.approve(&id).await.ok();
        let mut order = json!({});
        while order["charge"]["state"] != "unknown" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            order = app.orders(&member).await.pop().unwrap_or_default();
        }
        // The worker's lease has ended, and the worker still waits for the provider.
        let billing = app
            .core
            .billing
            .for_tenant(app.store.tenant(), "user-1", "test");
        let billing = billing.await.unwrap();
        loop {
            let open = billing.order(order["id"].as_str().unwrap()).await.unwrap();
            let mut left = open.value.clone();
            left.claim.as_mut().unwrap().held_until = jiff::Timestamp::UNIX_EPOCH;
            if app.store.put(&open.with(left)).await.unwrap().is_some() {
                break;
            }
        }
        gateway.answers.store(true, Ordering::SeqCst);
        let path = format!(
            "/orders/{TENANT}/{}/payments",
            order["id"].as_str().unwrap()
        );
        let cheque = json!({ "id": "c", "type": "check", "amount": 1 });
        app.post(&path, cheque).await;
        app.until(&id, &["completed"]).await;
        assert_eq!(app.outcome(&id, &member).await.0, ends);
        assert_eq!(app.mails().len(), 1);
        assert_eq!(gateway.confirms.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn correcting_the_expiration_date_bills_no_second_time() {
    let app = TestApp::with_catalogue().await;
    let day = app.member("day", "2026-03-31", json!({})).await;
    let year = app.member("year", "2026-03-31", json!({})).await;
    let auto = app.auto_member("auto", "2026-03-31", "tok_good").await;
    app.bill(MARCH.0, MARCH.1, &["orders", "auto"]).await;
    change_member(&app, &day, json!({ "expiration_date": "2026-04-01" })).await;
    change_member(&app, &year, json!({ "expiration_date": "2027-03-31" })).await;
    // Charged for the term through 2027-03-31; the date is then put back by hand.
    change_member(&app, &auto, json!({ "expiration_date": "2026-04-01" })).await;
    let body = run_body("2026-03-01", "2027-12-31", &["orders", "auto"]);
    let id = create(&app, body).await;
    app.refresh(&id).await;
    let planned = app.run(&id).await;
    assert_eq!(
        planned["statistics"]["all_actions"]["total"], 1,
        "{planned}"
    );
    let actions = app.actions(&id).await;
    let planned = actions.keys().next().map(|(member, _)| member);
    assert_eq!(planned, Some(&year), "a year on, another term is coming");
    for member in [&day, &year, &auto] {
        assert_eq!(app.orders(member).await.len(), 1, "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_made_after_planning_is_met_at_execution() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    let late = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&late).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let run = app.execute(&late).await;
    assert_eq!(run["status"], "completed");
    let order = app.orders(&member).await.remove(0);
    let (status, why) = app.outcome(&late, &member).await;
    assert_eq!(status, ActionStatus::NoLongerEligible);
    assert_eq!(
        why,
        format!(
            "the member has an open renewal order, {}",
            order["id"].as_str().unwrap()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn voiding_opens_the_term_for_one_more_order() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let first = app.orders(&member).await.remove(0);
    let gone = void(&app, &first).await.ok();
    assert_eq!(gone["status"], "void");
    assert_eq!(gone["balance_due"].to_string(), "0");
    assert_eq!(
        void(&app, &first).await.ok(),
        gone,
        "voiding again changes nothing"
    );
    let stored = app.membership(&member).await;
    assert_eq!(stored["billed"], false, "{stored}");
    assert_eq!(stored["order_status"], "void");
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let third = app.draft(MARCH.0, MARCH.1, &["orders"]).await;
    app.refresh(&third).await;
    assert!(app.actions(&third).await.is_empty());
    let orders = app.orders(&member).await;
    let open = orders
        .iter()
        .filter(|order| order["status"] != "void")
        .count();
    assert_eq!((orders.len(), open), (2, 1));
    assert_eq!(app.membership(&member).await["billed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_been_paid_is_not_voided() {
    let app = TestApp::with_catalogue().await;
    let part = app.member("part", "2026-03-31", json!({})).await;
    let charged = app.auto_member("charged", "2026-03-31", "tok_good").await;
    let declined = app
        .auto_member("declined", "2026-03-31", "tok_declined")
        .await;
    app.bill(MARCH.0, MARCH.1, &["orders", "auto"]).await;
    let order = app.orders(&part).await.remove(0);
    let path = format!(
        "/orders/{TENANT}/{}/payments",
        order["id"].as_str().unwrap()
    );
    app.post(&path, json!({ "id": "p-1", "type": "cash", "amount": 1 }))
        .await
        .ok();
    for member in [&part, &charged] {
        let order = app.orders(member).await.remove(0);
        let refused = void(&app, &order).await.refused_for(409);
        assert!(refused.contains("it cannot be voided"), "{refused}");
        assert_eq!(app.orders(member).await[0], app_order(&app, &order).await);
    }
    let order = app.orders(&declined).await.remove(0);
    assert_eq!(
        void(&app, &order).await.ok()["status"],
        "void",
        "a refused charge is no money"
    );
}

async fn app_order(app: &TestApp, order: &Value) -> Value {
    app.get(&format!(
        "/orders/{TENANT}/{}",
        order["id"].as_str().expect("a text")
    ))
    .await
    .ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_renewal_pays_the_open_order() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let card = json!({ "renew_automatically": true, "renewal_payment_info": { "payment_account": "tok_good" } });
    change_member(&app, &member, card).await;
    let run = bill(&app, run_body(MARCH.0, MARCH.1, &["orders", "auto"])).await;
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 1, "{run}");
    assert_eq!(run["statistics"]["renewal_orders"]["total"], 0, "{run}");
    let orders = app.orders(&member).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["charge"]["attempt"], 1);
    let stored = app.membership(&member).await;
    assert_eq!(stored["expiration_date"], "2027-03-31");
    assert_eq!(stored["bill_method"], "auto renewal order");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_voided_an_order_and_why_stays_with_it() {
    let app = TestApp::with_catalogue().await;
    let member = app.member("a", "2026-03-31", json!({})).await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = app.orders(&member).await.remove(0);
    assert_eq!(order["voided_by_id"], Value::Null, "{order}");
    let id = order["id"].as_str().expect("a text");
    let body = json!({ "reason": "the wrong year" });
    let call = Call::post(&format!("/orders/{TENANT}/{id}/void"), body);
    let void = app.send(call.by_user("ann")).await.ok();
    assert_eq!(
        (&void["voided_by_id"], &void["void_reason"]),
        (&json!("ann"), &json!("the wrong year"))
    );
    let stored = app.orders(&member).await.remove(0);
    assert_eq!(stored["void_reason"], "the wrong year");
}
