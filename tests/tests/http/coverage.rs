//! That bad input is refused, asked of every operation by its description.

use api::operations as all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::Call;
use tests::TestApp;
use tests::operations::{self, name};
use web::Operation;
use web::operation::RequestBody;

/// A run and the order it made, where an operation looks for them first.
struct Billed {
    run: String,
    order: String,
}

impl Billed {
    async fn by(app: &TestApp) -> Billed {
        let member = app.member("m-1", "2026-03-31", json!({})).await;
        let run = app.bill("2026-03-01", "2026-04-30", &["orders"]).await;
        let orders = app.orders(&member).await;
        let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
        Billed {
            run: id(&run),
            order: id(&orders[0]),
        }
    }

    fn path(&self, operation: &Operation) -> String {
        let path = operations::path(operation).replace("billing_run_id-1", &self.run);
        match operation.group() {
            "orders" => path.replace("/id-1", &format!("/{}", self.order)),
            _ => path,
        }
    }
}

/// Every way in which a request for it can be invalid by its description.
fn invalid(operation: &Operation, billed: &Billed) -> Vec<Call> {
    let url = billed.path(operation);
    let call = |url: &str| operations::call(operation, url);
    let mut calls = vec![call(&format!("{url}?unheard_of=1"))];
    for parameter in operation.query {
        match parameter.name {
            "fields" => calls.push(call(&format!("{url}?fields=id&fields=name"))),
            "exclusiveStartKey" => calls.push(call(&format!("{url}?exclusiveStartKey=nonsense"))),
            _ => {}
        }
    }
    let bodies = match operation.body {
        RequestBody::Nothing => vec![],
        // What is put has to be there before its fields are looked at.
        RequestBody::Record(_) if operation.method == "PUT" => vec![json!([])],
        RequestBody::Record(_) | RequestBody::Fields(_) => {
            vec![json!({ "unheard_of": 1 }), json!([])]
        }
        RequestBody::Patch => vec![json!({}), json!([{ "op": "fly", "path": "/name" }])],
        RequestBody::Batch(_) => vec![json!({}), json!({ "operations": 1 })],
        RequestBody::Object => vec![json!([]), json!("text")],
    };
    calls.extend(
        bodies
            .into_iter()
            .map(|body| call(&url).raw_body(body.to_string())),
    );
    if operation.takes_idempotency_key() {
        calls.push(call(&url).header("idempotency-key", &"k".repeat(201)));
    }
    if url.contains("2026-01-01") {
        calls.push(call(&url.replace("2026-01-01", "2026-02-30")));
    }
    calls
}

#[tokio::test]
async fn every_operation_refuses_what_is_invalid() {
    let app = TestApp::with_catalogue().await;
    let billed = Billed::by(&app).await;
    let mut refusing = BTreeSet::new();
    let mut wrong = Vec::new();
    for operation in all() {
        for call in invalid(&operation, &billed) {
            let answer = app.send(call.scopes("admin")).await;
            if answer.status != 400 || answer.refused_fields().is_empty() {
                wrong.push(format!(
                    "{}: {} {}",
                    name(&operation),
                    answer.status,
                    answer.body
                ));
            }
            refusing.insert(name(&operation));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(refusing, all().iter().map(name).collect());
}
