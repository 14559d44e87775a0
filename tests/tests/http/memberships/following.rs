//! What flowdown has missed follows: after a deletion, after a lock, and in the answer
//! itself (rules FLOW-6 to FLOW-9).

use model::Record;
use model::resources::membership::{self as m, Memberships, Status};
use model::resources::{Contacts, Packages};
use serde_json::{Value, json};
use tests::{Answer, Call, TestApp};

const ALL: &str = "/memberships/acme";
const TOP: &str = "/memberships/acme/organization:o";
const A: &str = "/memberships/acme/contact:a:o";

async fn found(app: &TestApp, id: &str) -> Option<Record> {
    let found = app.store.get_consistent::<Memberships>(id).await;
    found.expect("the store answers")
}

async fn status(app: &TestApp, id: &str) -> Option<Status> {
    found(app, id).await.and_then(|one| one.get(m::STATUS))
}

/// A firm that has joined, with `a`, who belongs to it; `x` and `y` belong nowhere.
async fn firm() -> TestApp {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.person("a", Some("o")).await;
    for id in ["x", "y"] {
        app.person(id, None).await;
    }
    app.firm_joins("o", json!({})).await;
    app
}

async fn joins(app: &TestApp, contact: &str) {
    let own = json!({ "owner_type": "contact", "contact_id": contact, "type_id": "regular",
        "package_id": "free" });
    app.post(ALL, own).await.ok();
}

fn picks(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "contact_id": id })).collect()
}

async fn unlock(app: &TestApp, url: &str) -> Value {
    let patch = json!([{ "op": "replace", "path": "/sys_locked", "value": false }]);
    app.send(Call::patch(url, patch).scopes("admin")).await.ok()
}

#[tokio::test]
async fn a_derived_one_is_back_once_its_owners_own_is_deleted() {
    let app = firm().await;
    joins(&app, "a").await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Inactive));
    app.delete("/memberships/acme/contact:a").await.ok();
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    let contact = app.store.require::<Contacts>("a").await.expect("a");
    assert!(
        contact.raw("_flowdown_due").is_none(),
        "nothing is left due"
    );
}

#[tokio::test]
async fn one_that_never_was_is_made_once_its_owners_own_is_deleted_in_a_batch() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.person("a", Some("o")).await;
    joins(&app, "a").await;
    app.firm_joins("o", json!({})).await;
    assert_eq!(status(&app, "contact:a:o").await, None);
    let operations = json!([{ "operation": "delete", "id": "contact:a" }]);
    let batch = json!({ "operations": operations });
    app.post("/memberships/acme/batch", batch).await.ok();
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
}

#[tokio::test]
async fn a_child_organizations_own_gives_way_likewise() {
    let app = firm().await;
    app.firm("k", Some("o")).await;
    app.firm_joins("k", json!({})).await;
    assert_eq!(status(&app, "organization:k:o").await, None);
    app.delete("/memberships/acme/organization:k").await.ok();
    assert_eq!(status(&app, "organization:k:o").await, Some(Status::Active));
}

#[tokio::test]
async fn who_was_picked_and_belongs_nowhere_is_followed_too() {
    let app = firm().await;
    app.replace(TOP, "/assigned_memberships", picks(&["x"]))
        .await;
    joins(&app, "x").await;
    assert_eq!(status(&app, "contact:x:o").await, Some(Status::Inactive));
    app.replace("/memberships/acme/contact:x", "/status", json!("inactive"))
        .await;
    assert_eq!(status(&app, "contact:x:o").await, Some(Status::Active));
    app.replace("/memberships/acme/contact:x", "/status", json!("active"))
        .await;
    assert_eq!(status(&app, "contact:x:o").await, Some(Status::Inactive));
    app.delete("/memberships/acme/contact:x").await.ok();
    assert_eq!(status(&app, "contact:x:o").await, Some(Status::Active));
}

#[tokio::test]
async fn what_was_missed_while_locked_follows_the_unlocking() {
    let app = firm().await;
    app.set::<Memberships>("contact:a:o", json!({ "sys_locked": true }))
        .await;
    app.replace(TOP, "/expiration_date", json!("2027-06-30"))
        .await;
    assert_eq!(app.get(A).await.ok()["expiration_date"], "2026-12-31");
    let answer = unlock(&app, A).await;
    assert_eq!(answer["expiration_date"], "2027-06-30");
    assert_eq!(answer, app.get(A).await.ok());
}

