//! What other tests take from the embedded database, held to what DynamoDB's
//! documents say; not every double of it answers so (`infra/docs/testing.md`).

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::S;
use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementErrorCodeEnum as Code, BatchStatementRequest, Put,
    ReturnConsumedCapacity::Total, TransactWriteItem,
};
use std::collections::HashMap;
use tests::TestApp;

const TABLE: &str = "ledger";
/// The texts of two attributes' names, and of the keys' values.
const OVERHEAD: usize = "_pk".len() + "_sk".len() + "text".len() + "p".len() + "item-00".len();

type Item = HashMap<String, AttributeValue>;

/// An item of so many bytes, as DynamoDB counts them: names and values.
fn item(number: usize, bytes: usize) -> Item {
    let text = "x".repeat(bytes - OVERHEAD);
    let values = [
        ("_pk", "p".to_owned()),
        ("_sk", format!("item-{number:02}")),
        ("text", text),
    ];
    let pairs = values.map(|(name, value)| (name.to_owned(), S(value)));
    HashMap::from(pairs)
}

async fn put(client: &Client, item: Item) -> f64 {
    let request = client.put_item().table_name(TABLE).set_item(Some(item));
    let put = request.return_consumed_capacity(Total).send().await;
    let consumed = put.expect("a write").consumed_capacity;
    let units = consumed.and_then(|consumed| consumed.capacity_units);
    units.expect("units")
}

fn statement(text: &str, parameters: &[&str]) -> BatchStatementRequest {
    let values = parameters.iter().map(|value| S((*value).to_owned()));
    let statement = BatchStatementRequest::builder()
        .statement(text)
        .set_parameters(Some(values.collect()));
    statement.build().expect("a statement")
}

async fn text_of(client: &Client, sort: &str) -> Option<String> {
    let request = client.get_item().table_name(TABLE).consistent_read(true);
    let request = request.key("_pk", S("p".into())).key("_sk", S(sort.into()));
    let found = request.send().await.expect("a read").item?;
    found.get("text")?.as_s().ok().cloned()
}

/// BatchExecuteStatement's errors stand beside what was written; an INSERT of a key
/// that is there and a condition that does not hold write nothing.
#[tokio::test]
async fn statements_that_are_refused_write_nothing_and_say_so() {
    let app = TestApp::start().await;
    let client = store::client(&app.core.connection);
    let insert = r#"INSERT INTO "ledger" VALUE {'_pk': ?, '_sk': ?, 'text': ?}"#;
    let update = r#"UPDATE "ledger" SET "text" = ? WHERE "_pk" = ? AND "_sk" = ? AND "text" = ?"#;
    let first = client
        .batch_execute_statement()
        .statements(statement(insert, &["p", "taken", "old"]))
        .statements(statement(insert, &["p", "there", "old"]));
    first.send().await.unwrap();
    let answer = client
        .batch_execute_statement()
        .statements(statement(insert, &["p", "taken", "new"]))
        .statements(statement(update, &["new", "p", "there", "other"]))
        .statements(statement(update, &["new", "p", "nowhere", "old"]))
        .statements(statement(insert, &["p", "beside", "new"]))
        .send()
        .await
        .unwrap();
    let codes = answer.responses().iter().map(|response| response.error());
    let codes: Vec<_> = codes
        .map(|error| error.and_then(|e| e.code.clone()))
        .collect();
    let (duplicate, refused) = (Code::DuplicateItem, Code::ConditionalCheckFailed);
    assert_eq!(
        codes,
        [Some(duplicate), Some(refused.clone()), Some(refused), None]
    );
    for kept in ["taken", "there"] {
        assert_eq!(text_of(&client, kept).await.as_deref(), Some("old"));
    }
    assert_eq!(text_of(&client, "beside").await.as_deref(), Some("new"));
    assert_eq!(text_of(&client, "nowhere").await, None);
}

/// A unit for each KB written, two in a transaction, one more for an index that
/// gets the item; half a unit for each 4 KB of a query, a whole one where it is
/// consistent, of all that a page has read together.
#[tokio::test]
async fn units_are_counted_by_size() {
    let app = TestApp::start().await;
    let client = store::client(&app.core.connection);
    assert_eq!(put(&client, item(0, 1_024)).await, 1.0);
    assert_eq!(put(&client, item(1, 1_025)).await, 2.0);
    let mut indexed = item(2, 500);
    indexed.insert("_membership".into(), S("m".into()));
    assert_eq!(put(&client, indexed).await, 2.0);
    let in_transaction = Put::builder()
        .table_name(TABLE)
        .set_item(Some(item(3, 1_000)));
    let in_transaction = TransactWriteItem::builder()
        .put(in_transaction.build().unwrap())
        .build();
    let written = client
        .transact_write_items()
        .transact_items(in_transaction)
        .return_consumed_capacity(Total)
        .send()
        .await
        .unwrap();
    assert_eq!(written.consumed_capacity()[0].capacity_units(), Some(2.0));
    // From the one before it: 3.7 KB up to the item 4, 17.2 KB up to the item 9.
    for (number, consistent, units) in [(4, false, 0.5), (4, true, 1.0), (9, true, 5.0)] {
        for number in 4..=number {
            put(&client, item(number, 2_700)).await;
        }
        let query = client
            .query()
            .table_name(TABLE)
            .key_condition_expression("#p = :p AND #s BETWEEN :from AND :to")
            .expression_attribute_names("#p", "_pk")
            .expression_attribute_names("#s", "_sk")
            .expression_attribute_values(":p", S("p".into()))
            .expression_attribute_values(":from", S("item-03".into()))
            .expression_attribute_values(":to", S(format!("item-{number:02}")))
            .consistent_read(consistent)
            .return_consumed_capacity(Total);
        let consumed = query.send().await.unwrap().consumed_capacity.unwrap();
        assert_eq!(consumed.capacity_units(), Some(units), "to {number}");
    }
}

/// A page ends before 1 MB is passed, and says where the next begins.
#[tokio::test]
async fn a_page_ends_at_a_megabyte() {
    const SIZE: usize = 60_000;
    let app = TestApp::start().await;
    let client = store::client(&app.core.connection);
    for number in 0..40 {
        put(&client, item(number, SIZE)).await;
    }
    let (mut counts, mut start) = (Vec::new(), None);
    loop {
        let query = client
            .query()
            .table_name(TABLE)
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", "_pk")
            .expression_attribute_values(":p", S("p".into()))
            .set_exclusive_start_key(start);
        let page = query.send().await.unwrap();
        counts.push(page.items().len());
        start = page.last_evaluated_key;
        if start.is_none() {
            break;
        }
    }
    // DynamoDB ends with the item that passes it.
    assert!((17..=18).contains(&counts[0]), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 40, "{counts:?}");
}
