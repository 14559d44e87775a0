//! `DELETE /applications/{tenantId}/{id}`

use super::{app, set};
use serde_json::json;
use tests::Call;
use tests::records::{a_membership, an_application, with};

#[tokio::test]
async fn is_for_good() {
    let app = app().await;
    let url = app.apply(an_application()).await;
    let id = url.rsplit('/').next().unwrap();
    assert_eq!(app.delete(&url).await.ok(), id);
    app.get(&url).await.refused(404);
    app.delete(&url).await.refused(404);
    let left = app.get("/applications/acme/contact/c-1").await.ok();
    assert_eq!(left["Count"], 0);
}

#[tokio::test]
async fn is_refused_while_there_is_an_order() {
    let app = app().await;
    let url = app
        .apply(with(an_application(), json!({ "status": "under review" })))
        .await;
    let refused = app.delete(&url).await.refused_for(409);
    assert_eq!(refused, "/order_id has an order: it is kept");
    // Not even an admin takes it away.
    let taken = json!([{ "op": "remove", "path": "/order_id" }]);
    let by_admin = Call::patch(&url, taken).scopes("admin");
    assert_eq!(
        app.send(by_admin).await.refused_for(400),
        "/order_id is set by the server"
    );
    app.delete(&url).await.refused(409);
}

#[tokio::test]
async fn is_refused_once_a_membership_came_of_it() {
    let app = app().await;
    let url = app.apply(an_application()).await;
    let id = url.rsplit('/').next().unwrap();
    let unknown = with(a_membership(), json!({ "application_id": "a-9" }));
    assert_eq!(
        app.post("/memberships/acme", unknown)
            .await
            .refused_for(409),
        "/application_id applications a-9 does not exist"
    );
    let membership = with(a_membership(), json!({ "application_id": id }));
    app.post("/memberships/acme", membership).await.ok();
    let refused = app.delete(&url).await.refused_for(409);
    assert!(refused.contains("is or was used"), "{refused}");
    app.patch(&url, set("notes", json!("n"))).await.ok();
    app.delete("/memberships/acme/contact:c-1").await.ok();
    app.delete(&url).await.refused(409);
}
