//! A card that was refused is charged again, not at once and not for ever.

use crate::support::{MARCH, change_member, set_action};
use model::resources::billing_run_action::{self as action, ActionStatus};
use serde_json::{Value, json};
use tests::{TENANT, TestApp};

const EVERY_DAY: [&str; 2] = ["auto", "drops"];

/// What a run of a day's has done to a member: each type with how it ended.
async fn on(app: &TestApp, day: &str, member: &str) -> Vec<(String, ActionStatus)> {
    app.set_today(day).await;
    let id = app.draft(MARCH.0, MARCH.1, &EVERY_DAY).await;
    app.refresh(&id).await;
    if app.approve(&id).await.status == 200 {
        app.until(&id, &["completed"]).await;
    }
    let actions = app.actions(&id).await.into_iter();
    let of_member = actions.filter(|((id, _), _)| id == member);
    of_member
        .map(|((_, kind), record)| (kind, record.get(action::STATUS).expect("a status")))
        .collect()
}

async fn attempts(app: &TestApp, member: &str) -> Value {
    app.orders(member).await[0]["charge"]["attempt"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_run_tries_a_refused_card_every_three_days_and_then_drops() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_charge_attempts": 2 })).await;
    let member = app.auto_member("a", "2026-03-01", "tok_declined").await;
    let refused = [
        (
            "auto renewal order".to_owned(),
            ActionStatus::PaymentFailure,
        ),
        ("drop".to_owned(), ActionStatus::NoLongerEligible),
    ];
    for (day, tried) in [
        ("2026-03-10", 1),
        ("2026-03-11", 1),
        ("2026-03-12", 1),
        ("2026-03-13", 2),
    ] {
        let expected = match day {
            "2026-03-10" | "2026-03-13" => refused.to_vec(),
            _ => Vec::new(),
        };
        assert_eq!(on(&app, day, &member).await, expected, "{day}");
        assert_eq!(attempts(&app, &member).await, tried, "{day}");
    }
    let dropped = [("drop".to_owned(), ActionStatus::Completed)];
    assert_eq!(on(&app, "2026-03-14", &member).await, dropped);
    assert_eq!(app.membership(&member).await["status"], "inactive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_refused_for_good_is_tried_again_once_it_has_changed() {
    let app = TestApp::with_catalogue().await;
    let member = app.auto_member("a", "2026-03-31", "tok_lost").await;
    assert_eq!(
        on(&app, "2026-03-10", &member).await[0].1,
        ActionStatus::PaymentFailure
    );
    let charge = app.orders(&member).await[0]["charge"].clone();
    assert_eq!(
        (&charge["hard_decline"], &charge["declined_date"]),
        (&json!(true), &json!("2026-03-10"))
    );
    assert!(on(&app, "2026-03-30", &member).await.is_empty());
    let new = json!({ "renewal_payment_info": { "payment_account": "tok_good" } });
    change_member(&app, &member, new).await;
    let paid = [("auto renewal order".to_owned(), ActionStatus::Completed)];
    assert_eq!(on(&app, "2026-03-30", &member).await, paid);
    let renewed = app.membership(&member).await;
    assert_eq!(renewed["expiration_date"], "2027-03-31");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_who_try_the_same_card_too_early_are_told_the_date() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "charge_retry_days": 10 })).await;
    let member = app.auto_member("a", "2026-03-31", "tok_declined").await;
    let id = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
    app.refresh(&id).await;
    app.execute(&id).await;
    set_action(&app, &id, &member, "pending").await.ok();
    app.execute(&id).await;
    let why = "the member has a card that was refused: it is charged again from 2026-03-20 on";
    let early = (ActionStatus::NoLongerEligible, why.to_owned());
    assert_eq!(app.outcome(&id, &member).await, early);
    assert_eq!(attempts(&app, &member).await, 1);
    let path = format!("/billingRuns/{TENANT}/{id}/explain/{member}");
    let explained = app.get(&path).await.ok();
    assert_eq!(explained["actions"][0]["reason"], why);
}
