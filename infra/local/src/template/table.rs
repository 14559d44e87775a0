//! Tables: their key, indexes, projections and time-to-live attribute.

use super::error::{TemplateError, read};
use super::intrinsic::NameInStack;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeSet;
use yaml_serde::Value;

/// A table as `template.yaml` defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    /// Its name among the template's resources, such as `BillingRunsTable`.
    pub logical_id: String,
    /// Its name without the stack's, such as `billing-runs`.
    pub name: String,
    /// The attributes of all keys, each once.
    pub attributes: Vec<Attribute>,
    /// The key of the table itself.
    pub key: KeySchema,
    /// Its global secondary indexes, in the order of the file.
    pub indexes: Vec<IndexDefinition>,
    /// The attribute that holds when an item expires, in seconds since 1970.
    pub time_to_live: Option<String>,
}

/// A key attribute and its type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    #[serde(rename = "AttributeName")]
    pub name: String,
    #[serde(rename = "AttributeType")]
    pub kind: AttributeType,
}

/// The types DynamoDB allows in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AttributeType {
    #[serde(rename = "S")]
    Text,
    #[serde(rename = "N")]
    Number,
    #[serde(rename = "B")]
    Binary,
}

/// A partition key and, where there is one, a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<KeyElement>")]
pub struct KeySchema {
    pub hash: String,
    pub range: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeyElement {
    attribute_name: String,
    key_type: KeyType,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum KeyType {
    Hash,
    Range,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct IndexDefinition {
    #[serde(rename = "IndexName")]
    pub name: String,
    #[serde(rename = "KeySchema")]
    pub key: KeySchema,
    pub projection: Projection,
}

/// Which attributes an index carries beside its keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "ProjectionType",
    rename_all = "SCREAMING_SNAKE_CASE",
    deny_unknown_fields
)]
pub enum Projection {
    // Braces, because a variant without them would take any other property.
    KeysOnly {},
    Include {
        #[serde(rename = "NonKeyAttributes")]
        attributes: Vec<String>,
    },
    All {},
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Resource {
    properties: Properties,
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "DeletionPolicy")]
    _deletion_policy: IgnoredAny,
    #[serde(default, rename = "UpdateReplacePolicy")]
    _update_replace_policy: IgnoredAny,
}

/// Those that begin with `_` a deployment needs and a table on a laptop does not.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Properties {
    attribute_definitions: Vec<Attribute>,
    #[serde(default)]
    global_secondary_indexes: Vec<IndexDefinition>,
    key_schema: KeySchema,
    table_name: NameInStack,
    time_to_live_specification: Option<TimeToLive>,
    #[serde(default, rename = "BillingMode")]
    _billing_mode: IgnoredAny,
    #[serde(default, rename = "DeletionProtectionEnabled")]
    _deletion_protection: IgnoredAny,
    #[serde(default, rename = "PointInTimeRecoverySpecification")]
    _point_in_time_recovery: IgnoredAny,
    #[serde(default, rename = "SSESpecification")]
    _encryption: IgnoredAny,
    #[serde(default, rename = "Tags")]
    _tags: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
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

    pub(super) fn read(logical_id: &str, resource: &Value) -> Result<Self, TemplateError> {
        let Properties {
            attribute_definitions: attributes,
            global_secondary_indexes: indexes,
            key_schema: key,
            table_name: NameInStack(name),
            time_to_live_specification: time_to_live,
            ..
        } = read::<Resource>(logical_id, resource)?.properties;
        let table = Self {
            logical_id: logical_id.to_owned(),
            name,
            attributes,
            key,
            indexes,
            time_to_live: time_to_live
                .filter(|specification| specification.enabled)
                .map(|specification| specification.attribute_name),
        };
        table.check_attributes()?;
        Ok(table)
    }

    /// DynamoDB refuses a table whose keys are made of other attributes than it
    /// defines, whichever has more.
    fn check_attributes(&self) -> Result<(), TemplateError> {
        let defined = self.attributes.iter().map(|attribute| &attribute.name);
        let defined: BTreeSet<&String> = defined.collect();
        let keys = self.indexes.iter().map(|index| &index.key);
        let keys = keys.chain([&self.key]);
        let used: BTreeSet<&String> = keys
            .flat_map(|key| key.range.iter().chain([&key.hash]))
            .collect();
        let wrong = match (
            used.difference(&defined).next(),
            defined.difference(&used).next(),
        ) {
            (Some(name), _) => format!("{name} is part of a key and not among them"),
            (None, Some(name)) => format!("{name} is part of no key"),
            (None, None) => return Ok(()),
        };
        let place = format!(
            "Resources.{}.Properties.AttributeDefinitions",
            self.logical_id
        );
        Err(TemplateError::new(&place, wrong))
    }
}

impl TryFrom<Vec<KeyElement>> for KeySchema {
    type Error = &'static str;

    fn try_from(elements: Vec<KeyElement>) -> Result<Self, Self::Error> {
        let kinds: Vec<&KeyType> = elements.iter().map(|element| &element.key_type).collect();
        if !matches!(kinds[..], [KeyType::Hash] | [KeyType::Hash, KeyType::Range]) {
            return Err("must be a HASH, and after it at most one RANGE");
        }
        let mut names = elements.into_iter().map(|element| element.attribute_name);
        Ok(Self {
            hash: names.next().unwrap_or_default(),
            range: names.next(),
        })
    }
}
