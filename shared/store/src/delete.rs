//! Deleting a record: for good, unless something has ever used it.

use crate::Store;
use crate::change::{Beside, Change, deletion};
use crate::errors::{Call, translate};
use crate::key::{Key, USED};
use crate::transact::{Refused, Transaction, WRITES_MAX};
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use model::lookup::Lookup;
use model::resource::Resource;
use model::{Error, Record, Result, sys};

impl Store {
    /// Deletes `before` if nobody has written it since and nothing refers to it.
    ///
    /// # Errors
    /// `Conflict` when it was ever used by another record (it can be
    /// deactivated instead); `Stale` when it was changed since it was read.
    pub async fn delete<R: Resource>(&self, before: &Record) -> Result<()> {
        self.delete_together::<R>(before, None).await
    }

    /// As [`Store::delete`], together with the change of another record.
    ///
    /// # Errors
    /// As [`Store::delete`]; `Stale` naming the other record when that was changed
    /// since it was read.
    pub async fn delete_together<R: Resource>(
        &self,
        before: &Record,
        other: Option<&Change>,
    ) -> Result<()> {
        let id = before.text(model::resource::ID_FIELD);
        let key = Key::of::<R>(self.tenant(), id);
        let table = self.database.table(R::TABLE)?;
        let delete = deletion(table, &key, before.get(sys::VERSION).unwrap_or(0))?;
        let beside = self.beside::<R>(before).await?;
        let done = match beside.is_empty() && other.is_none() {
            true => self.delete_alone(delete).await?,
            false => self.delete_with::<R>(delete, &beside, other).await?,
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

    /// The keys of the links to a record, and of what stands beside it.
    pub(crate) async fn beside<R: Resource>(&self, record: &Record) -> Result<Vec<Key>> {
        let (id, links) = (record.text(model::resource::ID_FIELD), R::links(record));
        let links = links
            .iter()
            .map(|link| Key::of_link(self.tenant(), link, id));
        let mut keys: Vec<Key> = links.collect();
        let Some(partition) = R::overflow_partition(record) else {
            return Ok(keys);
        };
        let overflow = Lookup::table::<R>(vec![partition]).consistent();
        let mut next = None;
        loop {
            let page = self.query_keys(&overflow, next).await?;
            keys.extend(page.items.into_iter().map(|(pk, sk)| Key { pk, sk }));
            next = page.next;
            if next.is_none() {
                return Ok(keys);
            }
        }
    }

    /// The same, with the links to the record and what stands beside it. What goes
    /// beyond one transaction is deleted after it: a look-up leaves out a link whose
    /// record is not there, and nobody asks for what stands beside none.
    async fn delete_with<R: Resource>(
        &self,
        delete: Delete,
        beside: &[Key],
        other: Option<&Change>,
    ) -> Result<bool> {
        // The record goes in the first transaction: were it deleted last, an interruption would
        // leave a record that is not found by its links.
        let taken = 1 + other.map_or(0, |other| 1 + other.beside.len());
        let (with_it, after_it) = beside.split_at(beside.len().min(WRITES_MAX - taken));
        let with_it: Vec<Beside> = with_it.iter().cloned().map(Beside::Delete).collect();
        let mut transaction = Transaction::new(self);
        transaction.beside(&delete.table_name, &with_it)?;
        // First, so that place 0 is the deletion.
        transaction.push(TransactWriteItem::builder().delete(delete).build());
        if let Some(other) = other {
            transaction.change(other.clone())?;
        }
        match (transaction.commit().await, other) {
            (Ok(()), _) => {}
            (Err(Refused::At(place)), Some(other)) if place > 0 => return Err(other.refused(true)),
            (Err(Refused::At(_)), _) => return Ok(false),
            (Err(Refused::Failed(error)), _) => return Err(error),
        }
        self.remove_keys(R::TABLE, after_it).await?;
        Ok(true)
    }
}
