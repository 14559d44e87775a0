//! `/settings/{tenantId}`: one record for each tenant.

use model::Deployment;
use serde_json::{Value, json};
use tests::records::with;
use tests::{Answer, Call, TestApp};

const URL: &str = "/settings/acme";

async fn admin(app: &TestApp, call: Call) -> Answer {
    app.send(call.scopes("admin")).await
}

fn settings() -> Value {
    json!({ "time_zone": "Europe/Zurich", "currency": "CHF", "delivery": "redirect", "delivery_address": "test@example.org" })
}

#[tokio::test]
async fn a_whole_life() {
    let app = TestApp::start().await;
    app.get(URL).await.refused(404);
    let made = admin(&app, Call::post(URL, settings())).await.ok();
    assert_eq!(
        (&made["id"], &made["currency"]),
        (&json!("settings"), &json!("CHF"))
    );
    assert_eq!(app.get(URL).await.ok(), made);
    assert_eq!(
        app.get("/settings/acme?fields=currency").await.ok(),
        json!({ "id": "settings", "currency": "CHF" })
    );
    let replaced = admin(
        &app,
        Call::put(URL, with(made.clone(), json!({ "currency": "EUR" }))),
    )
    .await;
    assert_eq!(replaced.headers["etag"], "\"2\"");
    admin(&app, Call::put(URL, made)).await.refused(409);
    let patch = json!([{ "op": "add", "path": "/holidays", "value": ["2026-12-25"] }]);
    assert_eq!(
        admin(&app, Call::patch(URL, patch)).await.ok()["holidays"],
        json!(["2026-12-25"])
    );
    assert_eq!(admin(&app, Call::delete(URL)).await.ok(), "settings");
    app.get(URL).await.refused(404);
    admin(&app, Call::patch(URL, json!([]))).await.refused(404);
}

#[tokio::test]
async fn there_is_only_one() {
    let app = TestApp::start().await;
    let posts = (0..5).map(|_| admin(&app, Call::post(URL, settings())));
    let answers = futures::future::join_all(posts).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        assert_eq!(
            answer.refused_for(409),
            "/id Settings settings exists already"
        );
    }
}

#[tokio::test]
async fn what_billing_relies_on_is_checked() {
    let app = TestApp::start().await;
    let body = json!({
        "time_zone": "Mars/Base", "currency": "francs", "delivery": "redirect", "sender_address": "nobody",
        "holidays": ["2026-02-30"], "max_failure_share": 1.5, "charges": "sometimes",
    });
    let problems = admin(&app, Call::post(URL, body)).await.refused(400);
    let mut places: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
    places.sort_unstable();
    let expected = [
        "/charges",
        "/currency",
        "/delivery_address",
        "/holidays/0",
        "/max_failure_share",
        "/sender_address",
        "/time_zone",
    ];
    assert_eq!(places, expected, "{problems:?}");
}

/// What billing could not use later is refused when it is saved, by the same
/// reading: else every run of the tenant would fail for it.
#[tokio::test]
async fn a_setting_that_billing_cannot_use_is_not_saved() {
    let app = TestApp::start().await;
    let made = admin(&app, Call::post(URL, settings())).await.ok();
    for (path, value) in [
        ("/currency", json!("ABC")),
        ("/delivery_address", json!("ops@localhost")),
        ("/delivery_address", json!("a@example.org, b@example.org")),
        ("/delivery_address", json!("\u{200b}ops@example.org")),
        ("/sender_address", json!("office@localhost")),
        ("/portal_url", json!("portal.example.org")),
        ("/portal_url", json!("javascript:alert(1)")),
        ("/max_failures", json!(-1)),
        ("/max_amount", json!(-0.01)),
    ] {
        let patch = json!([{ "op": "add", "path": path, "value": value }]);
        let problems = admin(&app, Call::patch(URL, patch)).await.refused(400);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].0, path, "{value}");
    }
    assert_eq!(app.get(URL).await.ok(), made);
}

#[tokio::test]
async fn no_mode_is_set_that_the_deployment_has_no_provider_for() {
    let mut app = TestApp::start().await;
    app.deploy_as(Deployment::IN_AN_ACCOUNT);
    let wanted = json!({ "currency": "CHF", "delivery": "redirect", "delivery_address": "test@example.org", "charges": "test" });
    let refused = admin(&app, Call::post(URL, wanted)).await.refused(400);
    let why = [
        (
            "/delivery",
            "must be off: this deployment has no mail provider",
        ),
        (
            "/charges",
            "must be off: this deployment has no payment provider",
        ),
    ];
    assert_eq!(
        refused,
        why.map(|(path, why)| (path.to_owned(), why.to_owned()))
    );
    let off = json!({ "currency": "CHF", "delivery": "off", "charges": "off" });
    admin(&app, Call::post(URL, off)).await.ok();
    for (field, mode) in [("delivery", "live"), ("charges", "live")] {
        let patch = json!([{ "op": "replace", "path": format!("/{field}"), "value": mode }]);
        let refused = admin(&app, Call::patch(URL, patch)).await.refused(400);
        assert_eq!(refused[0].0, format!("/{field}"));
    }
    // What was set while there was a provider blocks no other change.
    app.deploy_as(Deployment::LOCAL);
    let live = json!([{ "op": "replace", "path": "/delivery", "value": "live" }]);
    admin(&app, Call::patch(URL, live)).await.ok();
    app.deploy_as(Deployment::IN_AN_ACCOUNT);
    let named = json!([{ "op": "add", "path": "/holidays", "value": ["2026-12-25"] }]);
    assert_eq!(
        admin(&app, Call::patch(URL, named)).await.ok()["delivery"],
        "live"
    );
}

/// Old settings stand, so that what was billed is still shown and paid.
#[tokio::test]
async fn a_currency_that_has_ended_is_not_chosen_anew() {
    let app = TestApp::start().await;
    let ended = |clock: &str| json!({ "currency": "BGN", "clock": clock });
    let refused = admin(&app, Call::post(URL, ended("2026-01-01T12:00:00Z"))).await;
    assert_eq!(
        refused.refused_for(400),
        "/currency BGN ended on 2025-12-31: use EUR, which took its place"
    );
    admin(&app, Call::post(URL, ended("2025-12-31T12:00:00Z")))
        .await
        .ok();
    let later = json!([{ "op": "replace", "path": "/clock", "value": "2026-11-01T12:00:00Z" }]);
    let kept = admin(&app, Call::patch(URL, later)).await.ok();
    assert_eq!(kept["currency"], "BGN");
    for (currency, refused) in [("EUR", false), ("HRK", true), ("BGN", true), ("XCG", false)] {
        let patch = json!([{ "op": "replace", "path": "/currency", "value": currency }]);
        let answer = admin(&app, Call::patch(URL, patch)).await;
        assert_eq!(answer.status == 400, refused, "{currency}");
    }
}
