//! Query parameters: those an operation names, and no other.

use serde_json::json;
use tests::records::a_type;
use tests::{Call, TestApp};

#[tokio::test]
async fn an_unknown_one_is_refused_with_those_that_are_taken() {
    let app = TestApp::start().await;
    let made = app.post("/types/acme", a_type()).await.ok();
    let one = format!("/types/acme/{}", made["id"].as_str().unwrap());
    for (url, name, taken) in [
        (
            format!("{one}?colour=red"),
            "colour",
            "fields, consistentRead",
        ),
        (
            format!("{one}?exclusiveStartKey=x"),
            "exclusiveStartKey",
            "fields, consistentRead",
        ),
        (
            "/types/acme?fields=id&Fields=id".into(),
            "Fields",
            "fields, exclusiveStartKey",
        ),
        (
            "/types/acme?a%2Fb=".into(),
            "a~1b",
            "fields, exclusiveStartKey",
        ),
        (
            "/memberships/acme/chapter/c?sectionStatus=all".into(),
            "sectionStatus",
            "fields, exclusiveStartKey, chapterStatus",
        ),
    ] {
        assert_eq!(
            app.get(&url).await.refused_for(400),
            format!("/{name} is not a query parameter of this operation, which takes {taken}"),
            "{url}"
        );
    }
    assert_eq!(
        app.delete(&format!("{one}?force=true"))
            .await
            .refused_for(400),
        "/force is not a query parameter of this operation, which takes none"
    );
    app.get(&one).await.ok();
}

#[tokio::test]
async fn a_write_is_not_carried_out() {
    let app = TestApp::start().await;
    for call in [
        Call::post("/types/acme?dryRun=true", a_type()),
        Call::post("/types/acme?dryRun=true", a_type()).header("idempotency-key", "k-1"),
    ] {
        app.send(call).await.refused(400);
    }
    assert_eq!(app.get("/types/acme").await.ok(), json!([]));
}

#[tokio::test]
async fn one_that_is_given_twice_or_says_nothing_is_refused() {
    let app = TestApp::with_catalogue().await;
    app.member("m", "2026-12-31", json!({})).await;
    let standing = "/memberships/acme/contact:m/standing";
    app.get(standing).await.ok();
    app.get(&format!("{standing}?date=2026-03-01")).await.ok();
    for (query, refused) in [
        ("date=", "/date must be a date, YYYY-MM-DD"),
        ("date=2026-03-01&date=2026-03-02", "/date is given twice"),
        ("date=2026-03-01&date=2026-03-01", "/date is given twice"),
    ] {
        let answer = app.get(&format!("{standing}?{query}")).await;
        assert_eq!(answer.refused_for(400), refused);
    }
    let answer = app
        .get("/memberships/acme/contact:m?fields=id&fields=name")
        .await;
    assert_eq!(answer.refused_for(400), "/fields is given twice");
}
