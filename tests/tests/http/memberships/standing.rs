//! `GET /memberships/{tenantId}/{id}/standing`

use model::resources::Packages;
use serde_json::{Value, json};
use tests::TestApp;
use tests::billing::TODAY;

async fn app() -> TestApp {
    let app = TestApp::with_catalogue().await;
    let terms = json!({ "expiration_type": "anniversary", "grace_period": 30,
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.set::<Packages>("anniversary", json!({ "expiration_options": terms }))
        .await;
    app.settings(json!({ "time_zone": "America/New_York" }))
        .await;
    app
}

/// The standing on a day, by what decides.
async fn on(app: &TestApp, member: &str, day: &str) -> (String, bool, bool, String) {
    let url = format!("/memberships/acme/{member}/standing?date={day}");
    let found = app.get(&url).await.ok();
    assert_eq!(
        (&found["membership_id"], &found["date"]),
        (&json!(member), &json!(day))
    );
    let text = |name: &str| found[name].as_str().expect("a text").to_owned();
    let flag = |name: &str| found[name].as_bool().expect("a flag");
    (
        text("reason"),
        flag("is_in_good_standing"),
        flag("has_benefits"),
        text("source"),
    )
}

fn is(reason: &str, good: bool, benefits: bool, source: &str) -> (String, bool, bool, String) {
    (reason.into(), good, benefits, source.into())
}

fn set(field: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": format!("/{field}"), "value": value }])
}

#[tokio::test]
async fn today_and_coming_days_are_answered_as_things_stand() {
    let app = app().await;
    let member = app
        .member("a", "2026-03-31", json!({ "join_date": "2024-05-01" }))
        .await;
    app.set_clock("2026-03-10T12:00:00Z", "America/New_York")
        .await;
    let now = app
        .get(&format!("/memberships/acme/{member}/standing"))
        .await
        .ok();
    assert_eq!(now["date"], "2026-03-10");
    assert_eq!(now["explanation"], "paid through 2026-03-31");
    assert_eq!(
        (&now["grace_period_ends"], &now["status"]),
        (&json!("2026-04-30"), &json!("active"))
    );
    for (day, wanted) in [
        ("2026-03-31", is("current", true, true, "record")),
        (
            "2026-04-30",
            is("within grace period", true, true, "record"),
        ),
        ("2026-05-01", is("expired", false, true, "record")),
        ("2024-04-30", is("not yet begun", false, false, "dates")),
    ] {
        assert_eq!(on(&app, &member, day).await, wanted, "{day}");
    }
}

#[tokio::test]
async fn a_past_day_is_answered_from_the_history() {
    let app = app().await;
    let member = app
        .member("a", "2026-12-31", json!({ "join_date": "2024-05-01" }))
        .await;
    let url = format!("/memberships/acme/{member}");
    let today = tests::billing::day(TODAY);
    let tomorrow = today.tomorrow().expect("a day");
    let after = tomorrow.tomorrow().expect("a day");
    app.patch(&url, set("expiration_date", json!(after.to_string())))
        .await
        .ok();
    app.patch(&url, set("status", json!("suspended")))
        .await
        .ok();
    app.set_clock(&format!("{after}T20:00:00Z"), "America/New_York")
        .await;
    assert_eq!(
        on(&app, &member, &today.to_string()).await,
        is("suspended", false, false, "record")
    );
    app.add_events(&member, 1, 1, 30).await;
    assert_eq!(
        on(&app, &member, &tomorrow.to_string()).await,
        is("suspended", false, false, "history")
    );
    let yesterday = today.yesterday().expect("a day");
    assert_eq!(on(&app, &member, &yesterday.to_string()).await.3, "dates");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_is_seen_from_its_day_on() {
    let app = app().await;
    let member = app
        .member("a", "2026-01-31", json!({ "join_date": "2024-05-01" }))
        .await;
    app.set_clock("2026-01-20T12:00:00Z", "America/New_York")
        .await;
    app.bill("2026-01-01", "2026-03-01", &["notices"]).await;
    // Already the next day by UTC.
    app.set_clock("2026-03-21T02:00:00Z", "America/New_York")
        .await;
    app.bill("2026-01-01", "2026-03-01", &["drops"]).await;
    assert_eq!(app.membership(&member).await["status"], "inactive");
    app.set_clock("2026-04-20T12:00:00Z", "America/New_York")
        .await;
    for (day, wanted) in [
        ("2026-03-20", is("lapsed", false, false, "record")),
        ("2026-03-19", is("expired", false, true, "history")),
        (
            "2026-03-02",
            is("within grace period", true, true, "history"),
        ),
        ("2026-01-31", is("current", true, true, "history")),
        ("2024-05-01", is("current", true, true, "dates")),
        ("2024-04-30", is("not yet begun", false, false, "dates")),
    ] {
        assert_eq!(on(&app, &member, day).await, wanted, "{day}");
    }
}

#[tokio::test]
async fn a_day_that_is_none_and_an_unknown_membership_are_refused() {
    let app = app().await;
    let member = app.member("a", "2026-12-31", json!({})).await;
    let url = format!("/memberships/acme/{member}/standing?date=2026-02-30");
    let refused = app.get(&url).await;
    assert_eq!(refused.refused_for(400), "/date must be a date, YYYY-MM-DD");
    app.get("/memberships/acme/contact:none/standing")
        .await
        .refused(404);
}
