//! Imports taken back.

use crate::*;
use model::resources::Contacts;
use model::sys;
use serde_json::json;

async fn undone(app: &TestApp, id: &str) -> (Undone, Vec<String>) {
    undone_over(&app.store, id).await
}

pub async fn undone_over(store: &store::Store, id: &str) -> (Undone, Vec<String>) {
    let mut said = Vec::new();
    let mut report = Report::new(&mut said);
    let undone = undo(store, id, &mut report).await.unwrap();
    drop(report);
    let said = String::from_utf8(said).unwrap();
    (undone, said.lines().skip(1).map(str::to_owned).collect())
}

#[tokio::test]
async fn what_it_made_goes_and_what_was_touched_stays() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let imported = brought(
        &app,
        "contacts.csv",
        "id,name\nc-1,Renamed\nc-2,b\nc-3,c\nc-4,d\nc-5,e\n",
    )
    .await;
    assert_eq!(imported.counts(), (4, 1, 0, 0));
    let rename = json!([{ "op": "replace", "path": "/name", "value": "x" }]);
    app.patch("/contacts/acme/c-3", rename).await.ok();
    brought(
        &app,
        "memberships.csv",
        "owner_type,contact_id,type_id,package_id\ncontact,c-4,t-1,p-1\n",
    )
    .await;
    brought(&app, "contacts.csv", "id,job_title\nc-5,Chair\n").await;
    let (undone, why) = undone(&app, &imported.id).await;
    assert_eq!(
        undone,
        Undone {
            deleted: 1,
            kept: 4
        }
    );
    assert_eq!(
        why,
        [
            "0,id,\"c-1 was there before the import, which changed it: what it was is not kept\"",
            "4,id,c-3 has been changed since",
            "5,id,Contact c-4 is or was used by other records: make it inactive instead",
            "6,id,c-5 has been changed since",
        ]
    );
    app.get("/contacts/acme/c-2").await.refused(404);
    assert_eq!(app.get("/contacts/acme/c-3").await.ok()["name"], "x");
}

#[tokio::test]
async fn memberships_go_with_those_derived_from_them() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let imported = brought(
        &app,
        "memberships.csv",
        "owner_type,organization_id,contact_id,type_id,package_id,origin,parent_membership_id,flowdown_depth\n\
         organization,o-1,,t-o,p-1,,,\n\
         contact,,c-1,t-1,p-1,flowdown,organization:o-1,1\n",
    )
    .await;
    assert_eq!(imported.counts(), (2, 0, 0, 0), "{:?}", imported.problems);
    let (first, why) = undone(&app, &imported.id).await;
    assert_eq!(
        first,
        Undone {
            deleted: 2,
            kept: 0
        },
        "{why:?}"
    );
    app.get("/memberships/acme/organization:o-1")
        .await
        .refused(404);
    let again = undo(&app.store, &imported.id, &mut Report::new(Vec::new())).await;
    assert!(again.unwrap_err().contains("came with the import"));
}

#[tokio::test]
async fn a_membership_that_others_derive_from_stays() {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    let header = "owner_type,organization_id,contact_id,type_id,package_id,origin,parent_membership_id,flowdown_depth\n";
    let top = brought(
        &app,
        "memberships.csv",
        &format!("{header}organization,o-1,,t-o,p-1,,,\n"),
    )
    .await;
    let below = format!("{header}contact,,c-1,t-1,p-1,flowdown,organization:o-1,1\n");
    assert_eq!(
        brought(&app, "memberships.csv", &below).await.counts(),
        (1, 0, 0, 0)
    );
    let (undone, why) = undone(&app, &top.id).await;
    assert_eq!(
        undone,
        Undone {
            deleted: 0,
            kept: 1
        }
    );
    assert_eq!(
        why,
        ["2,id,organization:o-1 has memberships that are derived from it"]
    );
}

#[tokio::test]
async fn an_import_nobody_knows_is_said() {
    let app = TestApp::start().await;
    for (id, part) in [
        ("x", "is not the id of an import"),
        ("contacts-1", "nothing in contacts of acme"),
    ] {
        let why = undo(&app.store, id, &mut Report::new(Vec::new()))
            .await
            .unwrap_err();
        assert!(why.contains(part), "{why}");
    }
}

#[tokio::test]
async fn a_derived_membership_is_back_once_the_import_of_an_own_is_taken_back() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.person("a", Some("o")).await;
    let text = "owner_type,contact_id,type_id,package_id\ncontact,a,regular,free\n";
    let imported = brought(&app, "memberships.csv", text).await;
    app.firm_joins("o", json!({})).await;
    assert!(app.derived("organization:o").await.is_empty());
    let contact = app.store.require::<Contacts>("a").await.unwrap();
    let (undone, why) = undone(&app, &imported.id).await;
    assert_eq!((undone.deleted, why.len()), (1, 0), "{why:?}");
    let marked = app.store.require::<Contacts>("a").await.unwrap();
    assert_eq!(marked.get(sys::VERSION), contact.get(sys::VERSION));
    assert!(
        marked.raw("_flowdown_due").is_some(),
        "the scheduler finds it"
    );
    let long_ago = json!({ "_flowdown_due": "2020-01-01T00:00:00.000Z" });
    app.set::<Contacts>("a", long_ago).await;
    scheduler::tick(&app.core.billing).await.unwrap();
    assert_eq!(app.derived("organization:o").await.len(), 1);
}
