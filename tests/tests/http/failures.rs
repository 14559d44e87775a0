//! What every operation answers when the database does not: 429 with a time to
//! come back, or a 500 that says nothing of the cause.

use api::{operations as all, routes};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use axum::Router;
use futures::future::join_all;
use ledger::context::Ports;
use ledger::tenant::Defaults;
use serde_json::{Value, json};
use services::absent::{NoDocuments, NoMail, NoPayments};
use services::executions::{Arns, Executions};
use std::sync::Arc;
use store::{Connection, Database, TableNames};
use tests::intercept::{self, CAUSE, Fault, Interceptor};
use tests::operations::{self, name};
use tests::{Answer, Call};
use web::operation::RequestBody;
use web::{App, Operation};

/// A database that answers everything with one error.
#[derive(Debug)]
struct Always(&'static str);

impl Interceptor for Always {
    fn fault(&self, _: &HttpRequest) -> Fault {
        Fault::Refused(self.0)
    }
}

/// Every function over such a database.
fn functions(code: &'static str) -> Vec<(&'static str, Router)> {
    let nowhere = Connection::local("http://127.0.0.1:9");
    let connection = intercept::over(&nowhere, Arc::new(Always(code)));
    let names = TableNames::new(|table| table.variable().to_owned());
    let database = Arc::new(Database::new(&connection, names));
    let app = App {
        database: database.clone(),
        deployment: model::Deployment::LOCAL,
    };
    let billing = Ports {
        database,
        defaults: Defaults::LOCAL,
        payments: Arc::new(NoPayments),
        mailer: Arc::new(NoMail),
        documents: Arc::new(NoDocuments),
        executions: Executions::new(&connection, Arns::default()),
    };
    routes(&app, &billing)
}

/// A request that is sound as far as can be told without the database.
fn sound(operation: &Operation) -> Call {
    let url = operations::path(operation);
    match (operation.body, operation.method.as_str()) {
        (RequestBody::Patch, _) => Call::patch(&url, json!([])),
        (_, "PUT") => Call::put(&url, example(operation)),
        (RequestBody::Object, _) => Call::post(&url, json!({ "package_id": "p-1" })),
        // With a key, its claim is what meets the database first.
        _ if operation.takes_idempotency_key() => {
            operations::call(operation, &url).header("idempotency-key", "key-1")
        }
        (RequestBody::Record(_), _) => Call::post(&url, example(operation)),
        _ => operations::call(operation, &url),
    }
}

/// The description's example of a body, of a version that is replaced.
fn example(operation: &Operation) -> Value {
    let document = api::document(api::OpenApi::Newer);
    let method = operation.method.as_str().to_lowercase();
    let body = &document["paths"][&operation.path][method]["requestBody"];
    let named = body["content"]["application/json"]["schema"]["$ref"].as_str();
    let schema = document.pointer(named.expect("a schema").trim_start_matches('#'));
    let mut example = schema.expect("a schema")["examples"][0].clone();
    example["sys_version"] = json!(1);
    example
}

async fn answers(code: &'static str) -> Vec<(String, Answer)> {
    let functions = functions(code);
    let asked = all().into_iter().map(|operation| {
        let (_, function) = functions
            .iter()
            .find(|(group, _)| *group == operation.group())
            .expect("a function");
        async move {
            let call = sound(&operation).scopes("admin");
            let answer = call.through(function).await;
            (name(&operation), Answer::read(&answer))
        }
    });
    join_all(asked).await
}

#[tokio::test]
async fn every_operation_passes_a_throttle_on() {
    for (name, answer) in answers("ThrottlingException").await {
        assert_eq!(answer.status, 429, "{name}: {}", answer.body);
        let seconds = answer.headers.get("retry-after").expect("a time");
        assert!(seconds.parse::<u64>().expect("seconds") >= 1, "{name}");
        assert_eq!(answer.body["code"], "throttled", "{name}");
    }
}

#[tokio::test]
async fn no_operation_tells_the_cause_of_a_failure() {
    for (name, answer) in answers("InternalServerError").await {
        assert_eq!(answer.status, 500, "{name}: {}", answer.body);
        let told = answer.body.to_string();
        for cause in [CAUSE, "InternalServerError", "Dynamo"] {
            assert!(!told.contains(cause), "{name} tells {told}");
        }
        assert_eq!(answer.body["request_id"], "request-1", "{name}");
    }
}
