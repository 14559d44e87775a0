//! What the process of an application decides.

use super::{app, set};
use model::resources::ApplicationProcesses;
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{a_membership, an_application, record, with};

async fn change_process(app: &TestApp, changes: Value) {
    let process = app.store.require::<ApplicationProcesses>("join-1").await;
    let process = process.expect("a process");
    let fields = Value::Object(process.clone().into_fields());
    app.change::<ApplicationProcesses>(&process, record(with(fields, changes)))
        .await;
}

#[tokio::test]
async fn type_and_owner_are_the_processes() {
    let app = app().await;
    let renewal = with(an_application(), json!({ "type": "renewal" }));
    assert_eq!(
        app.post("/applications/acme", renewal)
            .await
            .refused_for(400),
        "/type must be join, as the process is"
    );
    let organization =
        json!({ "owner_type": "organization", "contact_id": null, "organization_id": "o-1" });
    assert_eq!(
        app.post("/applications/acme", with(an_application(), organization))
            .await
            .refused_for(400),
        "/owner_type must be contact: the process is for no other owners"
    );
    let url = app.apply(an_application()).await;
    app.patch(&url, set("type", json!("renewal")))
        .await
        .refused(400);
    app.seed_process(json!({ "id": "renew-1", "type": "renewal" }))
        .await;
    let both = json!([
        { "op": "replace", "path": "/type", "value": "renewal" },
        { "op": "replace", "path": "/process_id", "value": "renew-1" },
    ]);
    assert_eq!(app.patch(&url, both).await.ok()["type"], "renewal");
}

#[tokio::test]
async fn a_process_may_restrict_types_and_packages() {
    let app = app().await;
    let restricted = json!({
        "id": "join-2", "restrict_membership_types": true, "membership_type_ids": ["t-2"],
        "restrict_membership_packages": true, "membership_package_ids": ["p-2"],
    });
    app.seed_type_and_package("2").await;
    app.seed_process(restricted).await;
    let body = with(an_application(), json!({ "process_id": "join-2" }));
    let refused = app
        .post("/applications/acme", body.clone())
        .await
        .refused(400);
    let rule = "is not one that the process allows";
    assert_eq!(
        refused,
        ["/membership_type_id", "/membership_package_id"].map(|path| (path.into(), rule.into()))
    );
    let allowed = json!({ "membership_type_id": "t-2", "membership_package_id": "p-2" });
    app.post("/applications/acme", with(body.clone(), allowed))
        .await
        .ok();
    let open = json!({ "membership_type_id": null, "membership_package_id": null });
    app.post("/applications/acme", with(body, open)).await.ok();
}

#[tokio::test]
async fn a_later_change_of_the_process_blocks_no_other_change() {
    let app = app().await;
    let url = app.apply(an_application()).await;
    change_process(&app, json!({ "type": "renewal" })).await;
    app.patch(&url, set("notes", json!("n"))).await.ok();
    app.patch(&url, set("status", json!("under review")))
        .await
        .refused(400);
}

#[tokio::test]
async fn without_an_approval_a_submission_is_approved() {
    let app = app().await;
    for (words, first, second) in [(json!("never"), "c-2", "c-3"), (Value::Null, "c-4", "c-5")] {
        change_process(&app, json!({ "memberships_require_approval": words })).await;
        for contact in [first, second] {
            app.seed_contact(contact).await;
        }
        let url = app
            .apply(with(an_application(), json!({ "contact_id": first })))
            .await;
        let after = app.patch(&url, set("status", json!("under review"))).await;
        let after = after.ok();
        assert_eq!(after["status"], "approved");
        assert!(after["date"].is_string());
        let submitted = json!({ "status": "under review", "contact_id": second });
        let submitted = with(an_application(), submitted);
        let made = app.post("/applications/acme", submitted).await.ok();
        assert_eq!(made["status"], "approved");
    }
}

#[tokio::test]
async fn a_process_for_other_origins_takes_nobody() {
    let app = app().await;
    for (origins, status) in [
        (json!(["flowdown", "assigned"]), 400),
        (json!(["flowdown", "principal"]), 200),
        (json!([]), 200),
    ] {
        let id = format!(
            "of-{}",
            origins.as_array().map_or(0, Vec::len) + status as usize
        );
        app.seed_process(json!({ "id": id, "applicable_origins": origins }))
            .await;
        let body = with(an_application(), json!({ "process_id": id }));
        let quoted = app
            .post("/applications/acme/generateOrder", body.clone())
            .await;
        let draft = format!("/applications/acme/generateApplication/{id}/contact/c-1");
        let draft = app.post(&draft, Value::Null).await;
        let saved = app.post("/applications/acme", body).await;
        if status == 200 {
            saved.ok();
            quoted.ok();
            draft.ok();
            continue;
        }
        let rule = format!(
            "{id} is for memberships of the origin flowdown, assigned, and an application is of a principal one"
        );
        assert_eq!(saved.refused_for(status), format!("/process_id {rule}"));
        assert_eq!(quoted.refused_for(status), format!("/process_id {rule}"));
        assert_eq!(draft.refused_for(status), format!("/processId {rule}"));
    }
}

#[tokio::test]
async fn staff_decide_about_members_of_certain_chapters() {
    let app = app().await;
    app.seed_affiliations(&["north", "south"], &[]).await;
    for (id, word) in [
        ("listed", Value::Null),
        ("never", json!("never")),
        ("all", json!("always")),
    ] {
        let process = json!({ "id": id, "memberships_require_approval": word, "approval_chapter_ids": ["north"] });
        app.seed_process(process).await;
    }
    for (at, (process, chapter, further, status)) in [
        ("listed", json!("north"), Value::Null, "under review"),
        ("listed", json!("south"), json!(["north"]), "under review"),
        ("listed", json!("south"), Value::Null, "approved"),
        ("listed", Value::Null, Value::Null, "approved"),
        ("never", json!("north"), Value::Null, "approved"),
        ("all", json!("south"), Value::Null, "under review"),
    ]
    .into_iter()
    .enumerate()
    {
        let contact = format!("p-{at}");
        app.seed_contact(&contact).await;
        let changes = json!({ "process_id": process, "contact_id": contact, "status": "under review",
            "chapter_id": chapter, "additional_chapter_ids": further });
        let made = app
            .post("/applications/acme", with(an_application(), changes))
            .await
            .ok();
        assert_eq!(made["status"], status, "{process} {at}");
    }
    // Who renews and names no chapter keeps those that are held.
    app.post(
        "/memberships/acme",
        with(
            a_membership(),
            json!({ "chapters": [{ "chapter_id": "north" }] }),
        ),
    )
    .await
    .ok();
    let renewal = json!({ "id": "renew", "type": "renewal", "memberships_require_approval": null, "approval_chapter_ids": ["north"] });
    app.seed_process(renewal).await;
    let body = json!({ "type": "renewal", "process_id": "renew", "status": "under review" });
    let made = app
        .post("/applications/acme", with(an_application(), body))
        .await
        .ok();
    assert_eq!(made["status"], "under review");
}
