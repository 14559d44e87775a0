//! What every command that works on the data needs, started in order: the
//! folder, the database, its tables.

use crate::engine::Engine;
use crate::folder::{Folder, Lock};
use crate::machines::Endpoint;
use crate::tables;
use ledger::context::Ports;
use ledger::tenant::Defaults;
use services::documents::folder::Folder as Documents;
use services::mail::Mailer;
use services::outbox::Outbox;
use services::payments::Payments;
use services::scripted::ScriptedGateway;
use states::Executor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Connection, Database, TableNames};
use tokio::task::JoinHandle;
use web::App;

/// How often the scheduler looks for what is due: as a minute's schedule does
/// when deployed, but nobody waits a minute at a laptop.
const TICK: Duration = Duration::from_secs(2);

/// Where the files of a stack are; without one, in memory.
pub struct Files<'a> {
    pub database: Option<&'a Path>,
    pub executions: Option<&'a Path>,
    pub outbox: &'a Path,
    /// Emptied at the start.
    pub documents: &'a Path,
}

/// The ports to the outside that a stack is built with.
pub struct Providers {
    pub mailer: Arc<dyn Mailer>,
    pub payments: Arc<dyn Payments>,
}

/// The engine, the tables, billing and the state machines: what the functions
/// work on. Dropping it stops the engine.
pub struct Core {
    pub app: App,
    pub billing: Ports,
    /// What links lead to.
    pub documents: Documents,
    /// Where the database answers.
    pub connection: Connection,
    pub executor: Arc<Executor>,
    tasks: Vec<JoinHandle<()>>,
    _engine: Engine,
}

impl Core {
    /// Starts everything on loopback, with ports of the caller's choosing.
    ///
    /// # Errors
    /// One line that says which file cannot be used and why.
    pub async fn start(
        files: &Files<'_>,
        ports: impl FnOnce(&Arc<Database>, Outbox) -> Providers,
    ) -> Result<Core, String> {
        Core::start_over(files, Connection::clone, ports).await
    }

    /// The same, with what the functions and steps ask of the database going
    /// over a connection that `tapped` makes of the plain one.
    ///
    /// # Errors
    /// As [`Core::start`].
    pub async fn start_over(
        files: &Files<'_>,
        tapped: impl FnOnce(&Connection) -> Connection,
        ports: impl FnOnce(&Arc<Database>, Outbox) -> Providers,
    ) -> Result<Core, String> {
        let (engine, connection, names) = open_database(files.database).await?;
        let database = Arc::new(Database::new(&tapped(&connection), names));
        let outbox = Outbox::open(files.outbox).map_err(|cause| cause.to_string())?;
        let documents = Documents::open(files.documents)?;
        let Providers { mailer, payments } = ports(&database, outbox);
        let endpoint = Endpoint::bind().await?;
        let executions = endpoint.executions.clone();
        let billing = Ports {
            database: database.clone(),
            defaults: Defaults::LOCAL,
            payments,
            mailer,
            documents: Arc::new(documents.clone()),
            executions,
        };
        // Last, because it goes on with executions at once, and their steps need all of the
        // above.
        let (executor, server) = endpoint.start(files.executions, billing.clone()).await?;
        let tasks = vec![server, tokio::spawn(keep_ticking(billing.clone()))];
        Ok(Core {
            app: App {
                database,
                deployment: model::Deployment::LOCAL,
            },
            billing,
            documents,
            connection,
            executor,
            tasks,
            _engine: engine,
        })
    }
}

