//! Memberships that derive from an organization's follow it in the request (rules
//! FLOW-5 to FLOW-8).

use jiff::civil::date;
use lifecycle::jobs::{Kind, State};
use model::Record;
use model::resources::membership::{self as m, Memberships, Status};
use model::resources::{Contacts, Types};
use model::sys;
use serde_json::json;
use tests::TestApp;

const TOP: &str = "organization:o";

async fn found(app: &TestApp, id: &str) -> Record {
    app.store
        .require::<Memberships>(id)
        .await
        .expect("a membership")
}

async fn status(app: &TestApp, id: &str) -> Option<Status> {
    found(app, id).await.get(m::STATUS)
}

/// Two people of a firm that has joined.
async fn firm() -> TestApp {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    for id in ["a", "b"] {
        app.person(id, Some("o")).await;
    }
    app.firm_joins("o", json!({})).await;
    app
}

#[tokio::test]
async fn people_become_members_with_their_organization() {
    let app = firm().await;
    let page = app
        .get("/memberships/acme/parentMembership/organization:o")
        .await
        .ok();
    let items = page["Items"].as_array().expect("items");
    assert_eq!(items.len(), 2, "{page}");
    let first = &items[0];
    for (name, value) in [
        ("id", json!("contact:a:o")),
        ("origin", json!("flowdown")),
        ("type_id", json!("person")),
        ("package_id", json!("seats")),
        ("status", json!("active")),
        ("expiration_date", json!("2026-12-31")),
        ("master_membership_id", json!(TOP)),
        ("master_membership_organization_id", json!("o")),
        ("flowdown_depth", json!(1)),
        ("name", json!("Person a")),
        ("parent_membership_version", json!(1)),
    ] {
        assert_eq!(first[name], value, "{name}");
    }
    assert_eq!(first["history"][0]["event"], "assignment");
    assert_ne!(first["number"], items[1]["number"]);
    assert!(
        !found(&app, TOP).await.has(m::FLOWDOWN_DUE),
        "nothing is left due"
    );
}

#[tokio::test]
async fn a_change_is_followed_and_what_was_set_by_hand_stays() {
    let app = firm().await;
    let a = "/memberships/acme/contact:a:o";
    let by_hand = app.replace(a, "/package_id", json!("free")).await;
    assert_eq!(by_hand["overridden_fields"], json!(["package_id"]));
    let parent = app
        .replace(
            "/memberships/acme/organization:o",
            "/expiration_date",
            json!("2027-06-30"),
        )
        .await;
    let own = app.get(a).await.ok();
    assert_eq!(own["package_id"], "free");
    assert_eq!(own["expiration_date"], "2027-06-30");
    assert_eq!(own["parent_membership_version"], parent["sys_version"]);
    let again = app.replace(a, "/overridden_fields", json!([])).await;
    assert_eq!(again["overridden_fields"], json!([]));
    assert_eq!(app.get(a).await.ok()["package_id"], "seats");
    app.replace(
        "/memberships/acme/organization:o",
        "/status",
        json!("suspended"),
    )
    .await;
    assert_eq!(status(&app, "contact:b:o").await, Some(Status::Suspended));
}

#[tokio::test]
async fn whoever_leaves_has_left_that_day_and_is_a_member_again_on_return() {
    let app = firm().await;
    let b = "/contacts/acme/b";
    app.patch(b, json!([{ "op": "remove", "path": "/organization_id" }]))
        .await
        .ok();
    let left = found(&app, "contact:b:o").await;
    assert_eq!(left.get(m::STATUS), Some(Status::Inactive));
    assert_eq!(left.get(m::TERMINATION_DATE), Some(date(2026, 3, 10)));
    assert_eq!(left.get(m::LAPSE_DATE), Some(date(2026, 3, 10)));
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    app.replace(b, "/organization_id", json!("o")).await;
    let back = found(&app, "contact:b:o").await;
    assert_eq!(back.get(m::STATUS), Some(Status::Active));
    assert!(!back.has(m::TERMINATION_DATE) && back.has(m::LAPSE_DATE));
    let contact = app.store.require::<Contacts>("b").await.expect("b");
    assert!(contact.raw("_flowdown_due").is_none());
}

#[tokio::test]
async fn a_persons_own_membership_wins() {
    let app = firm().await;
    let own = json!({ "owner_type": "contact", "contact_id": "a", "type_id": "regular", "package_id": "free" });
    app.post("/memberships/acme", own).await.ok();
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Inactive));
    assert_eq!(status(&app, "contact:a").await, Some(Status::Active));
    app.replace(
        "/memberships/acme/organization:o",
        "/expiration_date",
        json!("2027-06-30"),
    )
    .await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Inactive));
    app.replace("/memberships/acme/contact:a", "/status", json!("inactive"))
        .await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
}

#[tokio::test]
async fn child_organizations_pass_on_what_they_receive() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.firm("k", Some("o")).await;
    app.firm("l", Some("k")).await;
    app.person("p", Some("l")).await;
    app.firm_joins("o", json!({})).await;
    let person = found(&app, "contact:p:l").await;
    assert_eq!(person.get(m::FLOWDOWN_DEPTH), Some(3));
    assert_eq!(person.text(m::PARENT_ID_FIELD), "organization:l:k");
    assert_eq!(person.text(m::MASTER_ID), TOP);
    app.replace(
        "/memberships/acme/organization:o",
        "/status",
        json!("inactive"),
    )
    .await;
    assert_eq!(status(&app, "contact:p:l").await, Some(Status::Inactive));
    app.replace(
        "/memberships/acme/organization:o",
        "/status",
        json!("active"),
    )
    .await;
    assert_eq!(status(&app, "contact:p:l").await, Some(Status::Active));
    app.patch(
        "/organizations/acme/k",
        json!([{ "op": "remove", "path": "/parent_organization_id" }]),
    )
    .await
    .ok();
    assert_eq!(
        status(&app, "organization:k:o").await,
        Some(Status::Inactive)
    );
    assert_eq!(status(&app, "contact:p:l").await, Some(Status::Inactive));
}

