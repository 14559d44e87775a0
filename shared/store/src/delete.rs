//! Deleting a record: for good, unless something has ever used it.

use crate::Store;
use crate::change::Key;
use crate::errors::{Call, translate};
use crate::references::USED;
use model::resource::Resource;
use model::{Error, Record, Result, sys};

impl Store {
    /// Deletes `before` if nobody has written it since and nothing refers to it.
    ///
    /// # Errors
    /// `Conflict` when it was ever used by another record (it can be
    /// deactivated instead), or was changed since it was read.
    pub async fn delete<R: Resource>(&self, before: &Record) -> Result<()> {
        let id = before.text(model::resource::ID_FIELD);
        let key = Key::of::<R>(self.tenant(), id);
        let version = before.get(sys::VERSION).unwrap_or(0);
        let sent = self
            .database
            .client
            .delete_item()
            .table_name(self.database.table(R::TABLE)?)
            .set_key(Some(key.attributes()))
            .condition_expression("#version = :version AND attribute_not_exists(#used)")
            .expression_attribute_names("#version", sys::VERSION.name())
            .expression_attribute_names("#used", USED)
            .expression_attribute_values(
                ":version",
                aws_sdk_dynamodb::types::AttributeValue::N(version.to_string()),
            )
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        if !error
            .as_service_error()
            .is_some_and(|e| e.is_conditional_check_failed_exception())
        {
            return Err(translate(Call::Write, &error));
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
}
