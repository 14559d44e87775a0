//! What outlives a process: the database, the gateway, the post office, the
//! state machines' service. Each life begins with a copy of the same files.

use crate::doom::Doom;
use crate::ports::{Doomed, PostOffice};
use ledger::context::Ports;
use ledger::tenant::Defaults;
use local::engine::Engine;
use local::folder::Folder;
use model::TenantId;
use serde_json::Value;
use services::scripted::ScriptedGateway;
use std::sync::Arc;
use store::{Connection, Database, Store, TableNames};
use tempfile::TempDir;
use tests::invariants::{Findings, check};
use tests::machine::{Machine, executions, no_executions};
use tests::seeded::Seeded;
use tests::{TENANT, TestApp, fates, tap};

/// A stack's files, seeded, with a run that is still a draft.
pub struct Seed {
    seeded: Seeded,
    run: String,
}

impl Seed {
    pub async fn sow() -> Seed {
        Seed::with(fates::body(), async |_| ()).await
    }

    /// With more in it, for a run of this body.
    pub async fn with(body: Value, more: impl AsyncFnOnce(&TestApp)) -> Seed {
        let seeded = Seeded::sow(1).await;
        let app = TestApp::open_folder(seeded.folder()).await;
        more(&app).await;
        let run = app.post("/billingRuns/acme", body).await.ok();
        app.stop().await;
        let run = run["id"].as_str().unwrap().to_owned();
        Seed { seeded, run }
    }
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
        let folder = seed.seeded.copy();
        let files = Folder::open(folder.path()).unwrap();
        let engine = Engine::start(Some(&files.database())).unwrap();
        let connection = Connection::local(engine.endpoint.clone());
        let names = local::tables::make(&connection).await.unwrap();
        let database = Arc::new(Database::new(&connection, names.clone()));
        World {
            store: database.tenant(&TenantId::parse(TENANT).unwrap()),
            gateway: Arc::new(ScriptedGateway::new(database)),
            post: Arc::new(PostOffice::new(tells)),
            executions: no_executions().await,
            run: seed.run.clone(),
            folder,
            engine,
            names,
            connection,
        }
    }

    /// A process that works here, until its doom.
    pub fn process(&self, doom: &Arc<Doom>) -> Ports {
        let connection = tap::over(&self.connection, doom.clone());
        Ports {
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
            executions: executions(&connection, &self.executions),
        }
    }

    pub fn machine(&self) -> Machine {
        Machine::new(&self.store, &self.run)
    }

    /// Works the run with one process until it ends or dies.
    pub async fn live(&self, machine: &mut Machine, doom: &Arc<Doom>) {
        let process = self.process(doom);
        tokio::select! {
            () = doom.died() => {}
            () = Box::pin(machine.run(&process)) => {}
        }
    }

    /// Opens what is left in a new stack.
    pub async fn look<T>(self, look: impl AsyncFnOnce(&TestApp, &str, &PostOffice) -> T) -> T {
        drop(self.engine);
        let app = TestApp::open_folder(self.folder.path()).await;
        let seen = look(&app, &self.run, &self.post).await;
        app.stop().await;
        seen
    }

    /// Opens what is left in a new stack and looks at all of it.
    pub async fn end(self) -> Findings {
        self.look(async |app, run, post| check(app, run, 1, &post.mails()).await)
            .await
    }
}
