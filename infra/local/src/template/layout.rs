//! Keys and indexes of a table, in a form in which order does not matter.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::create_table::CreateTableInput;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, KeySchemaElement, Projection, TableDescription,
};

/// What can't be changed on a table that is there.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    attributes: BTreeMap<String, String>,
    key: Vec<KeySchemaElement>,
    indexes: BTreeMap<String, (Vec<KeySchemaElement>, Option<Projection>)>,
}

impl Layout {
    pub(super) fn wanted(request: &CreateTableInput) -> Self {
        let indexes = request.global_secondary_indexes().iter().map(|index| {
            let projection = index.projection().cloned();
            (
                index.index_name().to_owned(),
                (index.key_schema().to_vec(), projection),
            )
        });
        Self {
            attributes: attributes(request.attribute_definitions()),
            key: request.key_schema().to_vec(),
            indexes: indexes.collect(),
        }
    }

    pub(super) fn found(table: &TableDescription) -> Self {
        let indexes = table.global_secondary_indexes().iter().map(|index| {
            let name = index.index_name().unwrap_or_default().to_owned();
            (
                name,
                (index.key_schema().to_vec(), index.projection().cloned()),
            )
        });
        Self {
            attributes: attributes(table.attribute_definitions()),
            key: table.key_schema().to_vec(),
            indexes: indexes.collect(),
        }
    }
}

fn attributes(definitions: &[AttributeDefinition]) -> BTreeMap<String, String> {
    let pair = |definition: &AttributeDefinition| {
        let kind = definition.attribute_type().as_str();
        (definition.attribute_name().to_owned(), kind.to_owned())
    };
    definitions.iter().map(pair).collect()
}
