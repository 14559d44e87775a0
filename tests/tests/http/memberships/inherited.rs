//! What derived memberships may be of, and what may be written of them by hand (rules
//! FLOW-2, FLOW-5, FLOW-6, MEM-8).

use model::resources::membership::{self as m, Memberships, Status};
use model::resources::{Organizations, Types};
use serde_json::{Value, json};
use tests::{Call, TestApp};

const FIRM: &str = "/types/acme/firm";
const A: &str = "/memberships/acme/contact:a:o";
const FLOWDOWN: &str = "/flowdown_membership_type_id";

async fn app() -> TestApp {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    for id in ["a", "b"] {
        app.person(id, Some("o")).await;
    }
    app.person("x", None).await;
    let board = json!({ "id": "board", "name": "Board", "customer_type": "organization" });
    app.seed::<Types>(board).await;
    app
}

async fn status(app: &TestApp, id: &str) -> Option<Status> {
    let found = app.store.get_consistent::<Memberships>(id).await;
    found.expect("the store answers")?.get(m::STATUS)
}

fn add(path: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": path, "value": value }])
}

#[tokio::test]
async fn people_receive_only_a_type_that_people_may_hold() {
    let app = app().await;
    let to = |id: &str| add(FLOWDOWN, json!(id));
    let refused = app.patch(FIRM, to("board")).await.refused_for(400);
    let rule = "/flowdown_membership_type_id is Board (board), which only organizations may hold (customer_type): name a type for people";
    assert_eq!(refused, rule);
    let new = json!({ "name": "New", "customer_type": "organization", "enable_flowdown": true,
        "flowdown_membership_type_id": "board" });
    assert_eq!(app.post("/types/acme", new).await.refused_for(400), rule);
    app.patch(FIRM, to("nothing")).await.refused(409);
    app.replace("/types/acme/person", "/is_active", json!(false))
        .await;
    // It is there already.
    app.replace(FIRM, "/display_order", json!(2)).await;
    let again = json!({ "name": "New", "customer_type": "organization",
        "flowdown_membership_type_id": "person" });
    assert_eq!(
        app.post("/types/acme", again).await.refused_for(400),
        "/flowdown_membership_type_id is Person (person), which is not active"
    );
}

#[tokio::test]
async fn a_type_that_people_receive_stays_one_for_people() {
    let app = app().await;
    let turned = add("/customer_type", json!("organization"));
    let refused = app.patch("/types/acme/person", turned.clone()).await;
    assert_eq!(
        refused.refused_for(400),
        "/customer_type must stay contact: people receive it by the type Firm (firm)"
    );
    let own = add(FLOWDOWN, json!("firm"));
    app.patch(FIRM, own).await.refused(400);
    app.patch(FIRM, json!([{ "op": "remove", "path": FLOWDOWN }]))
        .await
        .ok();
    app.patch("/types/acme/person", turned).await.ok();
}

#[tokio::test]
async fn nobody_is_made_a_member_of_a_type_they_may_not_hold() {
    let app = app().await;
    // As an earlier version has taken it.
    for wrong in ["board", "nothing"] {
        app.store_unchecked::<Types>("firm", "flowdown_membership_type_id", wrong)
            .await;
        let firm = format!("of-{wrong}");
        app.firm(&firm, None).await;
        app.person(&format!("p-{wrong}"), Some(&firm)).await;
        app.firm_joins(&firm, json!({})).await;
        assert!(
            app.derived(&format!("organization:{firm}"))
                .await
                .is_empty()
        );
        let picks = add("/assigned_memberships", json!([{ "contact_id": "x" }]));
        let url = format!("/memberships/acme/organization:{firm}");
        assert_eq!(
            app.patch(&url, picks).await.refused_for(400),
            "/assigned_memberships names people, and the type firm gives them no membership: its flowdown_membership_type_id has to be an active type for people"
        );
    }
}

#[tokio::test]
async fn who_holds_a_type_that_is_no_longer_active_keeps_it_and_nobody_else_receives_it() {
    let app = app().await;
    app.firm_joins("o", json!({})).await;
    app.replace("/types/acme/person", "/is_active", json!(false))
        .await;
    app.person("late", Some("o")).await;
    let top = "/memberships/acme/organization:o";
    app.replace(top, "/expiration_date", json!("2027-06-30"))
        .await;
    assert_eq!(app.get(A).await.ok()["expiration_date"], "2027-06-30");
    assert_eq!(status(&app, "contact:a:o").await, Some(Status::Active));
    assert_eq!(status(&app, "contact:late:o").await, None);
}

#[tokio::test]
async fn overrides_of_another_kind_are_refused_and_wipe_nothing() {
    let app = app().await;
    app.firm_joins("o", json!({})).await;
    app.replace(A, "/package_id", json!("free")).await;
    for (wrong, at) in [
        (json!("package_id"), "/overridden_fields"),
        (json!(5), "/overridden_fields"),
        (json!({ "a": 1 }), "/overridden_fields"),
        (json!([5]), "/overridden_fields/0"),
        (json!(["package_id", "nonsense"]), "/overridden_fields/1"),
        (json!(["number"]), "/overridden_fields/0"),
    ] {
        let refused = app.patch(A, add("/overridden_fields", wrong.clone())).await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert_eq!(refused.refused_fields(), [at], "{wrong}");
    }
    let own = app.get(A).await.ok();
    assert_eq!(own["overridden_fields"], json!(["package_id"]));
    let principal = "/memberships/acme/organization:o";
    let refused = app
        .patch(principal, add("/overridden_fields", json!(["status"])))
        .await;
    assert_eq!(
        refused.refused_for(400),
        "/overridden_fields is of derived memberships only: this one takes nothing from another"
    );
}

