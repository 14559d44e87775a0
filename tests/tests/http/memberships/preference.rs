//! Which membership counts where a person has their own and one by an organization
//! (rule MEM-18).

use lifecycle::jobs::Kind;
use model::resources::membership::{self as m, Memberships, Status};
use model::resources::{Settings, Types};
use serde_json::{Value, json};
use tests::{Call, TestApp};

const BY_CONTACT: &str = "/memberships/acme/contact/a";
const PREFERENCE: &str = "/conflicting_membership_preference";

/// A person of a firm, with a membership of their own beside the firm's.
async fn both(preference: Value) -> TestApp {
    let app = TestApp::with_firms().await;
    prefer(&app, preference).await;
    app.firm("o", None).await;
    app.person("a", Some("o")).await;
    app.firm_joins("o", json!({})).await;
    let own = json!({ "owner_type": "contact", "contact_id": "a", "type_id": "regular",
        "package_id": "free" });
    app.post("/memberships/acme", own).await.ok();
    app
}

async fn prefer(app: &TestApp, preference: Value) {
    let patch = json!([{ "op": "add", "path": PREFERENCE, "value": preference }]);
    let call = Call::patch("/settings/acme", patch).scopes("admin");
    app.send(call).await.ok();
}

async fn status(app: &TestApp, id: &str) -> Option<Status> {
    let found = app.store.get_consistent::<Memberships>(id).await;
    found.expect("the store answers")?.get(m::STATUS)
}

async fn counts(app: &TestApp) -> Value {
    app.get(BY_CONTACT).await.ok()["id"].clone()
}

#[tokio::test]
async fn a_setting_that_says_neither_is_refused() {
    let app = TestApp::with_firms().await;
    let patch = json!([{ "op": "add", "path": PREFERENCE, "value": "flowdown" }]);
    let call = Call::patch("/settings/acme", patch).scopes("admin");
    let refused = app.send(call).await.refused_for(400);
    assert_eq!(
        refused,
        "/conflicting_membership_preference must be one of: principal, derived"
    );
}

#[tokio::test]
async fn the_principal_counts_unless_the_setting_says_otherwise() {
    for preference in [Value::Null, json!("principal")] {
        let app = both(preference).await;
        assert_eq!(status(&app, "contact:a").await, Some(Status::Active));
        assert_ne!(status(&app, "contact:a:o").await, Some(Status::Active));
        assert_eq!(counts(&app).await, "contact:a");
    }
}

#[tokio::test]
async fn the_derived_one_stands_beside_and_counts_where_the_setting_says_so() {
    let app = both(json!("derived")).await;
    assert_eq!(status(&app, "contact:a").await, Some(Status::Active));
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    assert_eq!(counts(&app).await, "contact:a:o");
    let leaves = json!([{ "op": "remove", "path": "/organization_id" }]);
    app.patch("/contacts/acme/a", leaves).await.ok();
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Inactive));
    assert_eq!(counts(&app).await, "contact:a");
    // An organization's own counts whatever the setting says.
    app.firm("k", Some("o")).await;
    app.firm_joins("k", json!({})).await;
    app.replace(
        "/memberships/acme/organization:o",
        "/do_not_renew",
        json!(true),
    )
    .await;
    assert_eq!(status(&app, "organization:k:o").await, None);
}

/// Lets the scheduler start the job of what is due by a record, and the job end.
async fn reprocessed<R: model::Resource>(app: &TestApp, id: &str) {
    let long_ago = json!({ "_flowdown_due": "2020-01-01T00:00:00.000Z" });
    app.set::<R>(id, long_ago).await;
    scheduler::tick(&app.core.billing).await.expect("a look");
    let job = lifecycle::jobs::newest(&app.store, Kind::Flowdown).await;
    let job = job.expect("the store answers").expect("a job");
    app.ended_job(Kind::Flowdown, &job.id).await;
    let record = app.store.require::<R>(id).await.expect("a record");
    assert!(record.raw("_flowdown_due").is_none(), "{id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_setting_goes_through_all_that_derives() {
    let app = both(Value::Null).await;
    assert_ne!(status(&app, "contact:a:o").await, Some(Status::Active));
    prefer(&app, json!("derived")).await;
    reprocessed::<Settings>(&app, "settings").await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    app.send(Call::delete("/settings/acme").scopes("admin"))
        .await
        .ok();
    let kind = app.store.require::<Types>("firm").await.expect("a type");
    assert!(
        kind.raw("_flowdown_due").is_some(),
        "a type stands for them"
    );
    reprocessed::<Types>(&app, "firm").await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Inactive));
}
