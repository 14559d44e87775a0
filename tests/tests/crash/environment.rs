//! What outlives a process: the database, the gateway, the mailer, the
//! state machines' service. Each attempt begins with a copy of the same files.

use crate::crash_point::CrashPoint;
use crate::ports::{Faulty, RecordingMailer};
use ledger::context::Ports;
use ledger::tenant::Defaults;
use local::engine::Engine;
use local::folder::Folder;
use model::TenantId;
use serde_json::Value;
use services::absent::NoDocuments;
use services::scripted::ScriptedGateway;
use std::sync::Arc;
use store::{Connection, Database, Store, TableNames};
use tempfile::TempDir;
use tests::fixture::Fixture;
use tests::invariants::{Findings, check};
use tests::machine::{Machine, executions, no_executions};
use tests::{TENANT, TestApp, intercept, scenarios};

/// A stack's files, seeded, with a run that is still a draft.
pub struct RunFixture {
    seeded: Fixture,
    run: String,
}

impl RunFixture {
    pub async fn create() -> RunFixture {
        RunFixture::with(scenarios::body(), async |_| ()).await
    }

    /// With more in it, for a run of this body.
    pub async fn with(body: Value, more: impl AsyncFnOnce(&TestApp)) -> RunFixture {
        let seeded = Fixture::create(1).await;
        let app = TestApp::open_folder(seeded.folder()).await;
        more(&app).await;
        let run = app.post("/billingRuns/acme", body).await.ok();
        app.stop().await;
        let run = run["id"].as_str().unwrap().to_owned();
        RunFixture { seeded, run }
    }
}

pub struct Environment {
    folder: TempDir,
    engine: Engine,
    names: TableNames,
    connection: Connection,
    /// Over a connection without faults.
    pub store: Store,
    gateway: Arc<ScriptedGateway>,
    pub mailer: Arc<RecordingMailer>,
    executions: String,
    pub run: String,
}

impl Environment {
    pub async fn begin(seed: &RunFixture, tells: bool) -> Environment {
        let folder = seed.seeded.copy();
        let files = Folder::open(folder.path()).unwrap();
        let engine = Engine::start(Some(&files.database())).unwrap();
        let connection = Connection::local(engine.endpoint.clone());
        let names = local::tables::make(&connection).await.unwrap();
        let database = Arc::new(Database::new(&connection, names.clone()));
        Environment {
            store: database.tenant(&TenantId::parse(TENANT).unwrap()),
            gateway: Arc::new(ScriptedGateway::new(database)),
            mailer: Arc::new(RecordingMailer::new(tells)),
            executions: no_executions().await,
            run: seed.run.clone(),
            folder,
            engine,
            names,
            connection,
        }
    }

    /// A process that works on this data until its crash point.
    pub fn process(&self, crash_point: &Arc<CrashPoint>) -> Ports {
        let connection = intercept::over(&self.connection, crash_point.clone());
        Ports {
            database: Arc::new(Database::new(&connection, self.names.clone())),
            defaults: Defaults::LOCAL,
            payments: Arc::new(Faulty {
                inner: self.gateway.clone(),
                crash_point: crash_point.clone(),
            }),
            mailer: Arc::new(Faulty {
                inner: self.mailer.clone(),
                crash_point: crash_point.clone(),
            }),
            documents: Arc::new(NoDocuments),
            executions: executions(&connection, &self.executions),
        }
    }

    pub fn machine(&self) -> Machine {
        Machine::new(&self.store, &self.run)
    }

    /// Works the run with one process until the run ends or the process does.
    pub async fn run_until_crash(&self, machine: &mut Machine, crash_point: &Arc<CrashPoint>) {
        let process = self.process(crash_point);
        tokio::select! {
            () = crash_point.died() => {}
            () = Box::pin(machine.run(&process)) => {}
        }
    }

    /// Opens what is left in a new stack.
    pub async fn inspect<T>(
        self,
        inspect: impl AsyncFnOnce(&TestApp, &str, &RecordingMailer) -> T,
    ) -> T {
        drop(self.engine);
        let app = TestApp::open_folder(self.folder.path()).await;
        let seen = inspect(&app, &self.run, &self.mailer).await;
        app.stop().await;
        seen
    }

    /// Opens what is left in a new stack and looks at all of it.
    pub async fn end(self) -> Findings {
        self.inspect(async |app, run, mailer| check(app, run, 1, &mailer.mails()).await)
            .await
    }
}
