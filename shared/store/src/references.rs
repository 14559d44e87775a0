//! References without a hot key: the first use of a record marks it used for
//! ever, in the transaction of that use; what was ever used is never deleted;
//! so later uses only have to see the mark.

use crate::Store;
use crate::item::Item;
use crate::key::{Key, PK, USED, is_possible, text};
use crate::transact::{Refused, Transaction};
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use model::field::{FieldDef, Kind};
use model::index::Table;
use model::resource::{ID_FIELD, Resource};
use model::resources::{Memberships, ORDERS, home};
use model::{Error, Problem, Record, Result, sys};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Marks written by themselves.
const MARKS_MAX: usize = 90;

/// A referred record: its place, and how a caller knows it.
#[derive(Clone)]
pub struct Mark {
    key: Key,
    table: Table,
    /// It needs no mark: it is never deleted, or not while it is referred to.
    kept: bool,
    problem: Problem,
}

impl Mark {
    /// Whether it is the item at `key` that is marked.
    pub(crate) fn is_at(&self, table: Table, key: &Key) -> bool {
        self.table == table && self.key == *key
    }

    /// The mark as a part of a transaction, on condition that the record is
    /// there, of `version` if one is named.
    pub(crate) fn write(&self, store: &Store, version: Option<i64>) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(store.database.table(self.table)?)
            .set_key(Some(self.key.attributes()))
            .update_expression("SET #used = :yes")
            .expression_attribute_names("#used", USED)
            .expression_attribute_values(":yes", text("y"));
        let update = match version {
            // It may have been deleted since it was looked up, and an UpdateItem would
            // then create an item of nothing but the mark.
            None => update
                .condition_expression("attribute_exists(#key)")
                .expression_attribute_names("#key", PK),
            Some(version) => update
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", sys::VERSION.name())
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        let update = update.build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// What a caller is told when the record is not there.
    pub(crate) fn gone(&self) -> Error {
        Error::Conflict(vec![self.problem.clone()])
    }
}

/// What a write refers to and what it replaces did not.
#[derive(Default)]
pub struct Uses {
    /// What is not there.
    pub missing: Vec<Missing>,
    /// What is there and carries no mark yet.
    unmarked: Vec<Mark>,
}

/// A reference that leads nowhere.
pub struct Missing {
    pub resource: &'static str,
    pub id: String,
    /// Whether it is to be marked once it is there.
    pub marked: bool,
    pub problem: Problem,
}

struct Target {
    resource: &'static str,
    id: String,
    mark: Mark,
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
    let mut uses = store.uses::<R>(&[(before, after)]).await?;
    let uses = uses.pop().unwrap_or_default();
    if uses.missing.is_empty() {
        return Ok(uses.unmarked);
    }
    let problems = uses.missing.into_iter().map(|missing| missing.problem);
    Err(Error::Conflict(problems.collect()))
}

fn targets<R: Resource>(store: &Store, before: Option<&Record>, after: &Record) -> Vec<Target> {
    let old = before.map(references::<R>).unwrap_or_default();
    let own = Key::of::<R>(store.tenant(), after.text(ID_FIELD));
    references::<R>(after)
        .into_iter()
        // What it referred to before carries the mark, which is never taken away.
        .filter(|(target, _)| !old.contains_key(target))
        .filter_map(|((resource, id), path)| {
            let (table, key, kept) = place(store, resource, &id)?;
            let problem = Problem::new(path, format!("{resource} {id} does not exist"));
            let mark = Mark {
                key,
                table,
                kept,
                problem,
            };
            Some(Target { resource, id, mark })
        })
        // A reference to itself never outlives the record, so it needs no mark.
        .filter(|target| (target.mark.table, &target.mark.key) != (R::TABLE, &own))
        .collect()
}

/// Where what a field refers to stands, and whether it needs no mark.
fn place(store: &Store, resource: &str, id: &str) -> Option<(Table, Key, bool)> {
    if resource == ORDERS.name {
        let key = Key {
            pk: format!("{}#{}{id}", store.tenant(), ORDERS.partition),
            sk: ORDERS.sort.to_owned(),
        };
        return Some((Table::Ledger, key, true));
    }
    // A unit test of the model holds that every other reference has a home.
    let home = home(resource)?;
    // Its deletion asks for those derived from it; once they are gone it may go too.
    let kept = resource == Memberships::NAME;
    Some((home.table, Key::at(home, store.tenant(), id), kept))
}

impl Store {
    /// What each of many writes newly refers to, looked up together.
    pub async fn uses<R: Resource>(
        &self,
        writes: &[(Option<&Record>, &Record)],
    ) -> Result<Vec<Uses>> {
        let targets: Vec<Vec<Target>> = writes
            .iter()
            .map(|(before, after)| targets::<R>(self, *before, after))
            .collect();
        let mut wanted: BTreeMap<Table, Vec<Key>> = BTreeMap::new();
        for target in targets.iter().flatten() {
            if is_possible(&target.id) {
                let keys = wanted.entry(target.mark.table).or_default();
                keys.push(target.mark.key.clone());
            }
        }
        let mut found = HashMap::new();
        for (table, keys) in wanted {
            // Read consistently: a mark that is missed is written again, but a record that is
            // missed refuses the write.
            let items = self.items(table, &keys).await?;
            let used = |(key, item): (Key, Item)| ((table, key), item.contains_key(USED));
            found.extend(items.into_iter().map(used));
        }
        let sorted = |targets: Vec<Target>| {
            let mut uses = Uses::default();
            for Target { resource, id, mark } in targets {
                match found.get(&(mark.table, mark.key.clone())) {
                    Some(used) if *used || mark.kept => {}
                    Some(_) => uses.unmarked.push(mark),
                    None => uses.missing.push(Missing {
                        resource,
                        id,
                        marked: !mark.kept,
                        problem: mark.problem,
                    }),
                }
            }
            uses
        };
        Ok(targets.into_iter().map(sorted).collect())
    }

    /// Marks what writes newly refer to as used, ahead of writing them in bulk.
    /// A mark whose write then fails does no harm: the record can no longer be
    /// deleted, only made inactive.
    ///
    /// # Errors
    /// `Conflict` naming a record that has gone since it was looked up.
    pub async fn mark<'a>(&self, uses: impl Iterator<Item = &'a Uses>) -> Result<()> {
        let mut seen = HashSet::new();
        let marks: Vec<Mark> = uses
            .flat_map(|uses| &uses.unmarked)
            // A transaction refuses an item that it holds twice.
            .filter(|mark| seen.insert((mark.table, &mark.key)))
            .cloned()
            .collect();
        mark_all(self, &marks).await
    }

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
    /// transaction.
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

pub(crate) async fn mark_all(store: &Store, marks: &[Mark]) -> Result<()> {
    for chunk in marks.chunks(MARKS_MAX) {
        let mut transaction = Transaction::new(store);
        for mark in chunk {
            transaction.push(mark.write(store, None)?);
        }
        match transaction.commit().await {
            Ok(()) => {}
            Err(Refused::At(index)) => {
                let gone = chunk.get(index).map(Mark::gone);
                return Err(gone.unwrap_or_else(|| Error::internal("no such mark")));
            }
            Err(Refused::Failed(error)) => return Err(error),
        }
    }
    Ok(())
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
