//! One change of one record: the difference between before and after, and the
//! condition under which it may be made. Encoded as an UpdateItem, or as a
//! PartiQL statement in bulk; both leave the same item.

use crate::item::{self, Item, to_attribute};
use crate::key::{Key, PK, SK, USED, WRITE, text, write_token};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementRequest, Delete, Put, TransactWriteItem, Update,
};
use model::index::Table;
use model::resource::Resource;
use model::{Error, Record, Result, TenantId, sys};
use std::collections::{BTreeMap, HashMap};

/// Bytes of an item's attributes: a little below DynamoDB's 400 KB, which
/// count the keys as well.
const ITEM_MAX: usize = 400_000;

/// Links written with one change: a transaction of billing writes four items
/// beside them.
const LINKS_MAX: usize = 90;

/// Bytes of what moves out of a record in one write: a transaction holds 4 MB.
const OVERFLOW_MAX: usize = 3_500_000;

/// What is written beside one change: a transaction has 100 writes.
const BESIDE_MAX: usize = 95;

/// What is written with a record: a link that is to be there from now on, or no
/// longer, or what the record holds no more.
#[derive(Clone, Debug)]
pub enum Beside {
    Put(Key),
    Delete(Key),
    Overflow(Item),
}

impl Beside {
    /// It as a part of its record's transaction.
    pub(crate) fn write(&self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let item = TransactWriteItem::builder();
        let put = |of: Item| Put::builder().table_name(table).set_item(Some(of)).build();
        Ok(match self {
            Beside::Put(key) => item.put(put(key.attributes())?),
            Beside::Overflow(overflow) => item.put(put(overflow.clone())?),
            Beside::Delete(key) => {
                let delete = Delete::builder().table_name(table);
                item.delete(delete.set_key(Some(key.attributes())).build()?)
            }
        }
        .build())
    }
}

/// A change ready to be written.
#[derive(Clone, Debug)]
pub struct Change {
    pub(crate) table: Table,
    pub(crate) what: &'static str,
    pub(crate) key: Key,
    /// The version it was read at; `None` creates.
    pub(crate) version: Option<i64>,
    /// What the item has to hold beside that version: a mark comes without another one.
    pub(crate) held: Option<(&'static str, AttributeValue)>,
    pub(crate) sets: BTreeMap<String, AttributeValue>,
    pub(crate) removes: Vec<String>,
    /// The links that come and go with it, and what it holds no more.
    pub(crate) beside: Vec<Beside>,
    /// What the record is once the change is made.
    pub after: Record,
}

impl Change {
    pub(crate) fn new<R: Resource>(
        tenant: &TenantId,
        before: Option<&Record>,
        mut after: Record,
    ) -> Result<Change> {
        let id = after.text(model::resource::ID_FIELD).to_owned();
        let overflow = overflow::<R>(tenant, &mut after)?;
        let old = before
            .map(|record| attributes::<R>(tenant, record))
            .transpose()?
            .unwrap_or_default();
        let new = attributes::<R>(tenant, &after)?;
        // Refused here, before a transaction or a batch is sent that holds other changes as well.
        if item::size(&new) > ITEM_MAX {
            return Err(Error::invalid(
                "",
                format!("makes the record larger than {ITEM_MAX} bytes"),
            ));
        }
        let mut beside = links::<R>(tenant, &id, before, &after)?;
        beside.extend(overflow);
        if beside.len() > BESIDE_MAX {
            let rule = format!("writes more than {BESIDE_MAX} items beside the record");
            return Err(Error::invalid("", rule));
        }
        let removes = old
            .keys()
            .filter(|name| !new.contains_key(*name))
            .cloned()
            .collect();
        let mut sets: BTreeMap<_, _> = new
            .into_iter()
            // The condition is on the version, so what is the same need not be sent, and an
            // update expression may have 4 KB at most.
            .filter(|(name, value)| old.get(name) != Some(value))
            .collect();
        sets.insert(WRITE.into(), text(&write_token()));
        Ok(Change {
            table: R::TABLE,
            what: R::SCHEMA.title,
            key: Key::of::<R>(tenant, &id),
            version: before.map(|record| record.get(sys::VERSION).unwrap_or(0)),
            held: None,
            sets,
            removes,
            beside,
            after,
        })
    }

    pub fn id(&self) -> &str {
        &self.key.sk
    }

