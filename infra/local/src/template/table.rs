//! Tables: their key, indexes, projections and time-to-live attribute.

use super::key::{Attribute, KeySchema, attributes, key_schema};
use super::node::{Node, TemplateError};

/// Properties a deployment needs and a table on a laptop does not.
pub const IGNORED_TABLE_PROPERTIES: [&str; 5] = [
    "BillingMode",
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "Tags",
];

const READ_PROPERTIES: [&str; 5] = [
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "TableName",
    "TimeToLiveSpecification",
];

/// A table as `template.yaml` defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    /// Its name among the template's resources, such as `BillingRunsTable`.
    pub logical_id: String,
    /// Its name without the stack's, such as `billing-runs`.
    pub name: String,
    /// The key of the table itself.
    pub key: KeySchema,
    /// Its global secondary indexes, in the order of the file.
    pub indexes: Vec<IndexDefinition>,
    /// The attribute that holds when an item expires, in seconds since 1970.
    pub time_to_live: Option<String>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexDefinition {
    pub name: String,
    pub key: KeySchema,
    pub projection: Projection,
}

/// Which attributes an index carries beside its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// `KEYS_ONLY`
    KeysOnly,
    /// `INCLUDE`, with the attributes named.
    Include(Vec<String>),
    /// `ALL`
    All,
}

impl TableDefinition {
    /// The environment variable that gives a function the table's name:
    /// `BILLING_RUNS_TABLE` for `BillingRunsTable`.
    #[must_use]
    pub fn environment_variable(&self) -> String {
        let mut variable = String::new();
        for letter in self.logical_id.chars() {
            if letter.is_ascii_uppercase() && !variable.is_empty() {
                variable.push('_');
            }
            variable.push(letter.to_ascii_uppercase());
        }
        variable
    }

    pub(super) fn read(logical_id: &str, resource: &Node<'_>) -> Result<Self, TemplateError> {
        resource.only(&[
            "Type",
            "DeletionPolicy",
            "UpdateReplacePolicy",
            "Properties",
        ])?;
        let properties = resource.field("Properties")?;
        properties.only(&[READ_PROPERTIES, IGNORED_TABLE_PROPERTIES].concat())?;
        let attributes = attributes(&properties.field("AttributeDefinitions")?)?;
        let table = Self {
            logical_id: logical_id.to_owned(),
            name: properties.field("TableName")?.name_in_stack()?.to_owned(),
            key: key_schema(&properties.field("KeySchema")?, &attributes)?,
            indexes: match properties.get("GlobalSecondaryIndexes")? {
                None => Vec::new(),
                Some(list) => list.each(|index| IndexDefinition::read(index, &attributes))?,
            },
            time_to_live: match properties.get("TimeToLiveSpecification")? {
                None => None,
                Some(specification) => time_to_live(&specification)?,
            },
        };
        table.refuse_unused(&attributes, &properties)?;
        Ok(table)
    }

    /// The attributes of all keys, each once.
    pub(super) fn key_attributes(&self) -> Vec<&Attribute> {
        let mut found: Vec<&Attribute> = Vec::new();
        let keys = std::iter::once(&self.key).chain(self.indexes.iter().map(|index| &index.key));
        for attribute in keys.flat_map(KeySchema::attributes) {
            if !found.contains(&attribute) {
                found.push(attribute);
            }
        }
        found
    }

    /// DynamoDB refuses a table that defines an attribute no key uses.
    fn refuse_unused(&self, all: &[Attribute], at: &Node<'_>) -> Result<(), TemplateError> {
        let used = self.key_attributes();
        match all.iter().find(|attribute| !used.contains(attribute)) {
            None => Ok(()),
            Some(Attribute { name, .. }) => Err(at
                .field("AttributeDefinitions")?
                .error(format!("{name} is part of no key"))),
        }
    }
}

impl IndexDefinition {
    fn read(index: &Node<'_>, attributes: &[Attribute]) -> Result<Self, TemplateError> {
        index.only(&["IndexName", "KeySchema", "Projection"])?;
        Ok(Self {
            name: index.field("IndexName")?.text()?.to_owned(),
            key: key_schema(&index.field("KeySchema")?, attributes)?,
            projection: projection(&index.field("Projection")?)?,
        })
    }
}

fn projection(projection: &Node<'_>) -> Result<Projection, TemplateError> {
    let kind = projection.field("ProjectionType")?;
    if kind.text()? == "INCLUDE" {
        projection.only(&["NonKeyAttributes", "ProjectionType"])?;
        let names = projection.field("NonKeyAttributes")?;
        let names = names.each(|name| Ok(name.text()?.to_owned()))?;
        return Ok(Projection::Include(names));
    }
    projection.only(&["ProjectionType"])?;
    match kind.text()? {
        "KEYS_ONLY" => Ok(Projection::KeysOnly),
        "ALL" => Ok(Projection::All),
        other => Err(kind.error(format!("must be KEYS_ONLY, INCLUDE or ALL, not {other}"))),
    }
}

fn time_to_live(specification: &Node<'_>) -> Result<Option<String>, TemplateError> {
    specification.only(&["AttributeName", "Enabled"])?;
    let attribute = specification.field("AttributeName")?.text()?.to_owned();
    let enabled = specification.field("Enabled")?.flag()?;
    Ok(enabled.then_some(attribute))
}
