//! The chapters and sections that an application may ask for, and the chapter that
//! who joins is given (rules AFF-6 to AFF-8).

use super::{app, set};
use model::resources::{Chapters, SectionTypes, Sections, Settings};
use serde_json::{Value, json};
use tests::records::{an_application, with};
use tests::{Call, TestApp};

async fn configure(app: &TestApp, configuration: Value) {
    let settings = json!({ "id": "settings", "chapter_configuration": configuration });
    app.seed::<Settings>(settings).await;
}

/// Chapters with addresses, one of them where the applicant lives.
async fn places(app: &TestApp) {
    for (id, address) in [
        ("british", json!({ "country": "GB" })),
        ("london", json!({ "country": "GB", "city": "London" })),
        ("swiss", json!({ "country": "CH" })),
    ] {
        let chapter = json!({ "id": id, "name": id, "address": address });
        app.seed::<Chapters>(chapter).await;
    }
}

fn submitted(changes: Value) -> Value {
    with(
        with(an_application(), json!({ "status": "under review" })),
        changes,
    )
}

#[tokio::test]
async fn who_joins_is_assigned_the_chapter_of_their_address() {
    let app = app().await;
    places(&app).await;
    configure(&app, json!({ "auto_assignment": "assign" })).await;
    let made = app
        .post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    assert_eq!(made["chapter_id"], "london");
    // Staff may know better.
    app.seed_contact("c-2").await;
    let named = submitted(json!({ "contact_id": "c-2", "chapter_id": "swiss" }));
    assert_eq!(
        app.post("/applications/acme", named).await.ok()["chapter_id"],
        "swiss"
    );
}

#[tokio::test]
async fn a_draft_suggests_it() {
    let app = app().await;
    places(&app).await;
    let draft = "/applications/acme/generateApplication/join-1/contact/c-1";
    assert_eq!(
        app.post(draft, Value::Null).await.ok().get("chapter_id"),
        None
    );
    configure(&app, json!({ "auto_assignment": "suggest" })).await;
    assert_eq!(
        app.post(draft, Value::Null).await.ok()["chapter_id"],
        "london"
    );
    app.set::<Chapters>("london", json!({ "is_active": false }))
        .await;
    assert_eq!(
        app.post(draft, Value::Null).await.ok()["chapter_id"],
        "british"
    );
    // Only suggested: who leaves it out has none.
    let made = app
        .post("/applications/acme", submitted(json!({})))
        .await
        .ok();
    assert_eq!(made.get("chapter_id"), None);
}

#[tokio::test]
async fn a_submission_has_as_many_as_are_asked_for() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &[]).await;
    configure(&app, json!({ "mode": "required single chapter" })).await;
    let refused = async |changes: Value| {
        let call = Call::post("/applications/acme", submitted(changes)).scopes("admin");
        app.send(call).await.refused_for(400)
    };
    assert_eq!(
        refused(json!({})).await,
        "/chapter_id makes 0 chapters: at least 1 have to be joined"
    );
    assert_eq!(
        refused(json!({ "chapter_id": "north", "additional_chapter_ids": ["south"] })).await,
        "/additional_chapter_ids makes 2 chapters: at most 1 can be joined"
    );
    // Not yet submitted it may be unfinished.
    let url = app.apply(an_application()).await;
    app.patch(&url, set("chapter_id", json!("north")))
        .await
        .ok();
    app.patch(&url, set("status", json!("under review")))
        .await
        .ok();
}

#[tokio::test]
async fn a_section_is_for_its_types() {
    let app = app().await;
    app.seed_type_and_package("2").await;
    app.seed::<SectionTypes>(json!({ "id": "st", "name": "Interests" }))
        .await;
    let only = json!({ "id": "law", "name": "Law", "type_id": "st",
        "restrict_membership_types": true, "allowed_membership_type_ids": ["t-2"] });
    app.seed::<Sections>(only).await;
    let asks = json!({ "section_ids": ["law"] });
    let refused = app
        .post("/applications/acme", submitted(asks.clone()))
        .await;
    assert_eq!(
        refused.refused_for(400),
        "/section_ids sections Law (law) is not for the membership type t-1"
    );
    let of_type = with(asks, json!({ "membership_type_id": "t-2" }));
    app.post("/applications/acme", submitted(of_type))
        .await
        .ok();
}
