//! What can be applied for, whoever writes the application (rule APPL-4).

use super::{app, set};
use model::resources::{Packages, Types};
use serde_json::{Value, json};
use tests::records::{an_application, with};
use tests::{Call, TestApp};

async fn refused(app: &TestApp, changes: Value) -> String {
    let body = with(an_application(), changes);
    let by_admin = Call::post("/applications/acme", body).scopes("admin");
    app.send(by_admin).await.refused_for(400)
}

#[tokio::test]
async fn what_is_not_sold_any_more_is_refused_for_admins_too() {
    let app = app().await;
    let url = app.apply(an_application()).await;
    app.set::<Packages>("p-1", json!({ "is_active": false }))
        .await;
    assert_eq!(
        refused(&app, json!({})).await,
        "/membership_package_id package One year (p-1) is not active"
    );
    let without = json!({ "membership_package_id": null });
    app.set::<Types>("t-1", json!({ "is_active": false })).await;
    assert_eq!(
        refused(&app, without).await,
        "/membership_type_id type Regular (t-1) is not active"
    );
    // One that was made before keeps its notes up to date.
    app.patch(&url, set("notes", json!("n"))).await.ok();
}

#[tokio::test]
async fn a_type_is_for_its_kind_of_owner() {
    let app = app().await;
    app.set::<Types>("t-1", json!({ "customer_type": "organization" }))
        .await;
    assert_eq!(
        refused(&app, json!({})).await,
        "/owner_type must be organization: the membership type t-1 is for no other owners"
    );
}

#[tokio::test]
async fn each_chapter_and_section_is_named_once() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &[]).await;
    let twice = json!({ "chapter_id": "north", "additional_chapter_ids": ["south", "north"] });
    assert_eq!(
        refused(&app, twice).await,
        "/additional_chapter_ids/1 is the primary chapter: it is named once"
    );
    assert_eq!(
        refused(
            &app,
            json!({ "additional_chapter_ids": ["south", "south"] })
        )
        .await,
        "/additional_chapter_ids/1 stands twice in the list"
    );
    assert_eq!(
        refused(&app, json!({ "section_ids": ["s", "s"] })).await,
        "/section_ids/1 stands twice in the list"
    );
}
