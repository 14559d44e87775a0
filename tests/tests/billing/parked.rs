//! What fails for one member ends one action and no other.

use crate::support::{
    MARCH, bill, change_member, create, reminders, set_action, with_late_gateway,
    with_troubled_mailer,
};
use model::resources::billing_run_action::ActionStatus;
use model::resources::{BillingNotices, Contacts, Organizations};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tests::TestApp;
use tests::billing::run_body;
use tests::import;

#[tokio::test(flavor = "multi_thread")]
async fn a_mailer_that_panics_for_one_of_a_hundred_stops_nobody_else() {
    let (app, _) = with_troubled_mailer("m57@").await;
    for n in 0..100 {
        app.member(&format!("m{n}"), "2026-03-31", json!({})).await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["notices"]).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(run["statistics"]["renewal_notices"]["successful"], 99);
    assert_eq!(run["statistics"]["renewal_notices"]["error"], 1);
    let id = run["id"].as_str().unwrap();
    let (status, why) = app.outcome(id, "contact:m57").await;
    assert_eq!(status, ActionStatus::Error);
    assert_eq!(
        why,
        "a defect of ours stopped this action; what it had done is kept"
    );
    assert_eq!(app.mails().len(), 99);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_panics_for_one_card_stops_no_other() {
    let (app, gateway) = with_late_gateway().await;
    gateway.answers.store(true, Ordering::SeqCst);
    app.auto_member("bad", "2026-03-31", "tok_panic").await;
    for n in 0..5 {
        app.auto_member(&format!("m{n}"), "2026-03-31", "tok_good")
            .await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    assert_eq!(run["statistics"]["auto_renewals"]["successful"], 5, "{run}");
    assert_eq!(run["statistics"]["auto_renewals"]["error"], 1, "{run}");
    let order = app.orders("contact:bad").await.remove(0);
    assert_eq!(order["charge"]["state"], "open");
    // Tried again, it is the same order.
    let id = run["id"].as_str().unwrap();
    set_action(&app, id, "contact:bad", "pending").await.ok();
    app.execute(id).await;
    assert_eq!(app.outcome(id, "contact:bad").await.0, ActionStatus::Error);
    assert_eq!(app.orders("contact:bad").await.len(), 1);
    // While the claim may be alive a cheque has to wait; then it settles the order.
    let order_id = order["id"].as_str().unwrap();
    let path = format!("/orders/acme/{order_id}/payments");
    let cheque = json!({ "id": "c-1", "type": "check", "amount": 90.50 });
    assert_eq!(app.post(&path, cheque.clone()).await.status, 409);
    let billing = app
        .core
        .billing
        .for_tenant(app.store.tenant(), "user-1", "test");
    let held = billing.await.unwrap().order(order_id).await.unwrap();
    let mut left = held.value.clone();
    left.claim.as_mut().unwrap().held_until = jiff::Timestamp::UNIX_EPOCH;
    app.store.put(&held.with(left)).await.unwrap().unwrap();
    assert_eq!(app.post(&path, cheque).await.ok()["status"], "completed");
    assert_eq!(
        app.orders("contact:bad").await[0]["charge"]["state"],
        "declined"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_member_is_parked_before_anything_happens() {
    let app = TestApp::with_catalogue().await;
    let locked = app.member("locked", "2026-03-09", json!({})).await;
    change_member(&app, &locked, json!({ "sys_locked": true })).await;
    let free = app.member("free", "2026-03-09", json!({})).await;
    let run = app.bill(MARCH.0, MARCH.1, &["drops"]).await;
    let id = run["id"].as_str().unwrap();
    let (status, why) = app.outcome(id, &locked).await;
    assert_eq!(status, ActionStatus::Error);
    assert!(why.starts_with("locked"), "{why}");
    assert_eq!(app.membership(&locked).await["status"], "active");
    assert_eq!(app.membership(&free).await["status"], "inactive");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organization_is_billed_when_the_membership_says_so() {
    let app = TestApp::with_catalogue().await;
    app.seed::<Organizations>(json!({ "id": "o-1", "name": "Engines Ltd" }))
        .await;
    let known = app
        .member("known", "2026-03-31", json!({ "bill_organization": true }))
        .await;
    let alone = app
        .member("alone", "2026-03-31", json!({ "bill_organization": true }))
        .await;
    let before = app
        .store
        .get_consistent::<Contacts>("known")
        .await
        .unwrap()
        .unwrap();
    let mut after = before.clone();
    after.set_raw("organization_id", "o-1".into());
    app.store
        .save::<Contacts>(&import(), Some(&before), after)
        .await
        .unwrap();
    let run = app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let id = run["id"].as_str().unwrap();
    let order = app.orders(&known).await.remove(0);
    assert_eq!(
        (&order["customer_type"], &order["customer_id"]),
        (&json!("organization"), &json!("o-1"))
    );
    let (status, why) = app.outcome(id, &alone).await;
    assert_eq!(status, ActionStatus::Error);
    assert_eq!(
        why,
        "bill_organization is set, but no organization of the contact is known"
    );
    assert!(app.orders(&alone).await.is_empty());
    assert_ne!(app.membership(&alone).await["billed"], true);
}

async fn change_notice(app: &TestApp, id: &str, changes: Value) {
    let before = app
        .store
        .get_consistent::<BillingNotices>(id)
        .await
        .expect("is there")
        .expect("is there");
    let mut after = before.clone();
    for (name, value) in changes.as_object().expect("an object") {
        after.set_raw(name, value.clone());
    }
    app.store
        .save::<BillingNotices>(&import(), Some(&before), after)
        .await
        .expect("is there");
}

/// Runs notices for `told` and orders for `owes`, and answers both outcomes.
async fn both(app: &TestApp, told: &str, owes: &str) -> [(ActionStatus, String); 2] {
    let mut body = run_body("2026-03-31", "2026-03-31", &["notices"]);
    let orders = run_body("2026-04-01", "2026-04-01", &["orders"]);
    for name in ["generate_renewal_orders", "renewal_order_options"] {
        body[name] = orders[name].clone();
    }
    let id = create(app, body).await;
    app.refresh(&id).await;
    change_notice(app, "notice", json!({ "is_active": false })).await;
    change_notice(app, "bill", json!({ "is_active": false })).await;
    app.execute(&id).await;
    [app.outcome(&id, told).await, app.outcome(&id, owes).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_notice_fails_a_notice_and_is_a_note_on_an_order() {
    let app = TestApp::with_catalogue().await;
    let told = app.member("told", "2026-03-31", json!({})).await;
    let owes = app.member("owes", "2026-04-01", json!({})).await;
    let [notice, order] = both(&app, &told, &owes).await;
    assert_eq!(
        notice,
        (ActionStatus::Error, "notice notice is not active".into())
    );
    assert_eq!(
        order,
        (
            ActionStatus::Completed,
            "notice not sent: notice bill is not active".into()
        )
    );
    assert_eq!(app.orders(&owes).await.len(), 1);
    assert_ne!(app.membership(&told).await["bill_method"], "renewal notice");
    let refused = app
        .post(
            "/billingRuns/acme",
            run_body(MARCH.0, MARCH.1, &["notices"]),
        )
        .await
        .refused_for(400);
    assert_eq!(
        refused,
        "/renewal_notice_options/renewal_notice_id notice notice is not active"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_to_mail_fails_a_notice_and_is_a_note_on_money() {
    let app = TestApp::with_catalogue().await;
    let told = app.member("told", "2026-03-31", json!({})).await;
    let auto = app.auto_member("auto", "2026-03-31", "tok_good").await;
    let gone = app.member("gone", "2026-03-09", json!({})).await;
    for (id, membership) in [("told", &told), ("auto", &auto), ("gone", &gone)] {
        let before = app
            .store
            .get_consistent::<Contacts>(id)
            .await
            .unwrap()
            .unwrap();
        let mut after = before.clone();
        after.set_raw("email_address", "".into());
        app.store
            .save::<Contacts>(&import(), Some(&before), after)
            .await
            .unwrap();
        change_member(&app, membership, json!({ "email_address": "" })).await;
    }
    let mut body = run_body("2026-03-20", "2026-03-31", &["notices", "auto"]);
    let drops = run_body("2026-03-01", "2026-03-09", &["drops"]);
    for name in ["perform_drops", "drop_options"] {
        body[name] = drops[name].clone();
    }
    let run = bill(&app, body).await;
    let id = run["id"].as_str().unwrap();
    assert_eq!(
        app.outcome(id, &told).await,
        (
            ActionStatus::Error,
            "Member told has no e-mail address".into()
        )
    );
    for member in [&auto, &gone] {
        let (status, why) = app.outcome(id, member).await;
        assert_eq!(status, ActionStatus::Completed);
        assert!(why.starts_with("notice not sent: Member"), "{why}");
    }
    assert_eq!(app.membership(&auto).await["expiration_date"], "2027-03-31");
    assert_eq!(app.membership(&gone).await["status"], "inactive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_mail_fails_a_notice_or_reminder_which_can_then_be_sent_again() {
    let (app, refuses) = with_troubled_mailer("").await;
    let told = app.member("told", "2026-03-31", json!({})).await;
    let owes = app
        .member("owes", "2026-04-15", json!({ "billed": true }))
        .await;
    let body = tests::records::with(
        run_body(MARCH.0, MARCH.1, &["notices"]),
        reminders("renewal", &[(1, "2026-04-01", "2026-04-30")]),
    );
    let id = create(&app, body).await;
    app.refresh(&id).await;
    refuses.store(true, Ordering::SeqCst);
    app.execute(&id).await;
    for member in [&told, &owes] {
        let (status, why) = app.outcome(&id, member).await;
        assert_eq!(status, ActionStatus::Error, "{why}");
        assert_eq!(why, "notice not sent: the address is blocked");
    }
    assert_ne!(app.membership(&told).await["bill_method"], "renewal notice");
    assert_eq!(app.membership(&owes).await["last_reminder"], Value::Null);
    refuses.store(false, Ordering::SeqCst);
    for member in [&told, &owes] {
        set_action(&app, &id, member, "pending").await.ok();
    }
    app.execute(&id).await;
    for member in [&told, &owes] {
        assert_eq!(
            app.outcome(&id, member).await,
            (ActionStatus::Completed, String::new())
        );
    }
    assert_eq!(
        app.mails(),
        ["notice for Member told", "reminder for Member owes"]
    );
    assert_eq!(app.membership(&owes).await["last_reminder"], 1);
}

/// Approved for a date before which somebody turns mail off.
#[tokio::test(flavor = "multi_thread")]
async fn mail_that_is_turned_off_after_approval_is_no_mail_sent() {
    let app = TestApp::with_catalogue().await;
    let billed = app.member("billed", "2026-03-31", json!({})).await;
    let auto = app.auto_member("auto", "2026-03-31", "tok_good").await;
    let gone = app
        .member("gone", "2026-03-01", json!({ "do_not_renew": true }))
        .await;
    let owes = app
        .member("owes", "2026-04-15", json!({ "billed": true }))
        .await;
    let told = app.member("told", "2026-05-15", json!({})).await;
    let mut body = tests::records::with(
        run_body(MARCH.0, MARCH.1, &["notices", "orders", "auto", "drops"]),
        reminders("renewal", &[(1, "2026-04-01", "2026-04-30")]),
    );
    for end in ["start", "end"] {
        let day = if end == "start" {
            "2026-05-01"
        } else {
            "2026-05-31"
        };
        body["renewal_notice_options"][format!("expiration_date_range_{end}")] = day.into();
    }
    let id = create(&app, body).await;
    app.refresh(&id).await;
    let approval = json!([
        { "op": "add", "path": "/scheduled_run_date", "value": "2026-03-11T00:00:00Z" },
        { "op": "replace", "path": "/status", "value": "scheduled for execution" },
    ]);
    app.patch(&crate::support::run_path(&id), approval)
        .await
        .ok();
    app.settings(json!({ "delivery": "off", "clock": "2026-03-11T12:00:00Z" }))
        .await;
    billing::schedule::tick(&app.core.billing).await.unwrap();
    let run = app.until(&id, &["completed"]).await;
    assert_eq!(run["statistics"]["renewal_notices"]["error"], 1, "{run}");
    assert_eq!(run["statistics"]["renewal_reminders"]["error"], 1, "{run}");
    for member in [&told, &owes] {
        let off = (ActionStatus::Error, "delivery is off".to_owned());
        assert_eq!(app.outcome(&id, member).await, off);
    }
    for member in [&billed, &auto, &gone] {
        let unsent = "notice not sent: delivery is off".to_owned();
        let done = (ActionStatus::Completed, unsent);
        assert_eq!(app.outcome(&id, member).await, done);
    }
    assert_eq!(app.membership(&owes).await["last_reminder"], Value::Null);
    assert_eq!(app.membership(&told).await["bill_method"], Value::Null);
    assert_eq!(app.membership(&gone).await["status"], "inactive");
    assert!(app.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_failed_is_sent_once_each_time_that_staff_ask() {
    let (app, refuses) = with_troubled_mailer("").await;
    let billed = app.member("billed", "2026-03-31", json!({})).await;
    let declined = app.auto_member("auto", "2026-03-31", "tok_declined").await;
    refuses.store(true, Ordering::SeqCst);
    let run = app.bill(MARCH.0, MARCH.1, &["orders", "auto"]).await;
    let id = run["id"].as_str().unwrap();
    let url = |action: &str| format!("/billingRunActions/{}/{action}/sendNotice", tests::TENANT);
    for (member, status, before, after) in [
        (&billed, "completed", "", Value::Null),
        (
            &declined,
            "payment failure",
            "payment refused: card declined; ",
            json!("payment refused: card declined"),
        ),
    ] {
        let path = url(&crate::support::action_id(&app, id, member).await);
        refuses.store(true, Ordering::SeqCst);
        let failed = app.post(&path, Value::Null).await.ok();
        let unsent = format!("{before}notice not sent: the address is blocked");
        assert_eq!(failed["error_message"], unsent.as_str());
        refuses.store(false, Ordering::SeqCst);
        let sent = app.post(&path, Value::Null).await.ok();
        assert_eq!(
            (&sent["status"], &sent["error_message"]),
            (&json!(status), &after)
        );
        let requests = sent["notice_requests"].as_array().unwrap();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[1]["result"], "sent");
        assert_eq!(requests[1]["requested_by_id"], "user-1");
        let refused = app.post(&path, Value::Null).await.refused_for(409);
        assert!(
            refused.contains("no notice of this action is missing"),
            "{refused}"
        );
    }
    assert_eq!(
        app.mails(),
        ["bill for Member billed", "refused for Member auto"]
    );
}
