//! `/types`, `/packages`, `/statusReasons`: the shared operations over data.

use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{a_package, a_status_reason, a_type, with};

async fn whole_life(base: &str, body: Value) {
    let app = TestApp::start().await;
    let made = app.post(base, body).await.ok();
    let url = format!("{base}/{}", made["id"].as_str().expect("an id"));
    assert_eq!(app.get(&url).await.ok(), made);
    assert_eq!(app.get(base).await.ok(), json!([made]));
    let replaced = app
        .put(&url, with(made, json!({ "name": "Second" })))
        .await
        .ok();
    assert_eq!(
        (&replaced["name"], &replaced["sys_version"]),
        (&json!("Second"), &json!(2))
    );
    let patch = json!([{ "op": "replace", "path": "/name", "value": "Third" }]);
    assert_eq!(app.patch(&url, patch).await.ok()["name"], "Third");
    assert_eq!(app.delete(&url).await.ok(), replaced["id"]);
    app.get(&url).await.refused(404);
}

#[tokio::test]
async fn a_types_life() {
    whole_life("/types/acme", a_type()).await;
}

#[tokio::test]
async fn a_packages_life() {
    whole_life("/packages/acme", a_package()).await;
}

#[tokio::test]
async fn a_status_reasons_life() {
    whole_life("/statusReasons/acme", a_status_reason()).await;
}

#[tokio::test]
async fn a_packages_rules_are_told_together() {
    let app = TestApp::start().await;
    let changes = json!({
        "price": -1, "member_price": "12", "update_dates_when": "amount paid",
        "dues_proration": { "applies_to": "some", "january": 2000 },
        "expiration_options": {
            "expiration_type": "anniversary",
            "calendar_expiration_options": { "start_of_calendar_year": 13, "sell_for_next_year_after": "13-01", "number_of_years": 1.5 },
            "allow_reinstatement": true,
        },
    });
    let problems = app
        .post("/packages/acme", with(a_package(), changes))
        .await
        .refused(400);
    insta::assert_debug_snapshot!(problems);
}

#[tokio::test]
async fn an_expiration_of_each_type_is_taken() {
    let app = TestApp::start().await;
    let calendar = json!({ "start_of_calendar_year": 1, "sell_for_next_year_after": "10-01", "number_of_years": 1 });
    let anniversary = json!({
        "term_length": 12, "term_type": "months", "sell_for_next_month_after": 15, "enable_fixed_expiration_dates": true,
        "fixed_expiration_dates": [{ "range_start": "11-01", "range_end": "02-29", "expiration_date": "12-31" }],
    });
    for options in [
        json!({ "expiration_type": "calendar", "calendar_expiration_options": calendar }),
        json!({ "expiration_type": "anniversary", "anniversary_expiration_options": anniversary }),
        json!({ "expiration_type": "lifetime" }),
    ] {
        let body = with(a_package(), json!({ "expiration_options": options }));
        app.post("/packages/acme", body).await.ok();
    }
}

#[tokio::test]
async fn a_reason_applies_to_a_status_there_is() {
    let app = TestApp::start().await;
    let body = with(
        a_status_reason(),
        json!({ "applies_to": "dead", "priority": "high" }),
    );
    let problems = app.post("/statusReasons/acme", body).await.refused(400);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().any(|(path, rule)| path == "/applies_to" && rule.starts_with("must be one of: active")));
}