#[tokio::test]
async fn a_parent_that_is_its_own_child_is_refused() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.firm("k", Some("o")).await;
    app.firm("l", Some("k")).await;
    for parent in ["o", "k", "l"] {
        let patch = json!([{ "op": "add", "path": "/parent_organization_id", "value": parent }]);
        let refused = app.patch("/organizations/acme/o", patch).await;
        assert_eq!(refused.status, 400, "{parent}");
        assert_eq!(refused.refused_fields(), ["/parent_organization_id"]);
    }
}

#[tokio::test]
async fn a_circle_that_is_there_ends_where_it_began() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.firm("k", Some("o")).await;
    app.set::<model::resources::Organizations>("o", json!({ "parent_organization_id": "k" }))
        .await;
    app.firm_joins("o", json!({})).await;
    assert_eq!(status(&app, "organization:k:o").await, Some(Status::Active));
    let own = app.derived("organization:k:o").await;
    assert!(own.is_empty(), "{own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_no_longer_flows_ends_what_it_gave() {
    let app = firm().await;
    app.replace("/types/acme/firm", "/enable_flowdown", json!(false))
        .await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    app.set::<Types>(
        "firm",
        json!({ "_flowdown_due": "2020-01-01T00:00:00.000Z" }),
    )
    .await;
    scheduler::tick(&app.core.billing).await.expect("a look");
    let job = lifecycle::jobs::newest(&app.store, Kind::Flowdown)
        .await
        .expect("the store answers");
    app.ended_job(Kind::Flowdown, &job.expect("a job").id).await;
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Inactive));
    let kind = app.store.require::<Types>("firm").await.expect("a type");
    assert!(kind.raw("_flowdown_due").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pass_writes_nothing() {
    let app = firm().await;
    app.firm("k", Some("o")).await;
    app.person("c", Some("k")).await;
    let pass = async || {
        let id = app
            .post("/memberships/acme/reprocessFlowDown", json!({}))
            .await
            .ok();
        let job = app
            .ended_job(Kind::Flowdown, id.as_str().expect("an id"))
            .await;
        assert_eq!((job.state, job.problems), (State::Completed, vec![]));
    };
    pass().await;
    let ids = [
        "organization:k:o",
        "contact:a:o",
        "contact:b:o",
        "contact:c:k",
    ];
    let versions = async || {
        let mut versions = Vec::new();
        for id in ids {
            versions.push(found(&app, id).await.get(sys::VERSION));
        }
        versions
    };
    let first = versions().await;
    pass().await;
    assert_eq!(versions().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_request_follows_the_scheduler_does() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.person("a", Some("o")).await;
    app.firm_joins("o", json!({})).await;
    // As billing or an import does it.
    let long_ago = json!({ "status": "inactive", "termination_date": "2026-03-01" });
    app.set::<Memberships>(TOP, long_ago).await;
    app.set::<Memberships>(TOP, json!({ "_flowdown_due": "2020-01-01T00:00:00.000Z" }))
        .await;
    scheduler::tick(&app.core.billing).await.expect("a look");
    let own = found(&app, "contact:a:o").await;
    assert_eq!(own.get(m::STATUS), Some(Status::Inactive));
    assert_eq!(own.get(m::TERMINATION_DATE), Some(date(2026, 3, 1)));
    assert!(!found(&app, TOP).await.has(m::FLOWDOWN_DUE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_a_request_the_scheduler_finishes() {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    let people = lifecycle::flowdown::IN_A_REQUEST + 20;
    for n in 0..people {
        app.person(&format!("p{n}"), Some("o")).await;
    }
    app.firm_joins("o", json!({})).await;
    assert!(app.derived(TOP).await.len() >= lifecycle::flowdown::IN_A_REQUEST);
    app.finish_flowdown(&[TOP]).await;
    let all = app.derived(TOP).await;
    assert_eq!(all.len(), people);
    // By its author, because the scheduler goes on by itself while a slow request is at it.
    let by_request = |one: &&Record| one.text(sys::CREATED_BY) != "scheduler";
    let by_request = all.iter().filter(by_request).count();
    assert!(by_request < people, "{by_request}");
}

#[tokio::test]
async fn a_write_may_leave_flowdown_to_the_next_pass() {
    let app = firm().await;
    let whole = app.get("/memberships/acme/organization:o").await.ok();
    let mut later = whole.clone();
    later["status"] = json!("suspended");
    later["status_reason_id"] = json!(null);
    later["sys_directive"] = json!("skip-flowdown");
    let changed = app
        .put("/memberships/acme/organization:o", later)
        .await
        .ok();
    assert_eq!(changed["status"], "suspended");
    assert!(changed["sys_directive"].is_null());
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    let stored = found(&app, TOP).await;
    assert!(!stored.has(m::FLOWDOWN_DUE) && stored.raw("sys_directive").is_none());
}
