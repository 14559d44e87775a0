//! References without a hot key: the first use of a record marks it used for
//! ever, in the transaction of that use; what was ever used is never deleted;
//! so later uses only have to see the mark.

use crate::Store;
use crate::change::{Change, Key, PK, text};
use crate::transact::{Refused, Transaction, WRITES_MAX};
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use model::field::{FieldDef, Kind};
use model::index::Table;
use model::resource::{ID_FIELD, Resource};
use model::resources::home;
use model::{Error, Problem, Record, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// Set, for ever, on what another record refers to or has referred to.
pub const USED: &str = "_used";

/// Marks written by themselves.
const MARKS_MAX: usize = 90;

/// A referred record: its place, and how a caller knows it.
pub struct Mark {
    key: Key,
    table: Table,
    problem: Problem,
}

/// The records that `after` newly refers to and that carry no mark yet.
///
/// # Errors
/// `Conflict` naming each field and id that leads nowhere.
pub async fn unmarked<R: Resource>(
    store: &Store,
    before: Option<&Record>,
    after: &Record,
) -> Result<Vec<Mark>> {
    let old = before.map(references::<R>).unwrap_or_default();
    let new = references::<R>(after)
        .into_iter()
        .filter(|(target, _)| !old.contains_key(target));
    let own = Key::of::<R>(store.tenant(), after.text(ID_FIELD));
    let mut by_table: BTreeMap<Table, Vec<Mark>> = BTreeMap::new();
    let mut missing = Vec::new();
    for ((resource, id), path) in new {
        // A unit test of the model holds that every reference has a home.
        let Some(home) = home(resource) else {
            continue;
        };
        let key = Key {
            pk: home.partition(store.tenant(), &id),
            sk: id.clone(),
        };
        let table = home.table;
        // A record that refers to itself needs no mark: it goes with itself.
        if (table, &key) == (R::TABLE, &own) {
            continue;
        }
        let problem = Problem::new(path, format!("{resource} {id} does not exist"));
        if !crate::read::is_possible(&id) {
            missing.push(problem);
            continue;
        }
        by_table.entry(table).or_default().push(Mark {
            key,
            table,
            problem,
        });
    }
    let mut left = Vec::new();
    for (table, marks) in by_table {
        let keys: Vec<Key> = marks.iter().map(|mark| mark.key.clone()).collect();
        let items = store.items(table, &keys).await?;
        for mark in marks {
            match items.get(&mark.key) {
                None => missing.push(mark.problem),
                Some(item) if item.contains_key(USED) => {}
                Some(_) => left.push(mark),
            }
        }
    }
    if missing.is_empty() {
        Ok(left)
    } else {
        Err(Error::Conflict(missing))
    }
}

impl Store {
    /// Whether every record that `after` newly refers to exists.
    ///
    /// # Errors
    /// `Conflict` naming each field and id that leads nowhere.
    pub async fn check_references<R: Resource>(
        &self,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<()> {
        unmarked::<R>(self, before, after).await.map(|_| ())
    }

    /// Marks what `after` newly refers to as used, ahead of a write in a
    /// transaction or in bulk. A mark whose write then fails does no harm: the
    /// record can no longer be deleted, only made inactive.
    ///
    /// # Errors
    /// `Conflict` naming each field and id that leads nowhere.
    pub async fn mark_references<R: Resource>(
        &self,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<()> {
        let marks = unmarked::<R>(self, before, after).await?;
        mark_all(self, &marks).await
    }
}

/// Writes the change with its links, and marks what it uses, together or not at
/// all; what does not fit into one transaction is marked first.
pub async fn write_together(store: &Store, change: &Change, mut marks: Vec<Mark>) -> Result<()> {
    let room = WRITES_MAX - 1 - change.links.len();
    if marks.len() > room {
        let first = marks.split_off(room);
        mark_all(store, &first).await?;
    }
    let mut transaction = Transaction::new(store);
    transaction.change(change.clone())?;
    for mark in &marks {
        transaction.push(mark_used(store, mark)?);
    }
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(Refused::At(0)) => match store.raw_item(change.table, &change.key).await? {
            // An attempt before this one, whose answer was lost, has made it.
            Some(item) if change.made(&item) => Ok(()),
            found => Err(crate::save::refused(change, found.is_some())),
        },
        Err(Refused::At(index)) => Err(gone(&marks, index - 1)),
        Err(Refused::Failed(error)) => store.settle_unknown(change, error).await,
    }
}

async fn mark_all(store: &Store, marks: &[Mark]) -> Result<()> {
    for chunk in marks.chunks(MARKS_MAX) {
        let mut transaction = Transaction::new(store);
        for mark in chunk {
            transaction.push(mark_used(store, mark)?);
        }
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(index)) => return Err(gone(chunk, index)),
            Err(Refused::Failed(error)) => return Err(error),
        }
    }
    Ok(())
}

fn gone(marks: &[Mark], index: usize) -> Error {
    Error::Conflict(
        marks
            .get(index)
            .map(|m| m.problem.clone())
            .into_iter()
            .collect(),
    )
}

fn mark_used(store: &Store, mark: &Mark) -> Result<TransactWriteItem> {
    let update = Update::builder()
        .table_name(store.database.table(mark.table)?)
        .set_key(Some(mark.key.attributes()))
        .update_expression("SET #used = :yes")
        .condition_expression("attribute_exists(#key)")
        .expression_attribute_names("#used", USED)
        .expression_attribute_names("#key", PK)
        .expression_attribute_values(":yes", text("y"))
        .build()
        .map_err(Error::internal)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// (resource, id) -> where it stands in the record.
type Found = BTreeMap<(&'static str, String), String>;

fn references<R: Resource>(record: &Record) -> Found {
    let mut found = Found::new();
    for field in R::SCHEMA.fields() {
        if let Some(value) = record.raw(field.name) {
            collect(field, value, &format!("/{}", field.name), &mut found);
        }
    }
    found
}

fn collect(field: &FieldDef, value: &Value, path: &str, found: &mut Found) {
    match (field.refers_to, value) {
        (Some(resource), Value::String(id)) => {
            found.insert((resource, id.clone()), path.to_owned());
        }
        (Some(resource), Value::Array(ids)) => {
            let texts = ids
                .iter()
                .enumerate()
                .filter_map(|(i, id)| Some((i, id.as_str()?)));
            found.extend(texts.map(|(i, id)| ((resource, id.to_owned()), format!("{path}/{i}"))));
        }
        _ => collect_inside(&field.kind, value, path, found),
    }
}

fn collect_inside(kind: &Kind, value: &Value, path: &str, found: &mut Found) {
    match (kind, value) {
        (Kind::Object(fields), Value::Object(object)) => {
            for field in *fields {
                if let Some(inner) = object.get(field.name) {
                    collect(field, inner, &format!("{path}/{}", field.name), found);
                }
            }
        }
        (Kind::List { of, .. }, Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                collect_inside(of, item, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}
