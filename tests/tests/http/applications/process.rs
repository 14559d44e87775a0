//! What the process of an application decides.

use super::{app, set};
use model::resources::ApplicationProcesses;
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::{an_application, record, with};

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
