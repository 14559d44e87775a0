//! Reading records by id.

use crate::Store;
use crate::errors::{Call, translate};
use crate::item::{Item, to_record};
use crate::key::{Key, PK, SK, is_possible};
use crate::retry;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use model::index::Table;
use model::resource::Resource;
use model::{Error, Record, Result};
use std::collections::HashMap;

/// Keys in one BatchGetItem.
const BATCH: usize = 100;

impl Store {
    pub async fn get<R: Resource>(&self, id: &str) -> Result<Option<Record>> {
        self.read::<R>(id, false).await
    }

    /// Reads what was written last, at twice the capacity.
    pub async fn get_consistent<R: Resource>(&self, id: &str) -> Result<Option<Record>> {
        self.read::<R>(id, true).await
    }

    /// The record, or the `NotFound` that says which.
    pub async fn require<R: Resource>(&self, id: &str) -> Result<Record> {
        let missing = || Error::NotFound {
            what: R::SCHEMA.title,
            id: id.to_owned(),
        };
        self.read::<R>(id, true).await?.ok_or_else(missing)
    }

    async fn read<R: Resource>(&self, id: &str, consistent: bool) -> Result<Option<Record>> {
        // The database would answer a ValidationException, which is not what an unknown id is.
        if !is_possible(id) {
            return Ok(None);
        }
        let found = self
            .database
            .client
            .get_item()
            .table_name(self.database.table(R::TABLE)?)
            .set_key(Some(Key::of::<R>(self.tenant(), id).attributes()))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(|error| translate(Call::Read, &error))?;
        Ok(found.item.map(to_record))
    }

    /// Many records at once, in the order of `ids`; those that are not there
    /// are `None`.
    pub async fn get_many<R: Resource>(&self, ids: &[String]) -> Result<Vec<Option<Record>>> {
        let keys = ids
            .iter()
            .map(|id| Key::of::<R>(self.tenant(), id))
            .collect::<Vec<_>>();
        let possible: Vec<Key> = keys
            .iter()
            .filter(|key| is_possible(&key.sk))
            .cloned()
            .collect();
        let found = self.items(R::TABLE, &possible).await?;
        Ok(keys
            .iter()
            // Cloned, because an id may stand in `ids` twice.
            .map(|key| found.get(key).cloned().map(to_record))
            .collect())
    }

    /// The items at `keys`, read consistently.
    pub(crate) async fn items(&self, table: Table, keys: &[Key]) -> Result<HashMap<Key, Item>> {
        let table = self.database.table(table)?;
        let mut distinct = keys.to_vec();
        // BatchGetItem refuses a key that it is given twice.
        distinct.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        distinct.dedup();
        let mut found = HashMap::new();
        for chunk in distinct.chunks(BATCH) {
            let mut wanted: Vec<Item> = chunk.iter().map(Key::attributes).collect();
            let mut attempt = 0;
            while !wanted.is_empty() {
                // A successful answer leaves out what was throttled, or lies beyond 16 MB.
                let (items, left) = self.batch_get(table, wanted).await?;
                found.extend(
                    items
                        .into_iter()
                        .filter_map(|item| Some((key_of(&item)?, item))),
                );
                wanted = left;
                if !wanted.is_empty() {
                    retry::again(&mut attempt).await?;
                }
            }
        }
        Ok(found)
    }

    /// One request: what it read, and the keys it left unprocessed.
    async fn batch_get(&self, table: &str, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>)> {
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(Error::internal)?;
        let answer = self
            .database
            .client
            .batch_get_item()
            .request_items(table, wanted)
            .send()
            .await
            .map_err(|error| translate(Call::Read, &error))?;
        let items = answer
            .responses
            .and_then(|mut tables| tables.remove(table))
            .unwrap_or_default();
        let left = answer
            .unprocessed_keys
            .and_then(|mut tables| tables.remove(table))
            .map(|k| k.keys);
        Ok((items, left.unwrap_or_default()))
    }
}

fn key_of(item: &Item) -> Option<Key> {
    let text = |name: &str| {
        item.get(name)
            .and_then(|value: &AttributeValue| value.as_s().ok())
            .cloned()
    };
    Some(Key {
        pk: text(PK)?,
        sk: text(SK)?,
    })
}
