//! A run that fails too often or bills too much stops for review.

use crate::support::{MARCH, create, set_action, stored};
use model::resources::billing_run as run;
use serde_json::json;
use tests::TestApp;
use tests::billing::run_body;

#[tokio::test(flavor = "multi_thread")]
async fn too_many_failures_stop_the_run_for_review() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_failures": 2 })).await;
    for n in 0..40 {
        app.auto_member(&format!("m{n}"), "2026-03-31", "tok_declined")
            .await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    assert_eq!(run["status"], "ready for execution", "{run}");
    let why = run["error"].as_str().unwrap();
    assert!(why.starts_with("stopped for review: "), "{why}");
    assert!(
        why.contains(" actions failed since the approval, ")
            && why.ends_with(" in the whole run; max_failures is 2"),
        "{why}"
    );
    let id = run["id"].as_str().unwrap();
    assert!(!stored(&app, id).await.has(run::APPROVAL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_the_last_action_passes_completes_the_run_and_is_told() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_failures": 2 })).await;
    for n in 0..3 {
        app.auto_member(&format!("m{n}"), "2026-03-31", "tok_declined")
            .await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(
        run["error"],
        "3 actions failed since the approval, 3 in the whole run; max_failures is 2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_within_the_limits_stop_nothing() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_failures": 2, "max_failure_share": 0.1, "max_amount": 1000 }))
        .await;
    for n in 0..2 {
        app.auto_member(&format!("m{n}"), "2026-03-31", "tok_declined")
            .await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    assert_eq!(
        run["status"], "completed",
        "a share of few means nothing: {run}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_failures_counts_once_twenty_are_worked() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_failure_share": 0.25 })).await;
    for n in 0..20 {
        let token = if n < 6 { "tok_declined" } else { "tok_good" };
        app.auto_member(&format!("m{n}"), "2026-03-31", token).await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(
        run["error"],
        "6 of 20 actions failed since the approval, 6 of 20 in the whole run; max_failure_share is 0.25"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_bills_too_much_stops_and_goes_on_when_approved_again() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_amount": 100 })).await;
    for n in 0..6 {
        app.member(&format!("m{n}"), "2026-03-31", json!({})).await;
    }
    let mut run = app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    assert_eq!(run["status"], "ready for execution", "{run}");
    assert!(
        run["error"]
            .as_str()
            .unwrap()
            .ends_with("max_amount is 100"),
        "{run}"
    );
    let id = run["id"].as_str().unwrap().to_owned();
    assert!(
        run["statistics"]["renewal_orders"]["successful"]
            .as_u64()
            .unwrap()
            >= 2
    );
    app.settings(json!({ "max_amount": 1000 })).await;
    if run["statistics"]["renewal_orders"]["pending"] != 0 {
        run = app.execute(&id).await;
        assert_eq!(run["status"], "completed", "{run}");
    }
    assert_eq!(run["statistics"]["renewal_orders"]["successful"], 6);
    for n in 0..6 {
        assert_eq!(app.orders(&format!("contact:m{n}")).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_approval_is_told_its_own_figures_and_the_runs() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_failures": 2, "charge_retry_days": 0 }))
        .await;
    for n in 0..3 {
        app.auto_member(&format!("m{n}"), "2026-03-31", "tok_declined")
            .await;
    }
    let run = app.bill(MARCH.0, MARCH.1, &["auto"]).await;
    let id = run["id"].as_str().unwrap().to_owned();
    // A refused card is not charged again at once.
    app.set_today("2026-03-14").await;
    for n in 0..3 {
        set_action(&app, &id, &format!("contact:m{n}"), "pending")
            .await
            .ok();
    }
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(
        run["error"],
        "3 actions failed since the approval, 6 in the whole run; max_failures is 2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_counts_towards_no_limit() {
    let app = TestApp::with_catalogue().await;
    app.settings(json!({ "max_amount": 100 })).await;
    for n in 0..3 {
        app.member(&format!("m{n}"), "2026-03-31", json!({})).await;
    }
    let mut body = run_body(MARCH.0, MARCH.1, &["orders"]);
    body["renewal_order_options"]["pro_forma"] = json!(true);
    let id = create(&app, body).await;
    app.refresh(&id).await;
    let run = app.execute(&id).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(run["error"], json!(null));
}
