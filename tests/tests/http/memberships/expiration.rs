//! `POST …/expirationDateCalculation/{dateToUseAsBasisForCalculation}`

use model::resources::Packages;
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{a_membership, a_package, with};

fn calendar() -> Value {
    json!({ "expiration_type": "calendar", "calendar_expiration_options": {
        "start_of_calendar_year": 1, "sell_for_next_year_after": "10-01", "number_of_years": 1 } })
}

fn url(basis: &str) -> String {
    format!("/memberships/acme/expirationDateCalculation/{basis}")
}

#[tokio::test]
async fn options_come_bare_wrapped_or_by_a_memberships_package() {
    let app = TestApp::start().await;
    let package = json!({ "id": "p-1", "expiration_options": calendar() });
    app.seed::<Packages>(with(a_package(), package)).await;
    for body in [
        calendar(),
        json!({ "expiration_options": calendar() }),
        json!({ "expiration_options": calendar(), "package_id": "nothing" }),
        a_membership(),
    ] {
        for (basis, last) in [("2025-03-10", "2025-12-31"), ("2025-10-02", "2026-12-31")] {
            let answer = app.post(&url(basis), body.clone()).await.ok();
            assert_eq!(answer, last, "{body}");
        }
    }
    let anniversary = json!({ "expiration_type": "anniversary", "anniversary_expiration_options": {
        "term_length": 12, "term_type": "months", "sell_for_next_month_after": 15 } });
    let answer = app.post(&url("2025-03-20"), anniversary).await;
    assert_eq!(answer.ok(), "2026-03-31");
    let lifetime = json!({ "expiration_type": "lifetime" });
    assert_eq!(app.post(&url("2025-03-20"), lifetime).await.ok(), "");
}

#[tokio::test]
async fn what_says_no_date_is_refused_by_place() {
    let app = TestApp::start().await;
    for bad in [
        "2025-02-30",
        "2025-3-1",
        "today",
        "2025-03-10T00:00:00Z",
        "20250310",
    ] {
        let refused = app.post(&url(bad), calendar()).await.refused_for(400);
        assert_eq!(
            refused, "/dateToUseAsBasisForCalculation must be a date, YYYY-MM-DD",
            "{bad}"
        );
    }
    let broken = json!({ "expiration_type": "calendar", "calendar_expiration_options": {
        "start_of_calendar_year": 13 } });
    let of = |prefix: &str| {
        [
            format!("{prefix}/calendar_expiration_options/number_of_years"),
            format!("{prefix}/calendar_expiration_options/start_of_calendar_year"),
        ]
    };
    let at = async |body: Value| {
        let answer = app.post(&url("2025-03-10"), body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        let mut fields = answer.refused_fields();
        fields.sort();
        fields
    };
    assert_eq!(at(broken.clone()).await, of(""));
    assert_eq!(
        at(json!({ "expiration_options": broken })).await,
        of("/expiration_options")
    );
    assert_eq!(at(json!({})).await, ["/expiration_type"]);
    assert_eq!(
        at(json!({ "expiration_options": [] })).await,
        ["/expiration_options"]
    );
    assert_eq!(at(json!({ "package_id": 7 })).await, ["/package_id"]);
    assert_eq!(at(json!([])).await, [""]);
}

#[tokio::test]
async fn a_package_that_says_no_date_is_named() {
    let app = TestApp::start().await;
    app.seed::<Packages>(with(a_package(), json!({ "id": "p-1" })))
        .await;
    let refused = app.post(&url("2025-03-10"), a_membership()).await;
    assert_eq!(
        refused.refused_for(400),
        "/package_id has no expiration_options"
    );
    let unknown = json!({ "package_id": "p-9" });
    app.post(&url("2025-03-10"), unknown).await.refused(404);
}
