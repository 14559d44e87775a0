//! `assigned_memberships` of an organization's membership (rule FLOW-9).

use model::Record;
use model::resources::membership::{self as m, Memberships, Origin, Status};
use model::resources::{ApplicationProcesses, Chapters, Packages};
use serde_json::{Value, json};
use tests::TestApp;
use tests::records::with;

const TOP: &str = "/memberships/acme/organization:o";
const LIST: &str = "/assigned_memberships";

async fn app() -> TestApp {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    for id in ["a", "b", "c", "d"] {
        app.person(id, None).await;
    }
    app.seed::<Chapters>(json!({ "id": "north", "name": "North" }))
        .await;
    app.firm_joins("o", json!({})).await;
    app
}

fn entries(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "contact_id": id })).collect()
}

fn add(id: &str) -> Value {
    let entry = json!({ "contact_id": id });
    json!([{ "op": "add", "path": "/assigned_memberships/-", "value": entry }])
}

async fn membership(app: &TestApp, id: &str) -> Option<Record> {
    let found = app.store.get_consistent::<Memberships>(id).await;
    found.expect("the store answers")
}

#[tokio::test]
async fn who_is_picked_is_a_member_until_taken_out() {
    let app = app().await;
    let entry = json!([{ "contact_id": "a", "chapter_ids": ["north"] }]);
    app.replace(TOP, LIST, entry).await;
    let own = membership(&app, "contact:a:o").await.expect("a membership");
    assert_eq!(own.get(m::ORIGIN), Some(Origin::Assigned));
    assert_eq!(own.get(m::STATUS), Some(Status::Active));
    assert_eq!(own.get(m::CHAPTER_IDS), Some(vec!["north".into()]));
    assert_eq!(
        own.raw("history").expect("history")[0]["event"],
        "assignment"
    );
    app.replace(TOP, LIST, json!([])).await;
    let own = membership(&app, "contact:a:o").await.expect("a membership");
    assert_eq!(own.get(m::STATUS), Some(Status::Inactive));
    assert!(own.has(m::TERMINATION_DATE) && own.has(m::LAPSE_DATE));
}