#[tokio::test]
async fn what_an_admin_sets_of_another_kind_is_refused_and_wipes_nothing() {
    let app = app().await;
    app.firm_joins("o", json!({})).await;
    let before = app.get(A).await.ok();
    for (field, wrong) in [
        ("/history", json!("x")),
        ("/history", json!({})),
        ("/chapter_ids", json!(7)),
        ("/join_date", json!(7)),
        ("/termination_date", json!("soon")),
        ("/lapse_date", json!(7)),
    ] {
        let patch = json!([
            { "op": "add", "path": field, "value": wrong },
            { "op": "replace", "path": "/status", "value": "inactive" },
        ]);
        let refused = app.send(Call::patch(A, patch).scopes("admin")).await;
        assert_eq!(refused.status, 400, "{field} {wrong}: {}", refused.body);
        assert_eq!(refused.refused_fields(), [field]);
    }
    assert_eq!(app.get(A).await.ok(), before);
}

#[tokio::test]
async fn rows_of_history_that_say_nothing_are_refused() {
    let app = app().await;
    app.firm_joins("o", json!({})).await;
    let set = async |row: Value| {
        let patch = add("/history", json!([row]));
        app.send(Call::patch(A, patch).scopes("admin")).await
    };
    for (row, at) in [
        (json!({}), "/history/0/event"),
        (json!({ "event": "join" }), "/history/0/date"),
        (
            json!({ "event": " ", "date": "2020-01-31" }),
            "/history/0/event",
        ),
        (
            json!({ "event": 5, "date": "2020-01-31" }),
            "/history/0/event",
        ),
        (
            json!({ "event": "join", "date": "soon" }),
            "/history/0/date",
        ),
        (
            json!({ "event": "join", "date": "2020-01-31", "new": "x" }),
            "/history/0/new",
        ),
        (
            json!({ "event": "join", "date": "2020-01-31", "old": 5 }),
            "/history/0/old",
        ),
        (
            json!({ "event": "join", "date": "2020-01-31", "changed": [5] }),
            "/history/0/changed/0",
        ),
        (
            json!({ "event": "join", "date": "2020-01-31", "user_id": {} }),
            "/history/0/user_id",
        ),
    ] {
        let refused = set(row.clone()).await;
        assert_eq!(refused.status, 400, "{row}");
        assert!(
            refused.refused_fields().contains(&at.to_owned()),
            "{row}: {}",
            refused.body
        );
    }
    let told = json!({ "event": "honoured", "date": "2020-01-31", "by": "the board" });
    set(told.clone()).await.ok();
    assert_eq!(app.get(A).await.ok()["history"], json!([told]));
}

#[tokio::test]
async fn a_circle_of_parents_is_refused() {
    let app = app().await;
    for (id, parent) in [("k", "o"), ("l", "k")] {
        app.firm(id, Some(parent)).await;
    }
    app.firm_joins("o", json!({})).await;
    let top = "/memberships/acme/organization:o";
    let admin = |url: &str, body: Value| Call::patch(url, body).scopes("admin");
    for below in ["organization:k:o", "organization:l:k"] {
        let circle = json!([
            { "op": "replace", "path": "/origin", "value": "flowdown" },
            { "op": "add", "path": "/flowdown_depth", "value": 1 },
            { "op": "add", "path": "/parent_membership_id", "value": below },
        ]);
        let refused = app.send(admin(top, circle)).await;
        assert_eq!(
            refused.refused_for(400),
            format!("/parent_membership_id {below} is itself derived from this membership")
        );
    }
    let stored = app.store.require::<Organizations>("o").await;
    assert!(stored.is_ok());
}

#[tokio::test]
async fn who_is_entered_as_inactive_has_left_and_lapsed() {
    let app = app().await;
    let new = |contact: &str, termination: Value| {
        json!({ "owner_type": "contact", "contact_id": contact, "type_id": "regular",
            "package_id": "free", "status": "inactive", "join_date": "2020-01-01",
            "termination_date": termination })
    };
    let made = app
        .post("/memberships/acme", new("a", Value::Null))
        .await
        .ok();
    assert_eq!(made["termination_date"], "2026-03-10");
    assert_eq!(made["lapse_date"], "2026-03-10");
    let made = app
        .post("/memberships/acme", new("b", json!("2025-06-30")))
        .await
        .ok();
    assert_eq!(made["termination_date"], "2025-06-30");
    assert_eq!(made["lapse_date"], "2025-06-30");
    let standing = "/memberships/acme/contact:b/standing";
    assert_eq!(app.get(standing).await.ok()["reason"], "lapsed");
}
