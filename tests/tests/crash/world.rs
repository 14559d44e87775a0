//! What outlives a process: the database, the gateway, the post office, the
//! state machines' service. Each life begins with a copy of the same files.

use crate::doom::Doom;
use crate::machine::Machine;
use crate::ports::{Doomed, PostOffice};
use axum::{Json, Router};
use billing::engine::Billing;
use billing::tenant::Defaults;
use local::engine::Engine;
use local::folder::Folder;
use local::stack::{Files, embedded};
use local::states::machine_arn;
use model::TenantId;
use serde_json::json;
use services::executions::Executions;
use services::scripted::ScriptedGateway;
use std::path::Path;
use std::sync::Arc;
use store::{Connection, Database, Store, TableNames};
use tempfile::TempDir;
use tests::billing::BillingApp;
use tests::invariants::{Findings, check};
use tests::{TENANT, fates, tap};

/// Members of each kind.
pub const EACH: usize = 1;

/// A stack's files, seeded, with a run that is still a draft.
pub struct Seed {
    folder: TempDir,
    pub run: String,
}

impl Seed {
    pub async fn sow() -> Seed {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path()).await;
        app.seed_fates(EACH).await;
        let run = app.post("/billingRuns/acme", fates::body()).await.ok();
        app.stop().await;
        let run = run["id"].as_str().unwrap().to_owned();
        Seed { folder, run }
    }
}

async fn open(folder: &Path) -> BillingApp {
    let folder = Folder::open(folder).unwrap();
    let (database, outbox) = (folder.database(), folder.outbox().unwrap());
    let files = Files {
        database: Some(&database),
        executions: None,
        outbox: &outbox,
    };
    BillingApp::open(&files, embedded).await
}

pub struct World {
    folder: TempDir,
    engine: Engine,
    names: TableNames,
    connection: Connection,
    /// Of nobody who could die.
    pub store: Store,
    gateway: Arc<ScriptedGateway>,
    pub post: Arc<PostOffice>,
    executions: String,
    pub run: String,
}

impl World {
    pub async fn begin(seed: &Seed, tells: bool) -> World {
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(seed.folder.path()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        let files = Folder::open(folder.path()).unwrap();
        let engine = Engine::start(Some(&files.database())).unwrap();
        let connection = Connection::local(engine.endpoint.clone());
        let names = local::tables::make(&connection).await.unwrap();
        let database = Arc::new(Database::new(&connection, names.clone()));
        World {
            store: database.tenant(&TenantId::parse(TENANT).unwrap()),
            gateway: Arc::new(ScriptedGateway::new(database)),
            post: Arc::new(PostOffice {
                tells,
                ..PostOffice::default()
            }),
            executions: executions().await,
            run: seed.run.clone(),
            folder,
            engine,
            names,
            connection,
        }
    }

    /// A process that works here, until its doom.
    pub fn process(&self, doom: &Arc<Doom>) -> Billing {
        let connection = tap::over(&self.connection, doom.clone());
        let service = Connection {
            endpoint: Some(self.executions.clone()),
            ..connection.clone()
        };
        let (refresh, execution) = ("billing-refresh", "billing-execution");
        Billing {
            database: Arc::new(Database::new(&connection, self.names.clone())),
            defaults: Defaults::LOCAL,
            payments: Arc::new(Doomed {
                inner: self.gateway.clone(),
                doom: doom.clone(),
            }),
            mailer: Arc::new(Doomed {
                inner: self.post.clone(),
                doom: doom.clone(),
            }),
            executions: Executions::new(&service, machine_arn(refresh), machine_arn(execution)),
        }
    }

    /// Works the run with one process until it ends or dies.
    pub async fn live(&self, machine: &mut Machine, doom: &Arc<Doom>) {
        let process = self.process(doom);
        tokio::select! {
            () = doom.died() => {}
            () = Box::pin(machine.run(self, &process)) => {}
        }
    }

    /// Opens what is left in a new stack and looks at all of it.
    pub async fn end(self) -> Findings {
        drop(self.engine);
        let app = open(self.folder.path()).await;
        let findings = check(&app, &self.run, EACH, &self.post.mails()).await;
        app.stop().await;
        findings
    }
}

/// The address of a service that starts nothing: the machine is the test's own.
async fn executions() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let started = || async { Json(json!({ "executionArn": "arn:started", "startDate": 0 })) };
    let service = Router::new().fallback(started);
    tokio::spawn(async move { axum::serve(listener, service).await });
    format!("http://{address}")
}