#[tokio::test]
async fn a_part_of_the_cascade_that_was_locked_passes_on_what_it_missed() {
    let app = firm().await;
    app.firm("k", Some("o")).await;
    app.person("p", Some("k")).await;
    app.replace(TOP, "/do_not_renew", json!(true)).await;
    assert_eq!(status(&app, "contact:p:k").await, Some(Status::Active));
    app.set::<Memberships>("organization:k:o", json!({ "sys_locked": true }))
        .await;
    app.replace(TOP, "/status", json!("suspended")).await;
    assert_eq!(status(&app, "contact:p:k").await, Some(Status::Active));
    unlock(&app, "/memberships/acme/organization:k:o").await;
    assert_eq!(
        status(&app, "organization:k:o").await,
        Some(Status::Suspended)
    );
    assert_eq!(status(&app, "contact:p:k").await, Some(Status::Suspended));
}

#[tokio::test]
async fn one_that_was_kept_from_drops_ends_once_it_no_longer_is() {
    let app = firm().await;
    app.replace(A, "/do_not_drop", json!(true)).await;
    app.replace(TOP, "/status", json!("inactive")).await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    let answer = app.replace(A, "/do_not_drop", json!(false)).await;
    assert_eq!(answer["status"], "inactive");
    assert_eq!(answer, app.get(A).await.ok());
}

#[tokio::test]
async fn the_answer_to_taking_an_override_out_is_what_is_stored() {
    let app = firm().await;
    app.replace(A, "/package_id", json!("free")).await;
    let answer = app.replace(A, "/overridden_fields", json!([])).await;
    assert_eq!(answer["package_id"], "seats");
    assert_eq!(answer, app.get(A).await.ok());
    app.replace(A, "/package_id", json!("free")).await;
    let mut whole = app.get(A).await.ok();
    whole["overridden_fields"] = json!([]);
    let answer = app.put(A, whole).await.ok();
    assert_eq!(answer, app.get(A).await.ok());
}

#[tokio::test]
async fn a_derived_one_whose_owner_has_a_share_is_not_deleted() {
    let app = firm().await;
    app.replace(TOP, "/assigned_memberships", picks(&["x"]))
        .await;
    let refused = app.delete(A).await.refused_for(409);
    assert_eq!(
        refused,
        "/id would be made again: the membership organization:o gives it to contact a, who belongs to the organization o"
    );
    let refused = app.delete("/memberships/acme/contact:x:o").await;
    assert_eq!(
        refused.refused_for(409),
        "/id would be made again: contact x is among the assigned_memberships of organization:o"
    );
    app.replace(TOP, "/assigned_memberships", json!([])).await;
    app.delete("/memberships/acme/contact:x:o").await.ok();
    let leaves = json!([{ "op": "remove", "path": "/organization_id" }]);
    app.patch("/contacts/acme/a", leaves).await.ok();
    app.delete(A).await.ok();
    assert!(found(&app, "contact:a:o").await.is_none());
}

/// A child organization with two who are picked, under a package of one seat.
async fn fewer_seats() -> TestApp {
    let app = firm().await;
    app.firm("k", Some("o")).await;
    app.person("z", None).await;
    app.replace(TOP, "/do_not_renew", json!(true)).await;
    app.replace(CHILD, "/assigned_memberships", picks(&["x", "y"]))
        .await;
    let seats = app.store.require::<Packages>("seats").await.expect("seats");
    let mut single = seats.clone();
    single.set_raw("id", json!("single"));
    single.set_raw(
        "organizational_membership_options",
        json!({ "maximum_number_of_contacts": 1 }),
    );
    app.create::<Packages>(single).await;
    app.replace(TOP, "/package_id", json!("single")).await;
    app
}

const CHILD: &str = "/memberships/acme/organization:k:o";

#[tokio::test]
async fn a_parents_smaller_package_takes_nobody_away_and_lets_nobody_in() {
    let app = fewer_seats().await;
    assert_eq!(app.get(CHILD).await.ok()["package_id"], "single");
    assert_eq!(status(&app, "contact:y:k").await, Some(Status::Active));
    let refused = |answer: Answer| {
        assert_eq!(
            answer.refused_for(400),
            "/assigned_memberships names 2 people: the package single has room for 1"
        );
    };
    let swap =
        json!([{ "op": "replace", "path": "/assigned_memberships/1/contact_id", "value": "z" }]);
    refused(app.patch(CHILD, swap).await);
    app.replace(CHILD, "/notes", json!("by phone")).await;
    app.replace(CHILD, "/assigned_memberships", picks(&["y"]))
        .await;
    assert_eq!(status(&app, "contact:x:k").await, Some(Status::Inactive));
    let add =
        json!([{ "op": "add", "path": "/assigned_memberships/-", "value": { "contact_id": "z" } }]);
    refused(app.patch(CHILD, add).await);
}
