//! The tables, as the deployed stack has them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use model::index::{ALL, BY_PARENT, DUE, Index, Table};
use store::Connection;

/// Creates every table, named after its environment variable in small letters.
pub async fn create_tables(connection: &Connection) {
    let client = store::client(connection);
    for table in Table::ALL {
        create(&client, table).await;
    }
}

async fn create(client: &Client, table: Table) {
    let indexes: Vec<Index> = ALL.into_iter().filter(|i| i.table == table).collect();
    let mut names = vec!["_pk", "_sk"];
    names.extend(indexes.iter().flat_map(|index| [index.hash, index.range]));
    names.sort_unstable();
    names.dedup();
    client
        .create_table()
        .table_name(table.variable().to_lowercase())
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(names.into_iter().map(attribute).collect()))
        .set_key_schema(Some(keys("_pk", "_sk")))
        .set_global_secondary_indexes(
            (!indexes.is_empty()).then(|| indexes.iter().map(global).collect()),
        )
        .send()
        .await
        .expect("a table");
}

fn attribute(name: &str) -> AttributeDefinition {
    let definition = AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S);
    definition.build().expect("an attribute")
}

fn keys(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    let key = |name: &str, kind| {
        let key = KeySchemaElement::builder().attribute_name(name);
        key.key_type(kind).build().expect("a key")
    };
    vec![key(hash, KeyType::Hash), key(range, KeyType::Range)]
}

fn global(index: &Index) -> GlobalSecondaryIndex {
    let projection = match index.name {
        name if name == DUE.name => Projection::builder()
            .projection_type(ProjectionType::Include)
            .non_key_attributes("_due"),
        name if name == BY_PARENT.name => {
            Projection::builder().projection_type(ProjectionType::All)
        }
        _ => Projection::builder().projection_type(ProjectionType::KeysOnly),
    };
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(keys(index.hash, index.range)))
        .projection(projection.build())
        .build()
        .expect("an index")
}
