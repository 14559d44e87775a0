//! `/billingRunActions`: staff exclude, bring back and retry.

mod changes;
mod lookups;
mod moves;

use model::Record;
use model::resources::BillingRuns;
use serde_json::json;
use tests::{Answer, TestApp};

pub const ID: &str = "run-1|contact:c-1|07-drop|0";

pub async fn app(run: &str, action: &str) -> TestApp {
    let app = TestApp::start().await;
    let dates = json!({ "status": run, "scheduled_run_date": "2026-03-01T10:00:00Z", "scheduled_preprocessing_date": "2026-03-01T10:00:00Z" });
    app.seed_run(dates).await;
    app.seed_action(
        "contact:c-1",
        json!({ "status": action, "error_message": "why", "error_stack": "where" }),
    )
    .await;
    app
}

pub async fn move_to(app: &TestApp, status: &str) -> Answer {
    let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
    app.patch(&format!("/billingRunActions/acme/{ID}"), patch)
        .await
}

pub async fn run(app: &TestApp) -> Record {
    app.store
        .require::<BillingRuns>("run-1")
        .await
        .expect("the run")
}
