//! What a renewal buys: terms in a row, late renewals, zones.

use crate::support::{MARCH, bill};
use model::resources::Packages;
use serde_json::{Value, json};
use tests::TENANT;
use tests::TestApp;
use tests::billing::run_body;

async fn pay_in_full(app: &TestApp, member: &str) -> Value {
    let order = app.orders(member).await.remove(0);
    let id = format!("paid-{}", order["number"]);
    let body = json!({ "id": id, "type": "check", "amount": order["balance_due"] });
    app.post(
        &format!(
            "/orders/{TENANT}/{}/payments",
            order["id"].as_str().expect("a text")
        ),
        body,
    )
    .await
    .ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_renewals_follow_each_other_without_a_gap() {
    let app = TestApp::with_catalogue().await;
    for (package, expirations) in [
        ("anniversary", ["2024-02-29", "2025-02-28", "2026-02-28"]),
        ("calendar", ["2024-12-31", "2025-12-31", "2026-12-31"]),
    ] {
        let member = app
            .member(package, expirations[0], json!({ "package_id": package }))
            .await;
        for pair in expirations.windows(2) {
            app.set_today(pair[0]).await;
            app.bill(pair[0], pair[0], &["orders"]).await;
            pay_in_full(&app, &member).await;
            let stored = app.membership(&member).await;
            assert_eq!(stored["expiration_date"], pair[1], "{package}");
            assert_eq!(stored["is_new"], false);
            let order = app.orders(&member).await.remove(0);
            assert_eq!(order["renewal"]["type"], "renewal");
            assert_eq!(order["renewal"]["previous_expiration_date"], pair[0]);
        }
        assert_eq!(app.orders(&member).await.len(), 2);
        assert_eq!(app.membership(&member).await["join_date"], "2020-01-01");
    }
}

async fn late_package(app: &TestApp) {
    let options = json!({ "expiration_type": "anniversary", "grace_period": 30, "allow_reinstatement": true,
        "reinstatement_options": { "reinstatement_period": 30, "give_renewal_pricing_during_reinstatement_period": false },
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.seed::<Packages>(
        json!({ "id": "late", "name": "Late", "business_unit_id": "b-1", "price": 120,
        "member_price": 100, "expiration_options": options }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_late_decides_between_renewal_reinstatement_and_join() {
    let app = TestApp::with_catalogue().await;
    late_package(&app).await;
    // Today is 2026-03-10.
    for (id, expiration, kind, total, start, end) in [
        (
            "grace",
            "2026-02-08",
            "renewal",
            "100.00",
            "2026-02-09",
            "2027-02-08",
        ),
        (
            "reinstated",
            "2026-02-07",
            "reinstatement",
            "120.00",
            "2026-03-10",
            "2027-03-09",
        ),
        (
            "joined",
            "2026-01-08",
            "join",
            "120.00",
            "2026-03-10",
            "2027-03-09",
        ),
    ] {
        let member = app
            .member(id, expiration, json!({ "package_id": "late" }))
            .await;
        app.bill(expiration, expiration, &["orders"]).await;
        let order = pay_in_full(&app, &member).await;
        assert_eq!(order["renewal"]["type"], kind, "{id}");
        assert_eq!(order["total"].to_string(), total, "{id}");
        assert_eq!(order["renewal"]["term_start_date"], start, "{id}");
        let stored = app.membership(&member).await;
        assert_eq!(stored["expiration_date"], end, "{id}");
        let joined = if kind == "join" {
            "2026-03-10"
        } else {
            "2020-01-01"
        };
        assert_eq!(stored["join_date"], joined, "{id}");
        let reinstated = if kind == "reinstatement" {
            json!("2026-03-10")
        } else {
            Value::Null
        };
        assert_eq!(stored["reinstatement_date"], reinstated, "{id}");
        assert_eq!(stored["is_new"], kind == "join", "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_does_not_reclassify_the_order() {
    let app = TestApp::with_catalogue().await;
    late_package(&app).await;
    let member = app
        .member("a", "2026-03-31", json!({ "package_id": "late" }))
        .await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    app.set_today("2026-12-01").await;
    let order = pay_in_full(&app, &member).await;
    assert_eq!(order["renewal"]["type"], "renewal");
    assert_eq!(
        app.membership(&member).await["expiration_date"],
        "2027-03-31"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_package_it_renews_with_is_bought() {
    let app = TestApp::with_catalogue().await;
    let options = json!({ "expiration_type": "anniversary", "anniversary_expiration_options": {
        "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } });
    app.seed::<Packages>(
        json!({ "id": "starter", "name": "Starter", "business_unit_id": "b-1", "price": 10,
        "renews_with_id": "anniversary", "expiration_options": options }),
    )
    .await;
    let member = app
        .member("a", "2026-03-31", json!({ "package_id": "starter" }))
        .await;
    app.bill(MARCH.0, MARCH.1, &["orders"]).await;
    let order = pay_in_full(&app, &member).await;
    assert_eq!(order["total"].to_string(), "90.50");
    assert_eq!(app.membership(&member).await["package_id"], "anniversary");
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_the_tenants_east_and_west_of_utc() {
    // The same moment is 31 March in Honolulu and 1 April in Auckland.
    let moment = "2026-03-31T11:30:00Z";
    for (zone, today, dropped) in [
        ("Pacific/Honolulu", "2026-03-31", false),
        ("Pacific/Auckland", "2026-04-01", true),
    ] {
        let app = TestApp::with_catalogue().await;
        app.set_clock(moment, zone).await;
        let member = app.member("a", "2026-03-31", json!({})).await;
        let auto = app.auto_member("b", "2026-04-30", "tok_good").await;
        let id = app.draft("2026-03-31", "2026-03-31", &["drops"]).await;
        app.refresh(&id).await;
        let told = app
            .get(&format!("/billingRuns/{TENANT}/{id}/explain/{member}"))
            .await
            .ok();
        assert_eq!(told["today"], today, "{zone}");
        assert_eq!(told["actions"][0]["eligible"], dropped, "{zone}");
        if dropped {
            app.execute(&id).await;
            assert_eq!(app.membership(&member).await["lapse_date"], "2026-04-01");
        }
        bill(&app, run_body("2026-04-30", "2026-04-30", &["auto"])).await;
        assert_eq!(app.membership(&auto).await["renewal_date"], today, "{zone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_classification_is_the_tenants() {
    // 30 days of grace after 1 March end on 31 March.
    for (zone, kind) in [
        ("Pacific/Honolulu", "renewal"),
        ("Pacific/Auckland", "reinstatement"),
    ] {
        let app = TestApp::with_catalogue().await;
        late_package(&app).await;
        app.set_clock("2026-03-31T11:30:00Z", zone).await;
        let member = app
            .member("a", "2026-03-01", json!({ "package_id": "late" }))
            .await;
        app.bill("2026-03-01", "2026-03-01", &["orders"]).await;
        let order = app.orders(&member).await.remove(0);
        assert_eq!(order["renewal"]["type"], kind, "{zone}");
    }
}
