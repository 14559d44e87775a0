//! Groups are found by a search, and their applications too.

use super::{app, apply, group};
use serde_json::json;

#[tokio::test]
async fn a_search_finds_them_by_name_and_administrator() {
    let app = app().await;
    group(&app, json!({ "name": "Engineers of the north" })).await;
    group(&app, json!({ "name": "Lawyers", "contact_id": "c-2" })).await;
    let url = "/applicationGroups/acme/search";
    for (criteria, expected) in [
        (json!({}), 2),
        (json!({ "name": "ENGINEERS" }), 1),
        (json!({ "contact_id": ["c-2", "c-9"] }), 1),
        (json!({ "name": "law", "contact_id": ["c-1"] }), 0),
    ] {
        let found = app.post(url, criteria.clone()).await.ok();
        let items = found["Items"].as_array().expect("items");
        assert_eq!(items.len(), expected, "{criteria}");
    }
    let unknown = app.post(url, json!({ "total": [1, 2] })).await;
    unknown.refused(400);
}

#[tokio::test]
async fn applications_are_found_by_their_group() {
    let app = app().await;
    let one = group(&app, json!({})).await;
    let other = group(&app, json!({})).await;
    let draft = json!({ "status": "not yet submitted" });
    apply(&app, &one, "c-2", draft).await;
    apply(&app, &one, "c-3", json!({})).await;
    apply(&app, &other, "c-4", json!({})).await;
    let criteria = json!({ "application_group_id": [one] });
    let found = app.post("/applications/acme/search", criteria).await.ok();
    let mut owners: Vec<&str> = found["Items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["contact_id"].as_str())
        .collect();
    owners.sort_unstable();
    assert_eq!(owners, ["c-2", "c-3"]);
}