    /// What differs between two states of one version, and nothing beside it. Without a
    /// token of its own: a writer whose answer was lost still finds theirs.
    pub(crate) fn quiet<R: Resource>(
        tenant: &TenantId,
        before: &Record,
        after: Record,
    ) -> Result<Change> {
        let old = attributes::<R>(tenant, before)?;
        let new = attributes::<R>(tenant, &after)?;
        let removes = old.keys().filter(|name| !new.contains_key(*name));
        Ok(Change {
            table: R::TABLE,
            what: R::SCHEMA.title,
            key: Key::of::<R>(tenant, after.text(model::resource::ID_FIELD)),
            version: Some(before.get(sys::VERSION).unwrap_or(0)),
            held: None,
            removes: removes.cloned().collect(),
            sets: new
                .into_iter()
                .filter(|(name, value)| old.get(name) != Some(value))
                .collect(),
            beside: Vec::new(),
            after,
        })
    }

    /// Marks the record as used by others, for an import that writes the record and
    /// what refers to it together: it can then never be deleted.
    pub fn used(mut self) -> Change {
        self.sets.insert(USED.into(), text("y"));
        self
    }

    /// Whether `item` is what this very change has left.
    pub(crate) fn made(&self, item: &Item) -> bool {
        item.get(WRITE) == self.sets.get(WRITE)
    }

    /// Why its condition was not met.
    pub(crate) fn refused(&self, exists: bool) -> Error {
        // The condition of a change with a version fails for a missing item as well: only whether
        // one is there tells the two apart.
        let id = self.id().to_owned();
        match (self.version, exists) {
            (None, _) => Error::Exists {
                what: self.what,
                id,
            },
            (Some(_), true) => Error::Stale {
                what: self.what,
                id,
            },
            (Some(_), false) => Error::NotFound {
                what: self.what,
                id,
            },
        }
    }

    /// The change as an UpdateItem or a part of a transaction.
    pub(crate) fn update(&self, table: &str) -> Result<Update, BuildError> {
        let mut names = HashMap::new();
        let mut values = HashMap::new();
        let mut set = Vec::new();
        for (index, (name, value)) in self.sets.iter().enumerate() {
            // By placeholder: many fields (`name`, `status`, `type`) are reserved words of the
            // expression language, and short ones keep the expression within its 4 KB.
            names.insert(format!("#s{index}"), name.clone());
            values.insert(format!(":s{index}"), value.clone());
            set.push(format!("#s{index} = :s{index}"));
        }
        let mut expression = match set.is_empty() {
            true => String::new(),
            false => format!("SET {}", set.join(", ")),
        };
        let removed: Vec<String> = (0..self.removes.len())
            .map(|index| format!("#r{index}"))
            .collect();
        if !removed.is_empty() {
            expression.push_str(&format!(" REMOVE {}", removed.join(", ")));
            names.extend(removed.into_iter().zip(self.removes.iter().cloned()));
        }
        let condition = match self.version {
            None => {
                // An UpdateItem of a missing item creates it. A key attribute is there whenever
                // the item is.
                names.insert("#key".into(), PK.into());
                "attribute_not_exists(#key)"
            }
            Some(version) => {
                names.insert("#version".into(), sys::VERSION.name().into());
                values.insert(":version".into(), AttributeValue::N(version.to_string()));
                "#version = :version"
            }
        };
        let mut condition = condition.to_owned();
        if let Some((name, value)) = &self.held {
            names.insert("#held".into(), (*name).to_owned());
            values.insert(":held".into(), value.clone());
            condition.push_str(" AND #held = :held");
        }
        Update::builder()
            .table_name(table)
            .set_key(Some(self.key.attributes()))
            .update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build()
    }

    /// The change as one statement of a BatchExecuteStatement.
    pub(crate) fn statement(&self, table: &str) -> Result<BatchStatementRequest, BuildError> {
        let (statement, parameters) = match self.version {
            None => self.insert(table),
            Some(version) => self.partiql_update(table, version),
        };
        BatchStatementRequest::builder()
            .statement(statement)
            .set_parameters(Some(parameters))
            .build()
    }

    fn insert(&self, table: &str) -> (String, Vec<AttributeValue>) {
        // No condition: INSERT refuses a key that is taken (DuplicateItem), as the UpdateItem's
        // attribute_not_exists does. Names are the schema's, never a caller's.
        let mut names = vec![format!("'{PK}': ?"), format!("'{SK}': ?")];
        let mut parameters = vec![text(&self.key.pk), text(&self.key.sk)];
        for (name, value) in &self.sets {
            names.push(format!("'{name}': ?"));
            parameters.push(value.clone());
        }
        (
            format!("INSERT INTO \"{table}\" VALUE {{{}}}", names.join(", ")),
            parameters,
        )
    }

