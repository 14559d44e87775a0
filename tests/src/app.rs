//! The whole stack for one test: functions, state machines, a scripted
//! gateway, an outbox, and a database of its own.

use crate::call::{Answer, Call, invoke};
use crate::intercept::{self, Interceptor};
use crate::records::record;
use api::routes;
use aws_sdk_dynamodb::types::AttributeValue::{self, S};
use axum::Router;
use local::folder::Folder;
use local::stack::{Core, Files, Providers, embedded};
use model::resource::Home;
use model::{Deployment, Record, Resource, TenantId, WriteContext};
use serde_json::Value;
use services::outbox::Outbox;
use std::path::Path;
use std::sync::Arc;
use store::{Connection, Database, Store, TableNames};
use tempfile::TempDir;

/// The tenant whose data a test is about.
pub const TENANT: &str = "acme";

pub struct TestApp {
    pub core: Core,
    pub store: Store,
    pub outbox: Outbox,
    names: TableNames,
    routes: Vec<(&'static str, Router)>,
    /// Where the mail and the documents of a stack in memory are.
    folder: Option<TempDir>,
}

impl TestApp {
    /// An empty stack in memory.
    pub async fn start() -> TestApp {
        TestApp::start_with(embedded).await
    }

    /// With ports of the test's own.
    pub async fn start_with(ports: impl FnOnce(&Arc<Database>, Outbox) -> Providers) -> TestApp {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files {
            database: None,
            executions: None,
            outbox: &folder.path().join("outbox"),
            documents: &folder.path().join("documents"),
        };
        let mut app = TestApp::open(&files, ports).await;
        app.folder = Some(folder);
        app
    }

    /// What an earlier stack has left in a data folder.
    pub async fn open_folder(folder: &Path) -> TestApp {
        let folder = Folder::open(folder).expect("a data folder");
        let outbox = folder.outbox().expect("an outbox");
        let (database, executions) = (folder.database(), folder.executions());
        let documents = folder.documents();
        let files = Files {
            database: Some(&database),
            executions: Some(&executions),
            outbox: &outbox,
            documents: &documents,
        };
        TestApp::open(&files, embedded).await
    }

    async fn open(
        files: &Files<'_>,
        ports: impl FnOnce(&Arc<Database>, Outbox) -> Providers,
    ) -> TestApp {
        let core = Core::start(files, ports).await.expect("the stack starts");
        let names = local::tables::make(&core.connection).await;
        let tenant = TenantId::parse(TENANT).expect("a tenant");
        TestApp {
            names: names.expect("the tables are there"),
            routes: routes(&core.app, &core.billing),
            store: core.app.database.tenant(&tenant),
            outbox: Outbox::open(files.outbox).expect("an outbox"),
            folder: None,
            core,
        }
    }

    /// Ends the stack, so that its files can be opened again.
    pub async fn stop(self) {
        self.core.stop().await;
    }
}

impl TestApp {
    /// The same database, opened for another tenant.
    pub fn store_of(&self, tenant: &str) -> Store {
        let tenant = TenantId::parse(tenant).expect("a tenant");
        self.store.database().tenant(&tenant)
    }

    /// The same data through another connection, as another process has it.
    pub fn store_over(&self, connection: &Connection) -> Store {
        let database = Arc::new(Database::new(connection, self.names.clone()));
        database.tenant(self.store.tenant())
    }

    fn routes_over(&self, connection: &Connection) -> Vec<(&'static str, Router)> {
        let database = Arc::new(Database::new(connection, self.names.clone()));
        let (mut app, mut billing) = (self.core.app.clone(), self.core.billing.clone());
        (app.database, billing.database) = (database.clone(), database);
        routes(&app, &billing)
    }

    /// A function over another connection to the same data.
    pub fn function_over(&self, connection: &Connection, segment: &str) -> Router {
        function(&self.routes_over(connection), segment).clone()
    }

    /// Lets the functions stand where such a deployment does, whatever is there.
    pub fn deploy_as(&mut self, deployment: Deployment) {
        self.core.app.deployment = deployment;
        self.core.billing.defaults.deployment = deployment;
        self.routes = routes(&self.core.app, &self.core.billing);
    }

    /// Lets `interceptor` see what the functions ask of the database; what the steps
    /// of the state machines ask it does not see.
    pub fn watch_functions(&mut self, interceptor: Arc<dyn Interceptor>) {
        self.routes = self.routes_over(&intercept::over(&self.core.connection, interceptor));
    }
}

impl TestApp {
    pub async fn send(&self, call: Call) -> Answer {
        self.send_event(call.into_event()).await
    }

