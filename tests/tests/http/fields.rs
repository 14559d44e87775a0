//! `fields`, `fieldsToReturn` and `consistentRead`.

use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn only_what_is_asked_for_and_the_id_is_shown() {
    let app = TestApp::start().await;
    app.seed_contact("c-1").await;
    let get = |query: &'static str| {
        let url = format!("/contacts/acme/c-1?{query}");
        let app = &app;
        async move { app.get(&url).await.ok() }
    };
    assert_eq!(
        get("fields=name").await,
        json!({ "id": "c-1", "name": "Ada Byron" })
    );
    let dotted = json!({ "id": "c-1", "address": { "city": "London" }, "job_title": "Analyst" });
    assert_eq!(get("fields=address.city,%20job_title").await, dotted);
    assert_eq!(
        get("fields=address.nothing,nonsense").await,
        json!({ "id": "c-1", "address": {} })
    );
    assert_eq!(get("fields=_pk,_sk,_w").await, json!({ "id": "c-1" }));
    assert_eq!(get("fields=").await["name"], "Ada Byron");
    assert_eq!(
        get("consistentRead=yes&fields=name").await["name"],
        "Ada Byron"
    );
}

#[tokio::test]
async fn lists_and_look_ups_take_them_too() {
    let app = TestApp::start().await;
    app.seed_contact("c-1").await;
    let listed = app.get("/contacts/acme?fields=first_name").await.ok();
    assert_eq!(listed, json!([{ "id": "c-1", "first_name": "Ada" }]));
}

#[tokio::test]
async fn parameters_that_cannot_be_read_are_an_answer() {
    let app = TestApp::start().await;
    app.seed_contact("c-1").await;
    let refused = app
        .get("/contacts/acme/c-1?fields=a&fields=b")
        .await
        .refused_for(400);
    assert_eq!(refused, "/fields is given twice");
    for query in ["fields=%FF", "&&", "fields=%zz", "fields=ä"] {
        assert_eq!(
            app.get(&format!("/contacts/acme/c-1?{query}")).await.ok()["id"],
            "c-1",
            "{query}"
        );
    }
    for (query, name) in [("%", "/%"), ("=", "/"), ("x=1", "/x")] {
        let url = format!("/contacts/acme/c-1?{query}");
        let refused = app.get(&url).await.refused(400);
        assert_eq!(refused[0].0, name, "{query}");
    }
}
