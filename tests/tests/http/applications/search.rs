//! `POST /applications/{tenantId}/search`

use super::{app, set};
use model::resources::{ApplicationStatusReasons, Applications};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::records::{an_application, record, with};
use tests::{Call, TestApp};

const SEARCH: &str = "/applications/acme/search";

fn ids(page: &Value) -> Vec<String> {
    let items = page["Items"].as_array().expect("items").iter();
    items
        .map(|item| item["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn seed(app: &TestApp, id: &str, changes: Value) {
    let body = with(
        an_application(),
        json!({ "id": id, "name": "Ada Byron", "status": "not yet submitted" }),
    );
    app.seed::<Applications>(with(body, changes)).await;
}

/// Ada's, Bo's and an organization's.
async fn three() -> TestApp {
    let app = app().await;
    app.seed_type_and_package("2").await;
    let reason = json!({ "id": "r-1", "name": "Incomplete", "applies_to": "rejected" });
    app.seed::<ApplicationStatusReasons>(reason).await;
    seed(&app, "ada", json!({})).await;
    let bo = json!({
        "name": "Bo ÄRGER", "type": "renewal", "status": "rejected", "status_reason_id": "r-1",
        "membership_type_id": "t-2", "membership_package_id": "p-2", "date": "2026-02-01T01:30:00+02:00",
    });
    seed(&app, "bo", bo).await;
    let engines = json!({
        "owner_type": "organization", "contact_id": null, "organization_id": "o-1", "name": "Engines Ltd",
        "status": "under review", "date": "2026-02-01T12:00:00.000Z",
    });
    seed(&app, "engines", engines).await;
    app
}

#[tokio::test]
async fn every_criterion_finds_what_it_asks_for() {
    let app = three().await;
    let (ada, bo, engines) = ("ada", "bo", "engines");
    for (criteria, expected) in [
        (json!({}), vec![ada, bo, engines]),
        (
            json!({ "id": [], "name": "", "status": [], "date": [null, ""] }),
            vec![ada, bo, engines],
        ),
        (json!({ "id": [bo, "nobody"] }), vec![bo]),
        (json!({ "id": [bo, ada], "name": "byron" }), vec![ada]),
        (json!({ "owner_type": "organization" }), vec![engines]),
        (json!({ "name": "ärg" }), vec![bo]),
        (
            json!({ "status": ["rejected", "under review"] }),
            vec![bo, engines],
        ),
        (json!({ "status_reason_id": ["r-1"] }), vec![bo]),
        (json!({ "type": ["renewal"] }), vec![bo]),
        (json!({ "membership_type_id": ["t-1"] }), vec![ada, engines]),
        (json!({ "membership_package_id": ["p-2"] }), vec![bo]),
        (json!({ "date": ["2026-01-31", "2026-01-31"] }), vec![bo]),
        (json!({ "date": ["2026-02-01", null] }), vec![engines]),
        (
            json!({ "date": ["", "2026-02-01T12:00:00Z"] }),
            vec![bo, engines],
        ),
        (
            json!({ "date": ["2026-01-01", null], "status": ["rejected"], "name": "b" }),
            vec![bo],
        ),
        (json!({ "name": "b", "status": ["approved"] }), vec![]),
    ] {
        let page = app.post(SEARCH, criteria.clone()).await.ok();
        let found: BTreeSet<String> = ids(&page).into_iter().collect();
        let expected = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(found, expected, "{criteria}");
        assert_eq!(page["LastEvaluatedKey"], Value::Null, "{criteria}");
        assert_eq!(page.get("Count"), None);
    }
}

#[tokio::test]
async fn a_change_is_found_by_what_it_leaves() {
    let app = three().await;
    let url = "/applications/acme/ada";
    let dated = json!("2020-05-06T07:00:00.000Z");
    app.patch(url, set("date", dated)).await.ok();
    app.patch(url, set("status", json!("under review")))
        .await
        .ok();
    app.delete("/applications/acme/engines").await.ok();
    for criteria in [
        json!({ "date": [null, "2020-12-31"] }),
        json!({ "status": ["under review"] }),
    ] {
        let page = app.post(SEARCH, criteria.clone()).await.ok();
        assert_eq!(ids(&page), ["ada"], "{criteria}");
    }
}

#[tokio::test]
async fn results_show_what_is_asked_for() {
    let app = three().await;
    let page = app.post(SEARCH, json!({ "id": ["ada"] })).await.ok();
    let read = app.get("/applications/acme/ada").await.ok();
    assert_eq!(page["Items"], json!([read]));
    let narrow = app
        .post(
            &format!("{SEARCH}?fieldsToReturn=name,colour"),
            json!({ "id": ["ada"] }),
        )
        .await
        .ok();
    let expected = json!([{ "id": "ada", "name": "Ada Byron" }]);
    assert_eq!(narrow["Items"], expected);
}

#[tokio::test]
async fn bad_criteria_are_told_together() {
    let app = TestApp::start().await;
    for (body, expected) in [
        (
            json!({ "colour": 1, "name": ["a"], "status": ["lost"], "type": "join", "owner_type": "team" }),
            vec!["/colour", "/name", "/owner_type", "/status/0", "/type"],
        ),
        (json!({ "date": ["2026-01-01"] }), vec!["/date"]),
        (
            json!({ "date": ["soon", "later"] }),
            vec!["/date/0", "/date/1"],
        ),
        (
            json!({ "date": ["2026-02-01", "2026-01-31"] }),
            vec!["/date"],
        ),
    ] {
        let refused = app.post(SEARCH, body.clone()).await;
        let mut fields = refused.refused_fields();
        fields.sort_unstable();
        assert_eq!(
            (refused.status, fields),
            (400, expected.iter().map(|f| (*f).to_owned()).collect()),
            "{body}"
        );
    }
    app.send(Call::post(SEARCH, json!({})).of_tenant("other"))
        .await
        .refused(403);
}

async fn insert(app: &TestApp, numbers: std::ops::Range<usize>) {
    let changes: Vec<_> = numbers
        .map(|n| {
            let own = json!({
                "id": format!("a-{n}"), "name": format!("Applicant {n}"), "status": "under review",
                "date": format!("2026-01-01T00:00:00.{:03}Z", n % 1_000),
            });
            let application = record(with(an_application(), own));
            let change = app
                .store
                .change::<Applications>(&tests::import(), None, application);
            change.expect("a sound application")
        })
        .collect();
    let written = app.store.write_all(&changes).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
}

#[tokio::test]
async fn pages_meet_all_that_stays_once_whatever_is_written_meanwhile() {
    let app = app().await;
    insert(&app, 0..250).await;
    for (round, criteria) in [
        json!({ "status": ["under review"] }),
        json!({ "date": ["2026-01-01", null] }),
    ]
    .iter()
    .enumerate()
    {
        let mut met: BTreeMap<String, usize> = BTreeMap::new();
        let (mut pages, mut key) = (0, String::new());
        loop {
            let url = format!("{SEARCH}?fieldsToReturn=id&exclusiveStartKey={key}");
            let page = app.post(&url, criteria.clone()).await.ok();
            for id in ids(&page) {
                *met.entry(id).or_default() += 1;
            }
            pages += 1;
            let made = 1_000 * (10 * round + pages);
            insert(&app, made..made + 10).await;
            let gone = format!("/applications/acme/a-{}", 200 + 10 * round + pages);
            app.delete(&gone).await.ok();
            match page["LastEvaluatedKey"].as_str() {
                Some(next) => key = next.to_owned(),
                None => break,
            }
        }
        assert!(pages > 2, "{pages}");
        assert!(met.values().all(|times| *times == 1), "{met:?}");
        assert!((0..200).all(|n| met.contains_key(&format!("a-{n}"))));
    }
}

#[tokio::test]
async fn a_key_is_good_for_its_own_search_only() {
    let app = app().await;
    insert(&app, 0..120).await;
    let review = json!({ "status": ["under review"] });
    let page = app.post(SEARCH, review.clone()).await.ok();
    let key = page["LastEvaluatedKey"].as_str().expect("a key");
    let url = format!("{SEARCH}?exclusiveStartKey={key}");
    assert_eq!(ids(&app.post(&url, review).await.ok()).len(), 20);
    for other in [
        json!({}),
        json!({ "status": ["approved"] }),
        json!({ "date": ["2026-01-01", null], "status": ["under review"] }),
    ] {
        assert_eq!(
            app.post(&url, other).await.refused_for(400),
            "/exclusiveStartKey is not a key that this query has answered with"
        );
    }
    app.get(&format!(
        "/applications/acme/contact/c-1?exclusiveStartKey={key}"
    ))
    .await
    .refused(400);
}
