//! `/applications`

mod change;
mod chosen;
mod create;
mod delete;
mod entries;
mod generate_application;
mod generate_order;
mod groups;
mod joining;
mod lookups;
mod names;
mod orders;
mod process;
mod search;
mod status;

use serde_json::{Value, json};
use tests::TestApp;

/// Everything an application refers to, and a process that needs an approval.
async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.seed_catalogue().await;
    app.seed_process(json!({})).await;
    app.seed_order("order-1").await;
    app
}

fn set(field: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": format!("/{field}"), "value": value }])
}
