//! The functions and a database of their own for one test.

use crate::call::{Answer, Call, invoke};
use crate::tables::{create_tables, table_names};
use axum::Router;
use ledger::context::Ports;
use ledger::tenant::Defaults;
use local::engine::Engine;
use model::{Record, Resource, TenantId, WriteContext};
use serde_json::Value;
use services::absent::{NoMail, NoPayments};
use services::executions::Executions;
use std::sync::Arc;
use store::{Connection, Database, Store};

/// The tenant whose data a test is about.
pub const TENANT: &str = "acme";

/// Dropped in this order: the database's connections before the engine.
pub struct TestApp {
    functions: Vec<(Vec<&'static str>, Router)>,
    pub store: Store,
    pub connection: Connection,
    _engine: Engine,
}

impl TestApp {
    /// An empty database and every function over it.
    pub async fn start() -> TestApp {
        let engine = Engine::start(None).expect("the embedded database starts");
        let connection = Connection::local(engine.endpoint.clone());
        create_tables(&connection).await;
        let database = Arc::new(Database::new(&connection, table_names()));
        let tenant = TenantId::parse(TENANT).expect("a tenant");
        TestApp {
            functions: functions(&connection, &database),
            store: database.tenant(&tenant),
            connection,
            _engine: engine,
        }
    }

    /// The same data through another connection, as another process has it.
    pub fn store_over(&self, connection: &Connection) -> Store {
        Arc::new(Database::new(connection, table_names())).tenant(self.store.tenant())
    }

    /// A function over another connection to the same data.
    pub fn function_over(&self, connection: &Connection, segment: &str) -> Router {
        let database = Arc::new(Database::new(connection, table_names()));
        let mut functions = functions(connection, &database).into_iter();
        let owns = |segments: &Vec<&str>| segments.contains(&segment);
        let (_, router) = functions
            .find(|(segments, _)| owns(segments))
            .expect("a function");
        router
    }

    /// The same database, opened for another tenant.
    pub fn store_of(&self, tenant: &str) -> Store {
        let tenant = TenantId::parse(tenant).expect("a tenant");
        self.store.database().tenant(&tenant)
    }

    pub async fn send(&self, call: Call) -> Answer {
        self.send_event(call.into_event()).await
    }

    /// Sends an event to the function its first path segment belongs to.
    pub async fn send_event(&self, event: Value) -> Answer {
        let path = event["rawPath"].as_str().unwrap_or_default();
        let segment = path.split('/').nth(1).unwrap_or_default();
        let function = self
            .functions
            .iter()
            .find(|(segments, _)| segments.contains(&segment))
            .or(self.functions.first());
        let (_, router) = function.expect("a function");
        Answer::read(&invoke(router, event).await)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Call::get(path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::post(path, body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Call::put(path, body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Call::patch(path, body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Call::delete(path)).await
    }

    /// Stores a record that is not made through the API, or with an id of the
    /// test's choice.
    pub async fn seed<R: Resource>(&self, record: Record) -> Record {
        let saved = self.store.save::<R>(&import(), None, record).await;
        saved.expect("a sound record")
    }

    /// Stores what has become of a record, as billing does.
    pub async fn change<R: Resource>(&self, before: &Record, after: Record) -> Record {
        let saved = self.store.save::<R>(&import(), Some(before), after).await;
        saved.expect("a sound change")
    }
}

/// Who seeds.
pub fn import() -> WriteContext {
    WriteContext {
        user: "importer".into(),
        via: "import".into(),
        now: jiff::Timestamp::now(),
    }
}

fn functions(
    connection: &Connection,
    database: &Arc<Database>,
) -> Vec<(Vec<&'static str>, Router)> {
    let app = web::App {
        database: database.clone(),
        test_clock: true,
    };
    let billing = Ports {
        database: database.clone(),
        defaults: Defaults::LOCAL,
        payments: Arc::new(NoPayments),
        mailer: Arc::new(NoMail),
        executions: Executions::new(connection, String::new(), String::new()),
    };
    vec![
        (vec!["memberships"], memberships::router(billing.clone())),
        (vec!["applications"], applications::router(app.clone())),
        (vec!["billingNotices"], billing_notices::router(billing)),
        (
            vec!["billingRunActions"],
            billing_run_actions::router(app.clone()),
        ),
        (
            configuration::groups().collect(),
            configuration::router(app),
        ),
    ]
}
