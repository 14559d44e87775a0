//! What the scheduler asks of the database is what its policy allows: one that asks
//! for more fails only once it is deployed.

use crate::support::{MARCH, create};
use billing::{deletion, recurring, schedule};
use ledger::context::Ports;
use model::resources::{AddOns, Applications, BillingRunActions, BillingRuns, Chapters, Contacts};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::billing::run_body;
use tests::grants::{self, Recorder};
use tests::records::{an_action, with};
use tests::{TENANT, TestApp, import, intercept};

struct Watched {
    app: TestApp,
    ports: Ports,
    recorder: Arc<Recorder>,
}

impl Watched {
    async fn start() -> Watched {
        let app = TestApp::with_catalogue().await;
        let recorder = Arc::new(Recorder::default());
        let connection = intercept::over(&app.core.connection, recorder.clone());
        let ports = Ports {
            database: app.store_over(&connection).database(),
            ..app.core.billing.clone()
        };
        Watched {
            app,
            ports,
            recorder,
        }
    }

    async fn look(&self, run: &str) {
        let looked = schedule::look(&self.ports, self.app.store.tenant(), run).await;
        looked.expect("a look");
    }

    async fn run(&self, changes: Value) -> String {
        create(
            &self.app,
            with(run_body(MARCH.0, MARCH.1, &["orders"]), changes),
        )
        .await
    }
}

const PAST: &str = "2026-03-10T08:00:00Z";

/// A run of two actions that is being deleted; the request is long gone.
async fn deletion_of_a_run(watched: &Watched) {
    let app = &watched.app;
    let run = app.seed_run(json!({})).await;
    for contact in ["contact:x", "contact:y"] {
        app.seed::<BillingRunActions>(an_action(contact)).await;
    }
    let claimed = deletion::claim(&app.store, &import(), &run).await;
    claimed.expect("the claim");
    let since = json!({ "_deleting_since": "2020-01-01T00:00:00.000Z" });
    app.set::<BillingRuns>("run-1", since).await;
    watched.look("run-1").await;
    let left = app.store.get_consistent::<BillingRuns>("run-1").await;
    assert_eq!(left.expect("the store answers"), None);
}

/// A contact and a chapter that were renamed by requests that have ended.
async fn copies_that_are_due(watched: &Watched) {
    let app = &watched.app;
    let due = json!({ "name": "New", "_copies_due": "2020-01-01T00:00:00.000Z" });
    app.seed::<Chapters>(json!({ "id": "alps", "name": "Alps" }))
        .await;
    app.seed::<AddOns>(json!({ "id": "journal", "name": "Journal" }))
        .await;
    let held =
        json!({ "chapters": [{ "chapter_id": "alps" }], "add_ons": [{ "add_on_id": "journal" }] });
    app.member("b", "2027-03-31", held).await;
    app.seed_process(json!({})).await;
    let application = json!({ "id": "a-1", "type": "join", "process_id": "join-1", "owner_type": "contact",
        "contact_id": "b", "name": "Member b", "_name_copied": true, "status": "not yet submitted" });
    app.seed::<Applications>(application).await;
    app.set::<Contacts>("b", due.clone()).await;
    app.set::<Chapters>("alps", due).await;
    let looked = lifecycle::copies::tick(&watched.ports.database).await;
    looked.expect("a look");
    let shown = app.membership("contact:b").await;
    assert_eq!(
        (&shown["name"], &shown["chapter_names"]),
        (&json!("New"), &json!("New"))
    );
    let applied = app.get("/applications/acme/a-1").await.ok();
    assert_eq!(applied["name"], "New");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheduler_asks_for_no_more_than_its_policy_allows() {
    let watched = Watched::start().await;
    let app = &watched.app;
    app.member("a", "2026-03-31", json!({})).await;
    copies_that_are_due(&watched).await;
    deletion_of_a_run(&watched).await;
    let planning = json!({ "status": "scheduled", "scheduled_preprocessing_date": PAST });
    watched.look(&watched.run(planning).await).await;
    let late =
        watched.run(json!({ "scheduled_run_date": PAST, "notification_email": "s@example.org" }));
    let late = late.await;
    app.refresh(&late).await;
    watched.look(&late).await;
    let approved =
        json!([{ "op": "replace", "path": "/status", "value": "scheduled for execution" }]);
    app.patch(&format!("/billingRuns/{TENANT}/{late}"), approved)
        .await
        .ok();
    watched.look(&late).await;
    app.template("drops", json!({})).await;
    let body = json!({ "name": "Monthly", "template_id": "drops", "schedule": "0 0 9 1 * ?", "pre_processing_lead_time": 2 });
    let made = app.post("/recurringBillingRuns/acme", body).await.ok();
    app.set_today("2026-03-30").await;
    let id = made["id"].as_str().expect("an id");
    let looked = recurring::make_due(&watched.ports, app.store.tenant(), id).await;
    looked.expect("a look");
    let asked = watched.recorder.take();
    let allowed = grants::allowed("SchedulerFunction");
    let refused: Vec<_> = asked.difference(&allowed).collect();
    assert!(refused.is_empty(), "the policy refuses {refused:#?}");
    let of_actions = asked
        .iter()
        .any(|(_, place)| place == "billing-run-actions");
    assert!(of_actions, "it deletes actions: {asked:?}");
}