    pub async fn send_event(&self, event: Value) -> Answer {
        Answer::read(&self.event(event).await)
    }

    /// The answer as the function gives it, for bodies that are no JSON.
    pub async fn text(&self, path: &str) -> String {
        let answer = self.event(Call::get(path).into_event()).await;
        answer["body"].as_str().unwrap_or_default().to_owned()
    }

    /// Where a redirect leads.
    pub async fn location(&self, path: &str) -> String {
        let answer = self.event(Call::get(path).into_event()).await;
        assert_eq!(answer["statusCode"], 303, "{answer}");
        let location = answer["headers"]["location"].as_str();
        location.expect("a redirect has a location").to_owned()
    }

    /// The document that a link leads to.
    pub fn fetched(&self, link: &str) -> Option<Vec<u8>> {
        let (path, query) = link.strip_prefix("/documents/")?.split_once("?expires=")?;
        let (tenant, name) = path.split_once('/')?;
        let (expires, signature) = query.split_once("&signature=")?;
        let documents = &self.core.documents;
        let file = documents.find(tenant, name, expires.parse().ok()?, signature)?;
        std::fs::read(file).ok()
    }

    /// How many documents the tenant of the test has.
    pub fn documents(&self) -> usize {
        let folder = self.folder.as_ref().expect("a stack in memory");
        let folder = folder.path().join("documents").join(TENANT);
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    /// Sends an event to the function its first path segment belongs to.
    async fn event(&self, event: Value) -> Value {
        let path = event["rawPath"].as_str().unwrap_or_default();
        let segment = path.split('/').nth(1).unwrap_or_default();
        invoke(function(&self.routes, segment), event).await
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
}

impl TestApp {
    /// Stores a record that is not made through the API, or with an id of the
    /// test's choice.
    pub async fn seed<R: Resource>(&self, fields: Value) -> Record {
        self.create::<R>(record(fields)).await
    }

    /// The same of a record that is made already.
    pub async fn create<R: Resource>(&self, record: Record) -> Record {
        let saved = self.store.save::<R>(&import(), None, record).await;
        saved.expect("a sound record")
    }

    /// Stores what has become of a record, as billing does.
    pub async fn change<R: Resource>(&self, before: &Record, after: Record) -> Record {
        let saved = self.store.save::<R>(&import(), Some(before), after).await;
        saved.expect("a sound change")
    }

    /// Sets fields of a record past the API.
    pub async fn set<R: Resource>(&self, id: &str, changes: Value) -> Record {
        let before = self.store.get_consistent::<R>(id).await;
        let before = before.expect("the store answers").expect("a record");
        let mut after = before.clone();
        for (name, value) in changes.as_object().expect("an object") {
            after.set_raw(name, value.clone());
        }
        self.change::<R>(&before, after).await
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

/// What owns the paths that begin with a segment; what owns no segment's paths
/// answers for the rest, as the deployed API has it.
fn function<'a>(routes: &'a [(&'static str, Router)], segment: &str) -> &'a Router {
    let owner = |segment: &str| routes.iter().find(|(name, _)| *name == segment);
    let (_, router) = owner(segment).or(owner("settings")).expect("a function");
    router
}

impl TestApp {
    /// Writes a text past every rule, as an earlier version may have.
    pub async fn store_unchecked<R: Resource>(&self, id: &str, name: &str, value: &str) {
        let tenant = self.store.tenant();
        self.store_unchecked_of::<R>(tenant, id, name, value).await;
    }

    /// The same for another tenant.
    pub async fn store_unchecked_of<R: Resource>(
        &self,
        tenant: &TenantId,
        id: &str,
        name: &str,
        value: &str,
    ) {
        self.store_value::<R>(tenant, id, name, S(value.into()))
            .await;
    }

    /// The same of any value.
    pub async fn store_unchecked_value<R: Resource>(
        &self,
        id: &str,
        name: &str,
        value: AttributeValue,
    ) {
        let tenant = self.store.tenant();
        self.store_value::<R>(tenant, id, name, value).await;
    }

    async fn store_value<R: Resource>(
        &self,
        tenant: &TenantId,
        id: &str,
        name: &str,
        value: AttributeValue,
    ) {
        let partition = Home::of::<R>().partition(id);
        let update = store::client(&self.core.connection)
            .update_item()
            .table_name(self.names.of(R::TABLE).expect("a table"))
            .key("_pk", S(format!("{tenant}#{partition}")))
            .key("_sk", S(id.into()))
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value);
        update.send().await.expect("an update");
    }
}
