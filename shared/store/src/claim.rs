//! Values that no two records may have: each is claimed for ever, by an item of
//! its own that is written in the transaction of its first use.

use crate::Store;
use crate::key::{Key, PK, text};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use model::lookup::Lookup;
use model::{Error, Problem, Result};

/// Whose value it is.
const HOLDER: &str = "_holder";

pub(crate) struct Claim {
    key: Key,
    holder: String,
    /// What a caller is told when another has claimed it.
    problem: Problem,
}

impl Claim {
    pub(crate) fn new(store: &Store, holder: &str, field: &str, value: i64) -> Claim {
        Claim {
            key: Key::of_link(store.tenant(), &format!("{field}#{value}"), field),
            holder: holder.to_owned(),
            problem: Problem::new(format!("/{field}"), format!("{value} is taken")),
        }
    }

    /// The claim as a part of its record's transaction.
    pub(crate) fn write(&self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let mut item = self.key.attributes();
        item.insert(HOLDER.into(), text(&self.holder));
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            // The holder claims again whenever it takes the value anew, or repeats a request
            // whose answer was lost.
            .condition_expression("attribute_not_exists(#key) OR #holder = :holder")
            .expression_attribute_names("#key", PK)
            .expression_attribute_names("#holder", HOLDER)
            .expression_attribute_values(":holder", text(&self.holder))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn refused(&self) -> Error {
        Error::Conflict(vec![self.problem.clone()])
    }
}

impl Store {
    /// The record other than `id` that a look-up finds, as its index knows.
    pub async fn other_than(&self, id: &str, lookup: &Lookup) -> Result<Option<String>> {
        // One page is enough: of two holders of one value at least one is another.
        let found = self.query_keys(lookup, None).await?.items;
        let mut holders = found.into_iter().map(|(_, holder)| holder);
        Ok(holders.find(|holder| holder != id))
    }
}