    fn partiql_update(&self, table: &str, version: i64) -> (String, Vec<AttributeValue>) {
        let mut parameters: Vec<AttributeValue> = self.sets.values().cloned().collect();
        let sets = self.sets.keys().map(|name| format!(" SET \"{name}\" = ?"));
        let removes = self
            .removes
            .iter()
            .map(|name| format!(" REMOVE \"{name}\""));
        let body: String = sets.chain(removes).collect();
        parameters.extend([
            text(&self.key.pk),
            text(&self.key.sk),
            AttributeValue::N(version.to_string()),
        ]);
        // A condition beyond the key makes the statement conditional: one that matches no item
        // fails with ConditionalCheckFailed.
        let condition = format!(
            "\"{PK}\" = ? AND \"{SK}\" = ? AND \"{}\" = ?",
            sys::VERSION.name()
        );
        (
            format!("UPDATE \"{table}\"{body} WHERE {condition}"),
            parameters,
        )
    }
}

/// The links that differ. They carry no condition of their own: the record's
/// decides.
fn links<R: Resource>(
    tenant: &TenantId,
    id: &str,
    before: Option<&Record>,
    after: &Record,
) -> Result<Vec<Beside>> {
    let old = before.map(R::links).unwrap_or_default();
    let new = R::links(after);
    let key = |link: &String| Key::of_link(tenant, link, id);
    let gone = old.difference(&new).map(|link| Beside::Delete(key(link)));
    let come = new.difference(&old).map(|link| Beside::Put(key(link)));
    let links: Vec<Beside> = gone.chain(come).collect();
    if links.len() > LINKS_MAX {
        let rule = format!("changes more than {LINKS_MAX} of the links it is found by");
        return Err(Error::invalid("", rule));
    }
    Ok(links)
}

/// What a record holds no more. It carries no condition of its own: the record's
/// decides.
fn overflow<R: Resource>(tenant: &TenantId, after: &mut Record) -> Result<Vec<Beside>> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for overflow in R::overflow(after) {
        let partition = R::overflow_partition(after).unwrap_or_default();
        let key = Key::of_link(tenant, &partition, &overflow.sort);
        let mut item = key.attributes();
        for (name, value) in &overflow.fields {
            item.insert(name.clone(), to_attribute(&format!("/{name}"), value)?);
        }
        bytes += item::size(&item);
        items.push(Beside::Overflow(item));
    }
    match bytes > OVERFLOW_MAX {
        true => Err(Error::invalid(
            "",
            format!("brings more than {OVERFLOW_MAX} bytes that stand beside the record"),
        )),
        false => Ok(items),
    }
}

/// Everything an item carries beside its key.
fn attributes<R: Resource>(
    tenant: &TenantId,
    record: &Record,
) -> Result<BTreeMap<String, AttributeValue>> {
    let mut attributes = BTreeMap::new();
    // A null is absence; kept, it would be a NULL attribute, and a REMOVE would never be sent for
    // it.
    for (name, value) in record.fields().iter().filter(|(_, value)| !value.is_null()) {
        attributes.insert(name.clone(), to_attribute(&format!("/{name}"), value)?);
    }
    // A missing key attribute keeps the item out of an index: that is how an index is sparse.
    for key in R::index_keys(record) {
        let partition = match key.index.across_tenants {
            true => key.partition,
            false => format!("{tenant}#{}", key.partition),
        };
        attributes.insert(key.index.hash.to_owned(), text(&partition));
        if let Some(sort) = &key.sort {
            attributes.insert(key.index.range.to_owned(), text(sort));
        }
    }
    for (name, packed) in R::packed(record) {
        attributes.insert(name.to_owned(), text(&packed));
    }
    Ok(attributes)
}

/// The deletion of the record at `key`, if it has this version and nothing uses it.
pub(crate) fn deletion(table: &str, key: &Key, version: i64) -> Result<Delete> {
    Delete::builder()
        .table_name(table)
        .set_key(Some(key.attributes()))
        // Marking as used does not raise the version, so the mark needs a condition of its own.
        .condition_expression("#version = :version AND attribute_not_exists(#used)")
        .expression_attribute_names("#version", sys::VERSION.name())
        .expression_attribute_names("#used", USED)
        .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
        .build()
        .map_err(Error::internal)
}
