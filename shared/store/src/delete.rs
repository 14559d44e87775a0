//! Deleting a record: for good, unless something has ever used it.

use crate::Store;
use crate::change::{LinkChange, deletion};
use crate::errors::{Call, translate};
use crate::key::{Key, USED};
use crate::transact::{Refused, Transaction, WRITES_MAX};
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use model::resource::Resource;
use model::{Error, Record, Result, sys};

impl Store {
    /// Deletes `before` if nobody has written it since and nothing refers to it.
    ///
    /// # Errors
    /// `Conflict` when it was ever used by another record (it can be
    /// deactivated instead); `Stale` when it was changed since it was read.
    pub async fn delete<R: Resource>(&self, before: &Record) -> Result<()> {
        let id = before.text(model::resource::ID_FIELD);
        let key = Key::of::<R>(self.tenant(), id);
        let table = self.database.table(R::TABLE)?;
        let delete = deletion(table, &key, before.get(sys::VERSION).unwrap_or(0))?;
        let links = R::links(before);
        let links: Vec<Key> = links
            .iter()
            .map(|link| Key::of_link(self.tenant(), link, id))
            .collect();
        let done = match links.is_empty() {
            true => self.delete_alone(delete).await?,
            false => self.delete_linked::<R>(delete, &links).await?,
        };
        // A condition that was not met does not say which half failed, so the item is looked at.
        if done {
            return Ok(());
        }
        match self.raw_item(R::TABLE, &key).await? {
            // A repeated request finds its own work done.
            None => Ok(()),
            Some(item) if item.contains_key(USED) => Err(Error::conflict(
                "/id",
                format!(
                    "{} {id} is or was used by other records: make it inactive instead",
                    R::SCHEMA.title
                ),
            )),
            Some(_) => Err(Error::stale(R::SCHEMA.title, id)),
        }
    }

    /// Whether the condition was met.
    async fn delete_alone(&self, delete: Delete) -> Result<bool> {
        let sent = self
            .database
            .client
            .delete_item()
            .table_name(delete.table_name)
            .set_key(Some(delete.key))
            .set_condition_expression(delete.condition_expression)
            .set_expression_attribute_names(delete.expression_attribute_names)
            .set_expression_attribute_values(delete.expression_attribute_values)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(translate(Call::Write, &error)),
        }
    }

    /// The same, with the links to the record. Those beyond one transaction are
    /// deleted after it: a look-up leaves out a link whose record is not there.
    async fn delete_linked<R: Resource>(&self, delete: Delete, links: &[Key]) -> Result<bool> {
        // The record goes in the first transaction: were it deleted last, an interruption would
        // leave a record that is not found by its links.
        let (with_it, after_it) = links.split_at(links.len().min(WRITES_MAX - 1));
        let with_it: Vec<LinkChange> = with_it.iter().cloned().map(LinkChange::Delete).collect();
        let mut transaction = Transaction::new(self);
        transaction.links(&delete.table_name, &with_it)?;
        transaction.push(TransactWriteItem::builder().delete(delete).build());
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(_)) => return Ok(false),
            Err(Refused::Failed(error)) => return Err(error),
        }
        self.remove_keys(R::TABLE, after_it).await?;
        Ok(true)
    }
}
