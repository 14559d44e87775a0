//! `/types`, `/packages`, `/statusReasons`: the shared operations over data.

use model::resources::Settings;
use serde_json::{Value, json};
use tests::records::{a_membership, a_package, a_status_reason, a_type, with};
use tests::{Call, TestApp};

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

fn package_with_term(term: Value) -> Value {
    let options =
        json!({ "expiration_type": "anniversary", "anniversary_expiration_options": term });
    with(a_package(), json!({ "expiration_options": options }))
}

/// Saving reads the options as computing a date does: what no date could be
/// computed from is not saved.
#[tokio::test]
async fn options_that_say_no_date_are_not_saved() {
    let app = TestApp::start().await;
    let range = |day: &str| json!([{ "range_start": day, "range_end": "03-31", "expiration_date": "12-31" }]);
    let fixed = |dates: Value| json!({ "term_length": 1, "term_type": "years", "enable_fixed_expiration_dates": true, "fixed_expiration_dates": dates });
    for (term, place) in [
        (
            json!({ "term_length": 5000, "term_type": "years" }),
            "term_length",
        ),
        (
            json!({ "term_length": 2000, "term_type": "months" }),
            "term_length",
        ),
        (fixed(json!([])), "fixed_expiration_dates"),
        (
            fixed(range("02-30")),
            "fixed_expiration_dates/0/range_start",
        ),
    ] {
        let problems = app
            .post("/packages/acme", package_with_term(term))
            .await
            .refused(400);
        let path = format!("/expiration_options/anniversary_expiration_options/{place}");
        let places: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(places, [path]);
    }
    let percent = with(
        a_package(),
        json!({ "update_dates_when": "percentage paid", "update_dates_value": 101 }),
    );
    let problems = app.post("/packages/acme", percent).await.refused(400);
    assert_eq!(problems[0].0, "/update_dates_value");
}

/// An amount that an order's price refuses is refused when it is saved, in the
/// tenant's currency.
#[tokio::test]
async fn an_amount_that_cannot_be_charged_is_not_saved() {
    let app = TestApp::start().await;
    app.seed::<Settings>(json!({ "id": "settings" })).await;
    let number = |text: &str| serde_json::from_str::<Value>(text).expect("a number");
    for (currency, price) in [
        ("EUR", "99.999"),
        ("JPY", "5000.5"),
        ("USD", "-500"),
        ("USD", "7e27"),
        ("KWD", "1.0005"),
    ] {
        let set = json!([{ "op": "add", "path": "/currency", "value": currency }]);
        app.send(Call::patch("/settings/acme", set).scopes("admin"))
            .await
            .ok();
        for (url, body, field) in [
            ("/packages/acme", a_package(), "price"),
            ("/packages/acme", a_package(), "member_price"),
            (
                "/changeFees/acme",
                json!({ "name": "Fee", "business_unit_id": "b-1" }),
                "price",
            ),
            (
                "/coupons/acme",
                json!({ "name": "Ten off" }),
                "maximum_discount",
            ),
        ] {
            let body = with(
                with(body, json!({ "price": null })),
                json!({ field: number(price) }),
            );
            let problems = app.post(url, body).await.refused(400);
            assert_eq!(problems[0].0, format!("/{field}"), "{price} {currency}");
        }
    }
}

#[tokio::test]
async fn dues_that_cannot_be_charged_are_not_saved_with_a_membership() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let number = |text: &str| serde_json::from_str::<Value>(text).expect("a number");
    for (list, key, id) in [
        ("chapters", "chapter_id", "north"),
        ("add_ons", "add_on_id", "journal"),
    ] {
        for dues in ["10.005", "-500", "7e27", "7.255"] {
            let held = json!({ list: [{ key: id, "dues": number(dues) }] });
            let problems = app
                .post("/memberships/acme", with(a_membership(), held))
                .await
                .refused(400);
            let path = format!("/{list}/0/dues");
            assert!(problems.iter().any(|(at, _)| *at == path), "{problems:?}");
        }
    }
    let many = json!({ "add_ons": [{ "add_on_id": "journal", "dues": number("9000000000000"), "quantity": 1_000_000 }] });
    let problems = app
        .post("/memberships/acme", with(a_membership(), many))
        .await
        .refused(400);
    assert_eq!(problems[0].0, "/add_ons/0/dues");
}

#[tokio::test]
async fn a_number_within_free_options_is_a_number() {
    let app = TestApp::start().await;
    let seats = |most: Value| json!({ "organizational_membership_options": { "maximum_number_of_contacts": most } });
    let at = "/organizational_membership_options/maximum_number_of_contacts must be a whole number from 0 to 1000000";
    for wrong in [json!("two"), json!("2"), json!(-1), json!(2.5), json!([2])] {
        let answer = app
            .post("/packages/acme", with(a_package(), seats(wrong)))
            .await;
        assert_eq!(answer.refused_for(400), at);
    }
    for most in [json!(0), json!(7), json!(null)] {
        app.post("/packages/acme", with(a_package(), seats(most)))
            .await
            .ok();
    }
    let bundle = |switch: bool, entry: Value| json!({ "enable_bundled_products": switch, "bundled_products": [{}, entry] });
    for (entry, at) in [
        (
            json!({ "quantity": "two" }),
            "/bundled_products/1/quantity must be a whole number from 1 to 1000000",
        ),
        (
            json!({ "price": "free" }),
            "/bundled_products/1/price must be a decimal number of 0 or more",
        ),
        (
            json!({ "price": -3 }),
            "/bundled_products/1/price must be a decimal number of 0 or more",
        ),
    ] {
        let on = with(a_package(), bundle(true, entry.clone()));
        assert_eq!(app.post("/packages/acme", on).await.refused_for(400), at);
        let off = with(a_package(), bundle(false, entry));
        app.post("/packages/acme", off).await.ok();
    }
    let whole = json!({ "product_id": "p", "price": 12.50, "quantity": 2 });
    let on = with(a_package(), bundle(true, whole));
    app.post("/packages/acme", on).await.ok();
}
