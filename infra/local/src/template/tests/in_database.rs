//! Tables made in the embedded database, asked for through the real SDK.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, ProjectionType, TimeToLiveStatus};
use aws_sdk_dynamodb::{Client, Config};
use tokio::sync::oneshot;

use super::{deployed, table};
use crate::template::Projection;

/// An empty database behind DynamoDB's protocol.
struct Database {
    client: Client,
    /// Dropping it stops the server.
    _running: oneshot::Sender<()>,
}

impl Database {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (running, stopped) = oneshot::channel();
        // The database blocks the thread that serves it, so it has one of its own.
        std::thread::spawn(move || serve(listener, stopped));
        Self {
            client: client(&format!("http://{address}")),
            _running: running,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(listener: std::net::TcpListener, stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let database = dynoxide::Database::memory().unwrap();
    let until = async { drop(stopped.await) };
    dynoxide::server::serve_with_shutdown(listener, database, until)
        .await
        .unwrap();
}

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn the_database_describes_what_the_template_defines() {
    let database = Database::start();
    for table in deployed().tables() {
        table
            .create_table(&database.client, &table.name)
            .await
            .unwrap();
        let description = database.client.describe_table().table_name(&table.name);
        let description = description.send().await.unwrap().table.unwrap();
        let keys = description.key_schema().iter().map(|k| k.attribute_name());
        assert_eq!(keys.collect::<Vec<_>>(), ["_pk", "_sk"]);
        let indexes = description.global_secondary_indexes();
        assert_eq!(indexes.len(), table.indexes.len(), "{}", table.name);
        for (found, wanted) in indexes.iter().zip(&table.indexes) {
            let keys = found.key_schema().iter().map(|k| k.attribute_name());
            let range = wanted.key.range.as_ref().unwrap();
            assert_eq!(found.index_name(), Some(wanted.name.as_str()));
            assert_eq!(keys.collect::<Vec<_>>(), [&wanted.key.hash, range]);
            let kind = match wanted.projection {
                Projection::KeysOnly {} => ProjectionType::KeysOnly,
                Projection::Include { .. } => ProjectionType::Include,
                Projection::All {} => ProjectionType::All,
            };
            let projection = found.projection().unwrap();
            assert_eq!(projection.projection_type(), Some(&kind), "{}", wanted.name);
        }
    }
}

#[tokio::test]
async fn an_index_carries_only_what_is_projected() {
    let database = Database::start();
    let client = &database.client;
    table("MembershipsTable")
        .create_table(client, "members")
        .await
        .unwrap();
    let put = ["_pk", "_sk", "_due_shard", "_due_on", "_due", "name"];
    let put = put
        .iter()
        .fold(client.put_item().table_name("members"), |put, name| {
            put.item(*name, AttributeValue::S("x".to_owned()))
        });
    put.send().await.unwrap();
    let query = client.query().table_name("members").index_name("due");
    let found = query
        .key_condition_expression("#h = :x")
        .expression_attribute_names("#h", "_due_shard")
        .expression_attribute_values(":x", AttributeValue::S("x".to_owned()));
    let found = found.send().await.unwrap();
    let mut names: Vec<_> = found.items()[0].keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["_due", "_due_on", "_due_shard", "_pk", "_sk"]);
}

#[tokio::test]
async fn a_second_start_finds_the_table_and_its_time_to_live() {
    let database = Database::start();
    let ledger = table("LedgerTable");
    for _ in 0..2 {
        ledger
            .create_table(&database.client, "ledger")
            .await
            .unwrap();
        let answer = database.client.describe_time_to_live().table_name("ledger");
        let found = answer
            .send()
            .await
            .unwrap()
            .time_to_live_description
            .unwrap();
        assert_eq!(found.attribute_name(), Some("_expires"));
        assert_eq!(
            found.time_to_live_status(),
            Some(&TimeToLiveStatus::Enabled)
        );
    }
}

#[tokio::test]
async fn a_start_cut_short_before_the_time_to_live_is_finished_by_the_next() {
    let database = Database::start();
    let ledger = table("LedgerTable");
    let request = ledger.create_request("ledger").unwrap();
    request.send_with(&database.client).await.unwrap();
    ledger
        .create_table(&database.client, "ledger")
        .await
        .unwrap();
    let answer = database.client.describe_time_to_live().table_name("ledger");
    let found = answer
        .send()
        .await
        .unwrap()
        .time_to_live_description
        .unwrap();
    assert_eq!(found.attribute_name(), Some("_expires"));
}

#[tokio::test]
async fn a_table_of_another_shape_is_refused() {
    let database = Database::start();
    let runs = table("BillingRunsTable");
    runs.create_table(&database.client, "runs").await.unwrap();
    let mut changed = runs.clone();
    changed.indexes[0].projection = Projection::All {};
    let error = changed
        .create_table(&database.client, "runs")
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("table runs: its keys or indexes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_that_is_not_there_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let ledger = table("LedgerTable");
    let error = ledger
        .create_table(&client(&endpoint), "ledger")
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("table ledger: dispatch failure: "),
        "{said}"
    );
}

#[tokio::test]
async fn what_the_database_refuses_is_passed_on() {
    let database = Database::start();
    let ledger = table("LedgerTable");
    let error = ledger
        .create_table(&database.client, "x")
        .await
        .unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("table x: ValidationException: "), "{said}");
}
