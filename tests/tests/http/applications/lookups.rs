//! Look-ups of applications by contact and by organization.

use super::{app, set};
use serde_json::{Value, json};
use tests::records::{an_application, with};

#[tokio::test]
async fn by_contact_a_page_at_a_time_in_the_order_of_ids() {
    let app = app().await;
    let mut ids = Vec::new();
    for n in 0..103 {
        let body = with(an_application(), json!({ "notes": n.to_string() }));
        let made = app.post("/applications/acme", body).await.ok();
        ids.push(made["id"].clone());
    }
    app.seed_contact("c-2").await;
    app.apply(with(an_application(), json!({ "contact_id": "c-2" })))
        .await;
    let url = "/applications/acme/contact/c-1";
    let first = app.get(&format!("{url}?fields=notes")).await.ok();
    assert_eq!(first["Count"], 100);
    assert_eq!(first["Items"][0], json!({ "id": ids[0], "notes": "0" }));
    let key = first["LastEvaluatedKey"].as_str().unwrap();
    let last = app
        .get(&format!("{url}?exclusiveStartKey={key}"))
        .await
        .ok();
    assert_eq!(
        (&last["Count"], &last["LastEvaluatedKey"]),
        (&json!(3), &Value::Null)
    );
    assert_eq!(last["Items"][2]["id"], ids[102]);
    let other = "/applications/acme/contact/c-2";
    app.get(&format!("{other}?exclusiveStartKey={key}"))
        .await
        .refused(400);
    assert_eq!(app.get(other).await.ok()["Count"], 1);
}

#[tokio::test]
async fn by_organization_only_what_it_applies_for_itself() {
    let app = app().await;
    app.seed_process(json!({ "id": "join-2", "customer_type": "organization" }))
        .await;
    let url = "/applications/acme/organization/o-1";
    app.apply(with(an_application(), json!({ "organization_id": "o-1" })))
        .await;
    let empty = json!({ "Count": 0, "Items": [], "LastEvaluatedKey": null });
    assert_eq!(app.get(url).await.ok(), empty);
    let own = json!({
        "process_id": "join-2", "owner_type": "organization", "contact_id": null, "organization_id": "o-1",
        "membership_type_id": null, "membership_package_id": null,
    });
    app.apply(with(an_application(), own)).await;
    let found = app.get(&format!("{url}?fields=name")).await.ok();
    assert_eq!(found["Count"], 1);
    assert_eq!(found["Items"][0]["name"], "Engines Ltd");
    assert_eq!(app.get("/applications/acme/contact/o-1").await.ok(), empty);
    assert_eq!(
        app.get("/applications/acme/organization/o-9").await.ok(),
        empty
    );
}

#[tokio::test]
async fn another_owner_has_it_after_a_change() {
    let app = app().await;
    app.seed_contact("c-2").await;
    let url = app.apply(an_application()).await;
    app.patch(&url, set("contact_id", json!("c-2"))).await.ok();
    let count = |contact: &str| {
        let (app, url) = (&app, format!("/applications/acme/contact/{contact}"));
        async move { app.get(&url).await.ok()["Count"].clone() }
    };
    assert_eq!(
        (count("c-1").await, count("c-2").await),
        (0.into(), 1.into())
    );
}
