//! Moves of an application's status, and what follows from them.

use super::{app, set};
use model::resources::{ApplicationStatusReasons, Applications, Settings};
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{an_application, with};

async fn move_to(app: &TestApp, url: &str, status: &str) -> tests::Answer {
    app.patch(url, set("status", json!(status))).await
}

async fn seed_reason(app: &TestApp, id: &str, applies_to: &str, priority: Value, active: bool) {
    let reason = json!({ "id": id, "name": id, "applies_to": applies_to, "priority": priority, "is_active": active });
    app.seed::<ApplicationStatusReasons>(reason).await;
}

#[tokio::test]
async fn goes_from_submission_to_a_decision() {
    let app = app().await;
    let clock = json!({ "id": "settings", "clock": "2030-05-06T12:00:00Z" });
    app.seed::<Settings>(clock).await;
    app.seed_contact("c-2").await;
    for (decision, contact) in [("approved", "c-1"), ("rejected", "c-2")] {
        let body = with(an_application(), json!({ "contact_id": contact }));
        let url = app.apply(body).await;
        let submitted = move_to(&app, &url, "under review").await.ok();
        assert_eq!(submitted["status"], "under review");
        assert_eq!(submitted["date"], "2030-05-06T12:00:00.000Z");
        let decided = move_to(&app, &url, decision).await.ok();
        assert_eq!(decided["status"], decision);
        assert_eq!(decided["date"], submitted["date"]);
        move_to(&app, &url, decision).await.ok();
    }
}

#[tokio::test]
async fn a_date_that_is_given_stands() {
    let app = app().await;
    let body = json!({ "date": "2026-02-01T10:00:00Z", "status": "under review" });
    let made = app
        .post("/applications/acme", with(an_application(), body))
        .await
        .ok();
    assert_eq!(made["status"], "under review");
    assert_eq!(made["date"], "2026-02-01T10:00:00Z");
}

#[tokio::test]
async fn every_other_move_names_both_statuses() {
    let app = app().await;
    let statuses = ["not yet submitted", "under review", "approved", "rejected"];
    let allowed = [(0, 1), (1, 2), (1, 3)];
    for (from, was) in statuses.iter().enumerate() {
        for (to, is) in statuses.iter().enumerate() {
            if from == to || allowed.contains(&(from, to)) {
                continue;
            }
            let id = format!("a-{from}-{to}");
            let body = json!({ "id": id, "status": was, "name": "Ada Byron" });
            app.seed::<Applications>(with(an_application(), body)).await;
            let url = format!("/applications/acme/{id}");
            assert_eq!(
                move_to(&app, &url, is).await.refused_for(400),
                format!("/status cannot move from {was} to {is}")
            );
            assert_eq!(app.get(&url).await.ok()["status"], *was);
        }
    }
}

#[tokio::test]
async fn a_new_one_is_not_decided_yet() {
    let app = app().await;
    for status in ["approved", "rejected"] {
        let body = with(an_application(), json!({ "status": status }));
        let rule = format!("a new application is not yet submitted or under review, not {status}");
        assert_eq!(
            app.post("/applications/acme", body).await.refused_for(400),
            format!("/status {rule}")
        );
    }
}

#[tokio::test]
async fn the_first_active_reason_by_priority_is_taken() {
    let app = app().await;
    seed_reason(&app, "r-late", "rejected", json!(9), true).await;
    seed_reason(&app, "r-off", "rejected", json!(1), false).await;
    seed_reason(&app, "r-first", "rejected", json!(2), true).await;
    seed_reason(&app, "r-review", "under review", Value::Null, true).await;
    let url = app.apply(an_application()).await;
    let submitted = move_to(&app, &url, "under review").await.ok();
    assert_eq!(submitted["status_reason_id"], "r-review");
    let wrong = app.patch(&url, set("status_reason_id", json!("r-late")));
    assert_eq!(
        wrong.await.refused_for(400),
        "/status_reason_id applies to the status rejected, not to under review"
    );
    let rejected = move_to(&app, &url, "rejected").await.ok();
    assert_eq!(rejected["status_reason_id"], "r-first");
    let other = app.patch(&url, set("status_reason_id", json!("r-late")));
    assert_eq!(other.await.ok()["status_reason_id"], "r-late");
}
