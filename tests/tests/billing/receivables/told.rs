//! Staff are told of money that moved nothing, whoever has brought it (rule PAY-11).

use super::*;
use crate::support::{until_charge_is_unknown, with_late_gateway};
use std::sync::atomic::Ordering;

async fn tell_staff(app: &TestApp) {
    app.settings(json!({ "payment_notification_email": "staff@example.org" }))
        .await;
}

fn told(app: &TestApp, subject: &str) -> usize {
    app.mails().iter().filter(|mail| *mail == subject).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_succeeds_after_the_member_was_dropped() {
    let (app, gateway) = with_late_gateway().await;
    tell_staff(&app).await;
    let member = app.auto_member("a", "2026-03-31", "tok_good").await;
    let run = app.draft(MARCH.0, MARCH.1, &["auto"]).await;
    app.refresh(&run).await;
    app.approve(&run).await.ok();
    until_charge_is_unknown(&app, &member).await;
    patch(&app, &member, "/status", json!("inactive")).await;
    gateway.answers.store(true, Ordering::SeqCst);
    app.until(&run, &["completed"]).await;
    let order = app.orders(&member).await.remove(0);
    assert_eq!(order["payments"][0]["unapplied"], true, "{order}");
    assert_eq!(told(&app, &format!("A payment needs a look: {member}")), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_comes_back_with_credit() {
    let app = app().await;
    tell_staff(&app).await;
    let (a, order) = billed(&app, "a", "full").await;
    let (b, other) = billed(&app, "b", "full").await;
    for (member, order, id, amount) in [(&a, &order, "p-1", 120), (&b, &other, "p-2", 100)] {
        patch(&app, member, "/status", json!("inactive")).await;
        pay(&app, order, id, json!(amount)).await.ok();
        patch(&app, member, "/status", json!("active")).await;
    }
    let back = |member: &str| format!("A member who came back needs a look: {member}");
    assert_eq!((told(&app, &back(&a)), told(&app, &back(&b))), (1, 0));
    let texts = crate::support::bodies(&app).join("").replace("=\r\n", "");
    let credit = "20.00 USD of payment p-1 is credit of the membership, which is active again.";
    assert!(texts.contains(credit), "{texts}");
}
