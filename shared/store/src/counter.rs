//! Numbers that are unique within a tenant and never reused. Taken in blocks,
//! so that many creations need few writes; a block not used up leaves a gap.

use crate::Store;
use crate::change::Key;
use crate::errors::{Call, translate};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use model::index::Table;
use model::{Error, Result};
use std::ops::Range;

impl Store {
    /// The next `count` numbers of the counter `name`, from 1.
    pub async fn numbers(&self, name: &str, count: u32) -> Result<Range<i64>> {
        let key = Key {
            pk: format!("{}#counter", self.tenant()),
            sk: name.to_owned(),
        };
        let answer = self
            .database
            .client
            .update_item()
            .table_name(self.database.table(Table::Ledger)?)
            .set_key(Some(key.attributes()))
            .update_expression("ADD #last :count")
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":count", AttributeValue::N(count.to_string()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| translate(Call::Write, &error))?;
        let last = answer
            .attributes
            .as_ref()
            .and_then(|item| item.get("last")?.as_n().ok()?.parse::<i64>().ok());
        let last =
            last.ok_or_else(|| Error::internal(format!("the counter {name} answered no number")))?;
        Ok(last - i64::from(count) + 1..last + 1)
    }
}