impl Core {
    /// Ends everything and waits for it, so that the files can be opened again.
    pub async fn stop(mut self) {
        // Waited for, because a task that is being aborted may still use the database.
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            // An aborted task answers an error; either way it is gone.
            let _ = task.await;
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn open_database(file: Option<&Path>) -> Result<(Engine, Connection, TableNames), String> {
    let engine = Engine::start(file)?;
    let connection = Connection::local(&engine.endpoint);
    let names = tables::make(&connection).await.map_err(|cause| {
        let file = file.map(|file| file.display().to_string());
        let file = file.unwrap_or_default();
        format!("cannot use the database {file}: {cause}")
    })?;
    Ok((engine, connection, names))
}

/// The tables of a folder, and nothing that works on them by itself. Dropping
/// it closes their file.
pub struct Tables {
    pub database: Arc<Database>,
    // Fields are dropped in this order: the database before the lock.
    _engine: Engine,
    _lock: Lock,
}

impl Tables {
    /// Opens the tables in the folder, which `lock` keeps for this process.
    ///
    /// # Errors
    /// One line that says which file cannot be used and why.
    pub async fn of_folder(folder: &Folder, lock: Lock) -> Result<Tables, String> {
        let (engine, connection, names) = open_database(Some(&folder.database())).await?;
        Ok(Tables {
            database: Arc::new(Database::new(&connection, names)),
            _engine: engine,
            _lock: lock,
        })
    }
}

/// The embedded ports: they reach nobody.
pub fn embedded(database: &Arc<Database>, outbox: Outbox) -> Providers {
    Providers {
        mailer: Arc::new(outbox),
        payments: Arc::new(ScriptedGateway::new(database.clone())),
    }
}

async fn keep_ticking(billing: Ports) {
    loop {
        // Slept between looks, and not by a timer: a slow look must not have others behind it.
        tokio::time::sleep(TICK).await;
        if let Err(error) = scheduler::tick(&billing).await {
            tracing::warn!(%error, "the scheduler could not look for what is due");
        }
    }
}

/// A running stack of a folder, all but its address. Dropping it closes its files.
pub struct Stack {
    pub core: Core,
    pub folder: Folder,
    // Fields are dropped in this order: the database before the lock.
    _lock: Lock,
}

impl Stack {
    /// Opens what is in the folder, which `lock` keeps for this process, and
    /// makes what is missing.
    ///
    /// # Errors
    /// One line that says which file cannot be used and why.
    pub async fn open(folder: Folder, lock: Lock) -> Result<Stack, String> {
        let (database, executions) = (folder.database(), folder.executions());
        let (outbox, documents) = (folder.outbox()?, folder.documents());
        let files = Files {
            database: Some(&database),
            executions: Some(&executions),
            outbox: &outbox,
            documents: &documents,
        };
        let core = Core::start(&files, embedded).await?;
        Ok(Stack {
            core,
            folder,
            _lock: lock,
        })
    }
}

impl Stack {
    /// Ends everything and gives the folder free.
    pub async fn stop(self) {
        self.core.stop().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    use std::path::Path;
    use std::time::Duration;

    async fn open(path: &Path) -> Stack {
        let folder = Folder::open(path).unwrap();
        let lock = folder.lock().unwrap();
        Stack::open(folder, lock).await.unwrap()
    }

    async fn put(stack: &Stack, id: &str, expires: i64) {
        let client = store::client(&stack.core.connection);
        let request = client.put_item().table_name("ledger");
        let request = request.item("_pk", S("acme#t".into()));
        let request = request.item("_sk", S(id.into()));
        let request = request.item("_expires", N(expires.to_string()));
        request.send().await.unwrap();
    }

    async fn ids(stack: &Stack) -> Vec<String> {
        let client = store::client(&stack.core.connection);
        let request = client.query().table_name("ledger");
        let request = request.key_condition_expression("#pk = :pk");
        let request = request.expression_attribute_names("#pk", "_pk");
        let request = request.expression_attribute_values(":pk", S("acme#t".into()));
        let found = request.send().await.unwrap();
        let id = |item: &std::collections::HashMap<_, _>| match &item["_sk"] {
            S(id) => id.clone(),
            _ => panic!("a key that is no text"),
        };
        found.items().iter().map(id).collect()
    }

    #[tokio::test]
    async fn what_is_stored_outlives_the_process_until_it_expires() {
        let parent = tempfile::tempdir().unwrap();
        let stack = open(parent.path()).await;
        put(&stack, "stays", 4_000_000_000).await;
        // Within five years: what has expired longer ago DynamoDB leaves alone.
        let a_minute_ago = jiff::Timestamp::now().as_second() - 60;
        put(&stack, "goes", a_minute_ago).await;
        stack.stop().await;
        let stack = open(parent.path()).await;
        let mut left = ids(&stack).await;
        for _ in 0..600 {
            if left == ["stays"] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            left = ids(&stack).await;
        }
        panic!("still there: {left:?}");
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path()).unwrap();
        std::fs::write(folder.database(), "no database".repeat(1000)).unwrap();
        let lock = folder.lock().unwrap();
        let refused = Stack::open(folder, lock).await.err().unwrap();
        assert!(refused.contains("dynamodb.sqlite"), "{refused}");
    }
}
