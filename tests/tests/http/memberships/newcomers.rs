//! People who are imported with their organization are looked at together (rule FLOW-7).

use model::Record;
use model::resources::Contacts;
use model::resources::membership::{self as m, Memberships, Status};
use serde_json::json;
use tests::TestApp;
use tests::meter::Meter;

const PEOPLE: usize = 120;

/// A firm that has joined, and people who have come since and are long due.
async fn firm(people: usize) -> TestApp {
    let app = TestApp::with_firms().await;
    app.firm("o", None).await;
    app.firm_joins("o", json!({})).await;
    for n in 0..people {
        app.person(&format!("p{n}"), Some("o")).await;
        long_due(&app, &format!("p{n}")).await;
    }
    app
}

async fn long_due(app: &TestApp, contact: &str) {
    app.store_unchecked::<Contacts>(contact, "_due_at", "2020-01-01T00:00:00.000Z")
        .await;
}

async fn contact(app: &TestApp, id: &str) -> Record {
    let found = app.store.require::<Contacts>(id).await;
    found.expect("a contact")
}

/// What a look of the scheduler asks of the database.
async fn look(app: &TestApp) -> u64 {
    let meter = Meter::default();
    let store = app.store_over(&meter.over(&app.core.connection));
    let mut ports = app.core.billing.clone();
    ports.database = store.database().clone();
    let looked = lifecycle::flowdown::tick(&ports).await;
    looked.expect("the scheduler looks");
    meter.take().requests()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_of_one_organization_cost_less_than_a_request_each() {
    let app = firm(PEOPLE).await;
    let requests = look(&app).await;
    assert_eq!(app.derived("organization:o").await.len(), PEOPLE);
    for n in 0..PEOPLE {
        let person = contact(&app, &format!("p{n}")).await;
        assert!(person.raw("_flowdown_due").is_none(), "p{n}");
    }
    assert!(requests < PEOPLE as u64 / 2, "{requests}");
    // Nothing is left, so another look finds nothing.
    assert!(look(&app).await < 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_another_organization_is_looked_at_whole() {
    let app = firm(3).await;
    look(&app).await;
    app.firm("other", None).await;
    for id in ["p0", "p1"] {
        app.set::<Contacts>(id, json!({ "organization_id": "other" }))
            .await;
        long_due(&app, id).await;
    }
    look(&app).await;
    for (id, status) in [
        ("contact:p0:o", Status::Inactive),
        ("contact:p1:o", Status::Inactive),
        ("contact:p2:o", Status::Active),
    ] {
        let found = app.store.require::<Memberships>(id).await;
        assert_eq!(found.expect("a membership").get(m::STATUS), Some(status));
    }
}
