//! Writes that must stand or fall together.

use crate::change::{Beside, Change, deletion};
use crate::claim::Claim;
use crate::document::{Document, Versioned};
use crate::errors::{Call, translate};
use crate::key::{Key, PK, write_token};
use crate::{Store, retry};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem};
use model::index::Table;
use model::resource::{ID_FIELD, Resource};
use model::{Error, Record, Result, sys};

/// Why a transaction did not happen.
#[derive(Debug)]
pub enum Refused {
    /// The condition of the write at this place, counted from 0, was not met.
    At(usize),
    /// Anything else; an `Unknown` one may have happened.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Failed(error)
    }
}

/// Writes in one transaction.
pub(crate) const WRITES_MAX: usize = 100;

/// At most 100 writes of distinct items.
pub struct Transaction<'a> {
    store: &'a Store,
    items: Vec<TransactWriteItem>,
    /// Written after the items, so that they move none of their places.
    beside: Vec<TransactWriteItem>,
}

impl<'a> Transaction<'a> {
    pub fn new(store: &'a Store) -> Self {
        Transaction {
            store,
            items: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// Adds a record's change, and what is written with it; answers its place.
    pub fn change(&mut self, change: Change) -> Result<usize> {
        let table = self.store.database.table(change.table)?;
        let update = change.update(table).map_err(Error::internal)?;
        self.beside(table, &change.beside)?;
        Ok(self.push(TransactWriteItem::builder().update(update).build()))
    }

    /// Adds the condition that nobody writes `record` meanwhile.
    pub fn unchanged<R: Resource>(&mut self, record: &Record) -> Result<usize> {
        let key = Key::of::<R>(self.store.tenant(), record.text(ID_FIELD));
        self.at_version(R::TABLE, &key, record.get(sys::VERSION).unwrap_or(0))
    }

    /// Adds the claim of `holder`, a record of `R`, on a value that no other may
    /// have of the field.
    pub fn unique<R: Resource>(
        &mut self,
        holder: &str,
        field: &'static str,
        value: i64,
    ) -> Result<usize> {
        let claim = Claim::new(self.store, holder, field, value);
        let table = self.store.database.table(R::TABLE)?;
        Ok(self.push(claim.write(table).map_err(Error::internal)?))
    }

    /// Adds the condition that the record at `key` has this version.
    pub(crate) fn at_version(&mut self, table: Table, key: &Key, version: i64) -> Result<usize> {
        let check = ConditionCheck::builder()
            .table_name(self.store.database.table(table)?)
            .set_key(Some(key.attributes()))
            .condition_expression("#version = :version")
            .expression_attribute_names("#version", sys::VERSION.name())
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .build()
            .map_err(Error::internal)?;
        Ok(self.push(TransactWriteItem::builder().condition_check(check).build()))
    }

    /// Adds the condition that no record is at `key`.
    pub(crate) fn absent(&mut self, table: Table, key: &Key) -> Result<usize> {
        let check = ConditionCheck::builder()
            .table_name(self.store.database.table(table)?)
            .set_key(Some(key.attributes()))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", PK)
            .build()
            .map_err(Error::internal)?;
        Ok(self.push(TransactWriteItem::builder().condition_check(check).build()))
    }

    /// Adds a document, to be written if it still has the version it was read at.
    pub fn document<D: Document>(&mut self, document: &Versioned<D>) -> Result<usize> {
        let put = document.put(self.store)?;
        Ok(self.push(TransactWriteItem::builder().put(put).build()))
    }

    /// Adds the deletion of a document that still has the version it was read at.
    pub fn remove<D: Document>(&mut self, document: &Versioned<D>) -> Result<usize> {
        let delete = document.delete(self.store)?;
        Ok(self.push(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Adds the deletion of a record that nobody has written or used since it was read,
    /// with the links to it and what stands beside it.
    pub async fn delete<R: Resource>(&mut self, before: &Record) -> Result<usize> {
        let (tenant, table) = (self.store.tenant(), self.store.database.table(R::TABLE)?);
        let key = Key::of::<R>(tenant, before.text(ID_FIELD));
        let beside = self.store.beside::<R>(before).await?;
        let beside: Vec<Beside> = beside.into_iter().map(Beside::Delete).collect();
        let delete = deletion(table, &key, before.get(sys::VERSION).unwrap_or(0))?;
        self.beside(table, &beside)?;
        Ok(self.push(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Adds that the counter `name` passes from the number it was read at to another.
    pub fn raise(&mut self, name: &str, from: i64, to: i64) -> Result<usize> {
        let update = self.store.raising(name, from, to)?;
        Ok(self.push(TransactWriteItem::builder().update(update).build()))
    }

    pub(crate) fn beside(&mut self, table: &str, beside: &[Beside]) -> Result<()> {
        for one in beside {
            self.beside.push(one.write(table).map_err(Error::internal)?);
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, item: TransactWriteItem) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    /// Writes all or nothing. Conflicts with other transactions under way are
    /// tried again; the same request token makes a repetition harmless.
    pub async fn commit(mut self) -> std::result::Result<(), Refused> {
        // At the end, so that the places that were answered stay those of the items.
        self.items.append(&mut self.beside);
        // One token for all attempts: DynamoDB makes a transaction of one token once within ten
        // minutes.
        let token = write_token();
        let mut attempt = 0;
        loop {
            let outcome = self.send(&token).await;
            attempt += 1;
            match outcome {
                // The SDK does not repeat a cancelled transaction.
                Err(Refused::Failed(Error::Throttled { .. })) if attempt < retry::ATTEMPTS => {
                    retry::pause(attempt).await
                }
                settled => return settled,
            }
        }
    }

    async fn send(&self, token: &str) -> std::result::Result<(), Refused> {
        let sent = self
            .store
            .database
            .client
            .transact_write_items()
            .set_transact_items(Some(self.items.clone()))
            .client_request_token(token)
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let codes: Vec<&str> = cancelled
                    .cancellation_reasons()
                    .iter()
                    // There is a reason for every write, "None" for one that did not fail: the
                    // place counts.
                    .map(|reason| reason.code().unwrap_or("None"))
                    .collect();
                Err(reason(&codes))
            }
            _ => Err(translate(Call::Write, &error).into()),
        }
    }
}

fn reason(codes: &[&str]) -> Refused {
    // A condition that was not met stays so; whatever else failed may pass.
    if let Some(place) = codes
        .iter()
        .position(|code| *code == "ConditionalCheckFailed")
    {
        return Refused::At(place);
    }
    if codes.iter().any(|code| {
        matches!(
            *code,
            "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
        )
    }) {
        return Error::Throttled {
            retry_after_seconds: 1,
        }
        .into();
    }
    Error::internal(format!("transaction cancelled: {codes:?}")).into()
}
