//! Plain structs kept as items: the billing head, orders, claims. Each write
//! names the version it was read at.

use crate::Store;
use crate::errors::{Call, translate};
use crate::item::Item;
use crate::key::{Key, PK, WRITE, text, write_token};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure};
use model::index::{LEDGER_BY_MEMBERSHIP, Table};
use model::lookup::Lookup;
use model::{Error, Result, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

const VERSION: &str = "_version";

/// Where a document stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey {
    /// Without the tenant, which the store adds.
    pub partition: String,
    pub sort: String,
}

impl DocumentKey {
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        DocumentKey {
            partition: partition.into(),
            sort: sort.into(),
        }
    }
}

/// A struct that is kept in the ledger under a key of its own.
pub trait Document: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// What it is called in messages.
    const WHAT: &'static str;
    fn key(&self) -> DocumentKey;
    /// The membership it is found by, if it is.
    fn membership(&self) -> Option<&str> {
        None
    }
    /// After which moment, in seconds, it may be forgotten.
    fn expires(&self) -> Option<i64> {
        None
    }
}

/// A document and the version it was read at; 0 is one not stored yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<D> {
    pub version: u64,
    pub value: D,
}

impl<D> Versioned<D> {
    pub fn new(value: D) -> Self {
        Versioned { version: 0, value }
    }

    /// The same version with another value: what it is to become.
    pub fn with(&self, value: D) -> Self {
        Versioned {
            version: self.version,
            value,
        }
    }
}

impl<D: Document> Versioned<D> {
    fn item(&self, tenant: &TenantId) -> Result<Item> {
        let mut item: Item = serde_dynamo::to_item(&self.value).map_err(Error::internal)?;
        // serde writes `None` as a NULL attribute: bytes that say no more than absence.
        item.retain(|_, value| !value.is_null());
        item.extend(ledger_key(tenant, &self.value.key()).attributes());
        item.insert(
            VERSION.into(),
            AttributeValue::N((self.version + 1).to_string()),
        );
        item.insert(WRITE.into(), text(&write_token()));
        if let Some(membership) = self.value.membership() {
            item.insert(
                LEDGER_BY_MEMBERSHIP.hash.into(),
                text(&format!("{tenant}#{membership}")),
            );
        }
        if let Some(at) = self.value.expires() {
            item.insert("_expires".into(), AttributeValue::N(at.to_string()));
        }
        Ok(item)
    }

    pub(crate) fn put(&self, store: &Store) -> Result<Put> {
        let mut put = Put::builder()
            .table_name(store.database.table(Table::Ledger)?)
            .set_item(Some(self.item(store.tenant())?));
        put = match self.version {
            0 => put
                // Version 0 is one that was not found: it must still not be there.
                .condition_expression("attribute_not_exists(#key)")
                .expression_attribute_names("#key", PK),
            version => put
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        put.build().map_err(Error::internal)
    }
}

impl<D: Document> Versioned<D> {
    pub(crate) fn delete(&self, store: &Store) -> Result<Delete> {
        Delete::builder()
            .table_name(store.database.table(Table::Ledger)?)
            .set_key(Some(
                ledger_key(store.tenant(), &self.value.key()).attributes(),
            ))
            .condition_expression("#version = :version")
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":version", AttributeValue::N(self.version.to_string()))
            .build()
            .map_err(Error::internal)
    }
}

fn ledger_key(tenant: &TenantId, key: &DocumentKey) -> Key {
    Key {
        pk: format!("{tenant}#{}", key.partition),
        sk: key.sort.clone(),
    }
}

pub(crate) fn from_item<D: Document>(mut item: Item) -> Result<Versioned<D>> {
    let version = match item.remove(VERSION) {
        Some(AttributeValue::N(text)) => text.parse().unwrap_or(0),
        _ => 0,
    };
    // The store's own attributes (keys, write token, expiry) are no fields of the struct.
    item.retain(|name, _| !name.starts_with('_'));
    let value = serde_dynamo::from_item(item)
        .map_err(|cause| Error::internal(format!("{}: {cause}", D::WHAT)))?;
    Ok(Versioned { version, value })
}

impl Store {
    /// The document of a key, read consistently.
    pub async fn document<D: Document>(&self, key: &DocumentKey) -> Result<Option<Versioned<D>>> {
        let key = ledger_key(self.tenant(), key);
        self.raw_item(Table::Ledger, &key)
            .await?
            .map(from_item)
            .transpose()
    }

    /// The documents of many keys of one kind, in order; `None` where there is
    /// none.
    pub async fn documents<D: Document>(
        &self,
        keys: &[DocumentKey],
    ) -> Result<Vec<Option<Versioned<D>>>> {
        let keys: Vec<Key> = keys
            .iter()
            .map(|key| ledger_key(self.tenant(), key))
            .collect();
        let mut items: HashMap<Key, Item> = self.items(Table::Ledger, &keys).await?;
        keys.iter()
            // Callers name each key once, so its item is moved out.
            .map(|key| items.remove(key).map(from_item).transpose())
            .collect()
    }

    /// A membership's documents of one kind, by the start of their partition
    /// after the tenant. What was written a moment ago may be missing.
    pub async fn documents_of<D: Document>(
        &self,
        membership: &str,
        kind: &str,
    ) -> Result<Vec<Versioned<D>>> {
        let lookup = Lookup::index(LEDGER_BY_MEMBERSHIP, vec![membership.to_owned()]);
        let prefix = format!("{}#", self.tenant());
        let mut keys = Vec::new();
        let mut next = None;
        loop {
            let page = self.query_keys(&lookup, next).await?;
            // The index holds keys of every kind of document of the membership.
            let found = page
                .items
                .into_iter()
                .filter_map(|(pk, sk)| Some(DocumentKey::new(pk.strip_prefix(&prefix)?, sk)));
            keys.extend(found.filter(|key| key.partition.starts_with(kind)));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        // One that was deleted since the index was written is left out.
        Ok(self.documents(&keys).await?.into_iter().flatten().collect())
    }

    /// Writes a document if it still has the version it was read at.
    ///
    /// Answers the new version, or `None` if somebody else was first.
    pub async fn put<D: Document>(&self, document: &Versioned<D>) -> Result<Option<Versioned<D>>> {
        let put = document.put(self)?;
        let token = put.item.get(WRITE).cloned();
        let sent = self
            .database
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let written = Versioned {
            version: document.version + 1,
            value: document.value.clone(),
        };
        let Err(error) = sent else {
            return Ok(Some(written));
        };
        match error.as_service_error() {
            Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(refused)) => {
                // The SDK repeats a request whose answer it lost, and the repetition fails on
                // what the first has written.
                let own = refused.item().is_some_and(|item| item.get(WRITE) == token.as_ref());
                Ok(own.then_some(written))
            }
            _ => self.resolve_unknown_put(document, token, written, translate(Call::Write, &error)).await,
        }
    }

    async fn resolve_unknown_put<D: Document>(
        &self,
        document: &Versioned<D>,
        token: Option<AttributeValue>,
        written: Versioned<D>,
        error: Error,
    ) -> Result<Option<Versioned<D>>> {
        if !matches!(error, Error::Unknown(_)) {
            return Err(error);
        }
        let key = ledger_key(self.tenant(), &document.value.key());
        match self.raw_item(Table::Ledger, &key).await? {
            Some(item) if item.get(WRITE) == token.as_ref() => Ok(Some(written)),
            _ => Err(error),
        }
    }
}