#[tokio::test]
async fn more_people_than_seats_are_refused_by_every_way() {
    let app = app().await;
    let refused = async |answer: tests::Answer| {
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert_eq!(answer.refused_fields(), [LIST]);
    };
    let three = entries(&["a", "b", "c"]);
    let patch = json!([{ "op": "add", "path": LIST, "value": three }]);
    refused(app.patch(TOP, patch.clone()).await).await;
    let whole = with(
        app.get(TOP).await.ok(),
        json!({ "assigned_memberships": three }),
    );
    refused(app.put(TOP, whole).await).await;
    app.firm("p", None).await;
    let new = json!({ "owner_type": "organization", "organization_id": "p", "type_id": "firm",
        "package_id": "seats", "assigned_memberships": three });
    refused(app.post("/memberships/acme", new).await).await;
    let operations =
        json!([{ "operation": "patch", "id": "organization:o", "patch_directives": patch }]);
    let batch = app
        .post(
            "/memberships/acme/batch",
            json!({ "operations": operations }),
        )
        .await
        .ok();
    assert_eq!(batch["success_count"], 0, "{batch}");
    assert!(membership(&app, "contact:a:o").await.is_none());
    assert!(app.get(TOP).await.ok()["assigned_memberships"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_seats_are_taken_by_two_however_many_ask_at_once() {
    let app = app().await;
    app.replace(TOP, LIST, json!([])).await;
    let ask = ["a", "b", "c", "d"].map(|id| app.patch(TOP, add(id)));
    let answers = futures::future::join_all(ask).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let taken = app.get(TOP).await.ok()["assigned_memberships"]
        .as_array()
        .expect("a list")
        .len();
    let given = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!((taken, given), (2, 2), "{statuses:?}");
    assert!(
        statuses
            .iter()
            .all(|status| [200, 400, 409].contains(status)),
        "{statuses:?}"
    );
    let members = app.derived("organization:o").await;
    assert_eq!(members.len(), 2);
}

#[tokio::test]
async fn one_who_goes_makes_room_and_a_smaller_package_takes_nobody_away() {
    let app = app().await;
    app.replace(TOP, LIST, entries(&["a", "b"])).await;
    app.patch(TOP, add("c")).await.refused(400);
    app.replace(TOP, LIST, entries(&["b", "c"])).await;
    let ended = membership(&app, "contact:a:o").await.expect("a membership");
    assert_eq!(ended.get(m::STATUS), Some(Status::Inactive));
    let fewer = json!({ "organizational_membership_options": { "maximum_number_of_contacts": 1 } });
    app.set::<Packages>("seats", fewer).await;
    app.replace(TOP, "/notes", json!("by phone")).await;
    app.replace(TOP, LIST, entries(&["c"])).await;
    app.patch(TOP, add("a")).await.refused(400);
}

#[tokio::test]
async fn an_entry_that_says_too_little_or_twice_the_same_is_refused() {
    let app = app().await;
    let refused = async |list: Value| {
        let patch = json!([{ "op": "add", "path": LIST, "value": list }]);
        let answer = app.patch(TOP, patch).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        answer.refused_fields()
    };
    let nobody = json!([{ "chapter_ids": [] }]);
    assert_eq!(
        refused(nobody).await,
        ["/assigned_memberships/0/contact_id"]
    );
    let twice = entries(&["a", "a"]);
    assert_eq!(refused(twice).await, ["/assigned_memberships/1/contact_id"]);
    let twice = json!([{ "contact_id": "a", "chapter_ids": ["north", "north"] }]);
    assert_eq!(
        refused(twice).await,
        ["/assigned_memberships/0/chapter_ids/1"]
    );
    let person = json!({ "owner_type": "contact", "contact_id": "a", "type_id": "regular",
        "package_id": "free", "assigned_memberships": [{ "contact_id": "b" }] });
    let answer = app.post("/memberships/acme", person).await;
    assert_eq!(
        (answer.status, answer.refused_fields()),
        (400, vec![LIST.to_owned()])
    );
}

#[tokio::test]
async fn whoever_is_a_member_by_themselves_is_not_assigned_one() {
    let app = app().await;
    let own = json!({ "owner_type": "contact", "contact_id": "a", "type_id": "regular", "package_id": "free" });
    app.post("/memberships/acme", own).await.ok();
    app.replace(TOP, LIST, entries(&["a"])).await;
    assert!(membership(&app, "contact:a:o").await.is_none());
    let own = membership(&app, "contact:a").await.expect("their own");
    assert_eq!(own.get(m::STATUS), Some(Status::Active));
}

#[tokio::test]
async fn whom_an_application_picks_become_members_as_it_is_activated() {
    let app = app().await;
    app.firm("p", None).await;
    let process = json!({ "id": "firms", "name": "Firms", "type": "join",
        "customer_type": "organization", "memberships_require_approval": "never" });
    app.seed::<ApplicationProcesses>(process).await;
    let application = |ids: &[&str]| {
        let picked: Vec<Value> = ids
            .iter()
            .map(|id| json!({ "type": "existing", "contact_id": id, "chapter_ids": ["north"] }))
            .collect();
        json!({ "type": "join", "process_id": "firms", "owner_type": "organization",
            "organization_id": "p", "membership_package_id": "seats", "membership_type_id": "firm",
            "status": "under review", "assigned_contacts": picked, "corporate_member_ids": ["b"] })
    };
    let refused = app
        .post("/applications/acme", application(&["a", "c"]))
        .await;
    assert_eq!(
        (refused.status, refused.refused_fields()),
        (400, vec!["/assigned_contacts".to_owned()])
    );
    let made = app
        .post("/applications/acme", application(&["a"]))
        .await
        .ok();
    let id = made["id"].as_str().expect("an id");
    app.post(&format!("/memberships/acme/activate/{id}"), json!({}))
        .await
        .ok();
    let top = app.get("/memberships/acme/organization:p").await.ok();
    assert_eq!(
        top["assigned_memberships"].as_array().map(Vec::len),
        Some(2),
        "{top}"
    );
    let own = membership(&app, "contact:a:p").await.expect("a membership");
    assert_eq!(own.get(m::CHAPTER_IDS), Some(vec!["north".into()]));
    assert!(membership(&app, "contact:b:p").await.is_some());
}
