//! Numbers that are unique within a tenant and never reused. Taken in blocks,
//! so that many creations need few writes; a block not used up leaves a gap.

use crate::Store;
use crate::client::{NumberBlock, NumberBlocks};
use crate::errors::{Call, translate};
use crate::key::Key;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, Update};
use model::index::Table;
use model::resource::Resource;
use model::{Error, Result};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{MutexGuard, PoisonError};

/// Numbers taken at once by a process that needs them one by one.
const BLOCK: u32 = 10;

impl Store {
    /// The next number of the counter `name`. A process takes them in blocks,
    /// so numbers of two processes do not follow the order of their making.
    pub async fn number(&self, name: &str) -> Result<i64> {
        let key = (self.tenant().clone(), name.to_owned());
        let of_block = |block: &mut NumberBlock| block.left.pop_front();
        if let Some(number) = self.blocks().get_mut(&key).and_then(of_block) {
            return Ok(number);
        }
        // The lock is not held across the request: two that find the block empty take one each.
        let mut taken = self.numbers(name, BLOCK).await?;
        let (first, last) = (taken.next(), taken.end - 1);
        let mut blocks = self.blocks();
        let block = blocks.entry(key).or_default();
        block.last = block.last.max(last);
        block.left.extend(taken);
        first.ok_or_else(|| Error::internal("an empty block of numbers"))
    }

    /// A thread that panicked has left whole blocks behind: numbers are only
    /// ever taken out.
    fn blocks(&self) -> MutexGuard<'_, NumberBlocks> {
        self.database
            .blocks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The next `count` numbers of the counter `name`, from 1.
    pub async fn numbers(&self, name: &str, count: u32) -> Result<Range<i64>> {
        let answer = self
            .database
            .client
            .update_item()
            .table_name(self.database.table(Table::Ledger)?)
            .set_key(Some(self.counter(name).attributes()))
            // ADD begins at 0 where there is no counter. It needs no condition and is never
            // looked up after a lost answer: repeated, it leaves a gap.
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

impl Store {
    /// The highest number that the counter `name` has given or been raised to.
    pub async fn last_number(&self, name: &str) -> Result<i64> {
        let item = self.raw_item(Table::Ledger, &self.counter(name)).await?;
        let last = item.and_then(|item| item.get("last")?.as_n().ok()?.parse().ok());
        Ok(last.unwrap_or(0))
    }

    fn counter(&self, name: &str) -> Key {
        Key {
            pk: format!("{}#counter", self.tenant()),
            sk: name.to_owned(),
        }
    }

    /// Keeps the counter `name` from ever giving `used` or a number below it:
    /// for numbers that come from elsewhere, once they are written. Asks
    /// nothing of the store for a number that this process has taken.
    pub async fn raise_counter(&self, name: &str, used: i64) -> Result<()> {
        let key = (self.tenant().clone(), name.to_owned());
        if self
            .blocks()
            .get(&key)
            .is_some_and(|block| used <= block.last)
        {
            return Ok(());
        }
        let sent = self
            .database
            .client
            .update_item()
            .table_name(self.database.table(Table::Ledger)?)
            .set_key(Some(self.counter(name).attributes()))
            .update_expression("SET #last = :used")
            // Never lowered: another writer may have taken or raised meanwhile.
            .condition_expression("attribute_not_exists(#last) OR #last < :used")
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":used", AttributeValue::N(used.to_string()))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            // It stands at `used` or above already.
            Err(error) if is_refused(&error) => Ok(()),
            Err(error) => Err(translate(Call::Write, &error)),
        }
    }

    /// The update by which the counter `name` passes from one number to another; 0 is
    /// one that has given none.
    pub(crate) fn raising(&self, name: &str, from: i64, to: i64) -> Result<Update> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let update = Update::builder()
            .table_name(self.database.table(Table::Ledger)?)
            .set_key(Some(self.counter(name).attributes()))
            .update_expression("SET #last = :to")
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":to", number(to));
        let update = match from {
            0 => update.condition_expression("attribute_not_exists(#last)"),
            from => update
                .condition_expression("#last = :from")
                .expression_attribute_values(":from", number(from)),
        };
        update.build().map_err(Error::internal)
    }

    /// Adds to numbers inside a record, each by its path, without raising its
    /// version: for figures that many writers keep and that are counted anew
    /// from time to time. A record without these figures is left as it is.
    pub async fn add_to<R: Resource>(&self, id: &str, amounts: &[(&[&str], i64)]) -> Result<()> {
        let mut names = HashMap::new();
        let mut values = HashMap::new();
        let mut sets = Vec::new();
        for (index, (path, amount)) in amounts.iter().enumerate() {
            let placed = path.iter().enumerate().map(|(level, name)| {
                let placeholder = format!("#n{index}x{level}");
                names.insert(placeholder.clone(), (*name).to_owned());
                placeholder
            });
            let place = placed.collect::<Vec<_>>().join(".");
            values.insert(format!(":v{index}"), AttributeValue::N(amount.to_string()));
            // Not ADD, which takes top-level attributes only.
            sets.push(format!("{place} = {place} + :v{index}"));
        }
        let Some(first) = amounts.first() else {
            return Ok(());
        };
        // The figures of a record are written together, so the first stands for all. A SET below
        // a missing map would be a ValidationException.
        let whole = (0..first.0.len())
            .map(|level| format!("#n0x{level}"))
            .collect::<Vec<_>>()
            .join(".");
        let sent = self
            .database
            .client
            .update_item()
            .table_name(self.database.table(R::TABLE)?)
            .set_key(Some(Key::of::<R>(self.tenant(), id).attributes()))
            .update_expression(format!("SET {}", sets.join(", ")))
            .condition_expression(format!("attribute_exists({whole})"))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if is_refused(&error) => Ok(()),
            Err(error) => Err(translate(Call::Write, &error)),
        }
    }
}

fn is_refused<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    let service = error.as_service_error();
    service.is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}
