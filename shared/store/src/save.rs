//! The one way a record changes.

use crate::change::Change;
use crate::errors::{Call, translate};
use crate::item::to_attribute;
use crate::key::Key;
use crate::together::{Together, write_together};
use crate::{Store, item, references};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use jiff::Timestamp;
use model::error::Problems;
use model::field::Field;
use model::resource::Resource;
use model::{Error, Record, Result, WriteContext, sys};

impl Store {
    /// Checks and writes `after`, which was `before` when it was read (`None`
    /// creates it), and answers the record as stored.
    ///
    /// # Errors
    /// `Invalid` with every violated rule; `Stale` when somebody else wrote
    /// first, `Exists` when the id is taken, `Conflict` when a reference leads
    /// nowhere.
    pub async fn save<R: Resource>(
        &self,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> Result<Record> {
        let alone = Together::default();
        self.save_together::<R>(context, before, after, &alone)
            .await
    }

    pub(crate) async fn save_change<R: Resource>(
        &self,
        before: Option<&Record>,
        change: Change,
        together: &Together,
    ) -> Result<Record> {
        let marks = references::unmarked::<R>(self, before, &change.after).await?;
        // A write in a transaction costs twice the units.
        if marks.is_empty() && change.beside.is_empty() && together.is_empty() {
            self.write(&change).await?;
        } else {
            write_together(self, &change, marks, together).await?;
        }
        Ok(change.after)
    }

    /// The checked, stamped difference, for writing in bulk or in a transaction.
    /// References are the caller's business there.
    pub fn change<R: Resource>(
        &self,
        context: &WriteContext,
        before: Option<&Record>,
        mut after: Record,
    ) -> Result<Change> {
        let mut problems = Problems::default();
        check::<R>(context, before, &mut after, &mut problems);
        problems.into_result()?;
        Change::new::<R>(self.tenant(), before, after)
    }

    /// The change that marks a record as it was read, without another version: the
    /// record says what it said.
    pub fn marking<R: Resource>(&self, record: &Record, mark: Field<Timestamp>) -> Result<Change> {
        let mut after = record.clone();
        after.set(mark, Timestamp::now());
        self.quietly::<R>(record, after)
    }

    /// A change of the server's own fields, without another version.
    pub fn quietly<R: Resource>(&self, before: &Record, after: Record) -> Result<Change> {
        Change::quiet::<R>(self.tenant(), before, after)
    }

    /// Takes a mark away from a record as it was read, without another version.
    /// Whether nobody has written or marked it meanwhile.
    ///
    /// # Errors
    /// As any write; one whose outcome is unknown can be repeated.
    pub async fn unmark<R: Resource>(
        &self,
        record: &Record,
        mark: Field<Timestamp>,
    ) -> Result<bool> {
        let change = self.unmarking::<R>(record, mark)?;
        match self.write(&change).await {
            Ok(()) => Ok(true),
            Err(Error::Stale { .. } | Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The change that takes a mark away, on condition that the record still has it.
    pub fn unmarking<R: Resource>(
        &self,
        record: &Record,
        mark: Field<Timestamp>,
    ) -> Result<Change> {
        let mut after = record.clone();
        after.clear(mark);
        let mut change = self.quietly::<R>(record, after)?;
        let held = record.raw(mark.name());
        let held = held.map(|value| to_attribute(mark.name(), value));
        change.held = held.transpose()?.map(|value| (mark.name(), value));
        Ok(change)
    }

    pub(crate) async fn write(&self, change: &Change) -> Result<()> {
        let table = self.database.table(change.table)?;
        let update = change.update(table).map_err(Error::internal)?;
        let sent = self
            .database
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(update.key))
            .update_expression(update.update_expression)
            .set_condition_expression(update.condition_expression)
            .set_expression_attribute_names(update.expression_attribute_names)
            .set_expression_attribute_values(update.expression_attribute_values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        match error.as_service_error() {
            Some(service) if service.is_conditional_check_failed_exception() => {
                let found = match service {
                    aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(e) => e.item(),
                    _ => None,
                };
                // The SDK repeats a request whose answer it lost, and the repetition fails on
                // what the first has written.
                if found.is_some_and(|item| change.made(item)) {
                    Ok(())
                } else {
                    Err(change.refused(found.is_some()))
                }
            }
            _ => {
                self.resolve_unknown(change, translate(Call::Write, &error))
                    .await
            }
        }
    }

    /// A write whose outcome is unknown is looked up, never repeated blindly.
    pub(crate) async fn resolve_unknown(&self, change: &Change, error: Error) -> Result<()> {
        if !matches!(error, Error::Unknown(_)) {
            return Err(error);
        }
        match self.raw_item(change.table, &change.key).await? {
            Some(item) if change.made(&item) => Ok(()),
            _ => Err(error),
        }
    }

    pub(crate) async fn raw_item(
        &self,
        table: model::index::Table,
        key: &Key,
    ) -> Result<Option<item::Item>> {
        let found = self
            .database
            .client
            .get_item()
            .table_name(self.database.table(table)?)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| translate(Call::Read, &error))?;
        Ok(found.item)
    }
}

/// Stamps `after` and adds every rule it violates.
pub fn check<R: Resource>(
    context: &WriteContext,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
) {
    after.drop_nulls();
    // The machine's time: whoever works through marks measures their patience by it. Before
    // the stamp, which takes the directive away.
    R::mark(before, after, Timestamp::now());
    // Before the schema's check, which requires the stamped fields.
    sys::stamp(before, after, context);
    R::SCHEMA.check(after, problems);
    R::check(before, after, problems);
}
