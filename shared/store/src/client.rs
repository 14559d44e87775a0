//! The connection: which endpoint, which region, which tables.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Config, Region, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use model::index::Table;
use model::{Error, Result, TenantId};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What every AWS client of ours is built from: read from the Lambda
/// environment directly, because the default chain costs 39 % of a cold start.
#[derive(Clone)]
pub struct Connection {
    pub region: String,
    pub credentials: Credentials,
    /// Stands in for AWS: the local stack and tests.
    pub endpoint: Option<String>,
    pub http: SharedHttpClient,
}

impl Connection {
    /// A local engine on loopback; no credentials are looked at there.
    pub fn local(endpoint: impl Into<String>) -> Self {
        Connection {
            region: "us-east-1".into(),
            credentials: Credentials::new("local", "local", None, None, "local"),
            endpoint: Some(endpoint.into()),
            // Plain http, so that a build without the feature `deployed` needs no TLS library.
            http: aws_smithy_http_client::Builder::new().build_http(),
        }
    }

    /// From the variables that Lambda sets; `AWS_ENDPOINT_URL` overrides.
    pub fn from_environment() -> Result<Self> {
        Ok(Connection {
            region: variable("AWS_REGION")?,
            credentials: Credentials::new(
                variable("AWS_ACCESS_KEY_ID")?,
                variable("AWS_SECRET_ACCESS_KEY")?,
                std::env::var("AWS_SESSION_TOKEN").ok(),
                None,
                "environment",
            ),
            endpoint: std::env::var("AWS_ENDPOINT_URL").ok(),
            http: http_client()?,
        })
    }
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name)
        .map_err(|_| Error::internal(format!("the environment variable {name} is not set")))
}

#[cfg(feature = "deployed")]
fn http_client() -> Result<SharedHttpClient> {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https())
}

#[cfg(not(feature = "deployed"))]
fn http_client() -> Result<SharedHttpClient> {
    match std::env::var("AWS_ENDPOINT_URL") {
        Ok(url) if url.starts_with("http://") => {
            Ok(aws_smithy_http_client::Builder::new().build_http())
        }
        _ => Err(Error::internal(
            "built without the feature `deployed`, so AWS_ENDPOINT_URL must be an http:// address",
        )),
    }
}

/// The name of each table.
#[derive(Clone, Debug)]
pub struct TableNames(BTreeMap<Table, String>);

impl TableNames {
    pub fn new(name: impl Fn(Table) -> String) -> Self {
        TableNames(
            Table::ALL
                .into_iter()
                .map(|table| (table, name(table)))
                .collect(),
        )
    }

    /// The tables a function was given; the others are out of its reach.
    pub fn from_environment() -> Self {
        let names = Table::ALL
            .into_iter()
            // A function is given the tables its policy allows. Another is missed by name at its
            // first use, and not as an AccessDenied.
            .filter_map(|table| Some((table, std::env::var(table.variable()).ok()?)));
        TableNames(names.collect())
    }

    pub fn of(&self, table: Table) -> Result<&str> {
        let missing = || Error::internal(format!("this function has no {}", table.variable()));
        self.0.get(&table).map(String::as_str).ok_or_else(missing)
    }
}

/// The last block that was taken, by tenant and counter.
pub(crate) type NumberBlocks = HashMap<(TenantId, String), NumberBlock>;

#[derive(Default)]
pub(crate) struct NumberBlock {
    /// Not used up.
    pub(crate) left: VecDeque<i64>,
    /// The counter is known to have reached this.
    pub(crate) last: i64,
}

/// A DynamoDB client and its tables.
pub struct Database {
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) tables: TableNames,
    pub(crate) blocks: Mutex<NumberBlocks>,
}

impl Database {
    pub fn new(connection: &Connection, tables: TableNames) -> Self {
        Database {
            client: client(connection),
            tables,
            blocks: Mutex::default(),
        }
    }

    pub(crate) fn table(&self, table: Table) -> Result<&str> {
        self.tables.of(table)
    }
}

/// One tenant's data.
#[derive(Clone)]
pub struct Store {
    pub(crate) database: Arc<Database>,
    tenant: TenantId,
}

impl Store {
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The same database for another tenant: only the scheduler, which serves
    /// all of them, has a use for it.
    pub fn database(&self) -> Arc<Database> {
        self.database.clone()
    }
}

impl Database {
    pub fn tenant(self: &Arc<Self>, tenant: &TenantId) -> Store {
        Store {
            database: self.clone(),
            tenant: tenant.clone(),
        }
    }
}

/// A DynamoDB client of a connection.
pub fn client(connection: &Connection) -> aws_sdk_dynamodb::Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(connection.region.clone()))
        .credentials_provider(connection.credentials.clone())
        .http_client(connection.http.clone())
        .retry_config(
            // The SDK repeats throttled calls and lost answers, also of conditional writes. That
            // is safe by the write token that each item carries.
            RetryConfig::standard()
                .with_max_attempts(4)
                .with_initial_backoff(Duration::from_millis(50)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                // The SDK waits for an answer without limit: a connection that died silently
                // would hang until the function is ended.
                .operation_attempt_timeout(Duration::from_secs(10))
                .build(),
        );
    if let Some(endpoint) = &connection.endpoint {
        config = config.endpoint_url(endpoint);
    }
    aws_sdk_dynamodb::Client::from_conf(config.build())
}
