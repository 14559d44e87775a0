//! Changes of status: reasons, dates, history.

use model::resources::{Settings, StatusReasons};
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{a_membership, record, with};

const URL: &str = "/memberships/acme/contact:c-1";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    for (id, applies_to, priority, active) in [
        ("r-late", "inactive", json!(20), true),
        ("r-off", "inactive", json!(1), false),
        ("r-first", "inactive", json!(5), true),
        ("r-none", "inactive", Value::Null, true),
        ("r-active", "active", json!(1), true),
    ] {
        app.seed_reason(json!({ "id": id, "applies_to": applies_to, "priority": priority, "is_active": active })).await;
    }
    app
}

async fn move_to(app: &TestApp, status: &str) -> Value {
    let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
    app.patch(URL, patch).await.ok()
}

#[tokio::test]
async fn the_first_active_reason_by_priority_is_taken() {
    let app = app().await;
    let made = app.post("/memberships/acme", a_membership()).await.ok();
    assert_eq!(made["status_reason_id"], "r-active");
    assert_eq!(
        move_to(&app, "inactive").await["status_reason_id"],
        "r-first"
    );
    assert_eq!(
        move_to(&app, "suspended").await.get("status_reason_id"),
        None
    );
    assert_eq!(
        move_to(&app, "active").await["status_reason_id"],
        "r-active"
    );
}

#[tokio::test]
async fn a_reason_that_is_given_stands_if_it_applies() {
    let app = app().await;
    let body = with(a_membership(), json!({ "status_reason_id": "r-late" }));
    let refused = app.post("/memberships/acme", body).await.refused_for(400);
    assert_eq!(
        refused,
        "/status_reason_id applies to the status inactive, not to active"
    );
    let body = with(
        a_membership(),
        json!({ "status": "inactive", "status_reason_id": "r-late" }),
    );
    assert_eq!(
        app.post("/memberships/acme", body).await.ok()["status_reason_id"],
        "r-late"
    );
    let wrong = json!([{ "op": "replace", "path": "/status_reason_id", "value": "r-active" }]);
    app.patch(URL, wrong).await.refused(400);
    let both = json!([
        { "op": "replace", "path": "/status_reason_id", "value": "r-active" },
        { "op": "replace", "path": "/status", "value": "active" },
    ]);
    assert_eq!(
        app.patch(URL, both).await.ok()["status_reason_id"],
        "r-active"
    );
    let nowhere = json!([{ "op": "replace", "path": "/status_reason_id", "value": "r-9" }]);
    assert_eq!(
        app.patch(URL, nowhere).await.refused_for(409),
        "/status_reason_id statusReasons r-9 does not exist"
    );
}

#[tokio::test]
async fn a_reason_that_no_longer_applies_blocks_nothing_else() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let reason = app
        .store
        .require::<StatusReasons>("r-active")
        .await
        .unwrap();
    let moved = record(with(
        Value::Object(reason.clone().into_fields()),
        json!({ "applies_to": "suspended" }),
    ));
    app.change::<StatusReasons>(&reason, moved).await;
    app.patch(
        URL,
        json!([{ "op": "add", "path": "/notes", "value": "n" }]),
    )
    .await
    .ok();
}

#[tokio::test]
async fn leaving_sets_both_dates_and_returning_clears_one() {
    let app = app().await;
    // 03:00 in London is still the day before in Denver.
    let settings =
        json!({ "id": "settings", "time_zone": "America/Denver", "clock": "2026-03-01T03:00:00Z" });
    app.seed::<Settings>(settings).await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let left = move_to(&app, "inactive").await;
    assert_eq!(left["termination_date"], "2026-02-28");
    assert_eq!(left["lapse_date"], "2026-02-28");
    let back = move_to(&app, "active").await;
    assert_eq!(back.get("termination_date"), None);
    assert_eq!(back["lapse_date"], "2026-02-28");
    assert_eq!(back["expiration_date"], "2025-12-31");
}

#[tokio::test]
async fn a_day_of_leaving_that_is_given_stands() {
    let app = app().await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let patch = json!([
        { "op": "replace", "path": "/status", "value": "inactive" },
        { "op": "add", "path": "/termination_date", "value": "2025-06-30" },
    ]);
    let left = app.patch(URL, patch).await.ok();
    assert_eq!(
        (&left["termination_date"], &left["lapse_date"]),
        (&json!("2025-06-30"), &json!("2025-06-30"))
    );
}

#[tokio::test]
async fn a_suspension_moves_no_dates_and_is_told() {
    let app = app().await;
    let made = app.post("/memberships/acme", a_membership()).await.ok();
    let suspended = move_to(&app, "suspended").await;
    for same in [
        "join_date",
        "expiration_date",
        "termination_date",
        "lapse_date",
    ] {
        assert_eq!(suspended.get(same), made.get(same), "{same}");
    }
    assert_eq!(suspended["history"][1]["event"], "suspension");
    assert_eq!(
        move_to(&app, "active").await["history"][2]["event"],
        "manual change"
    );
}
