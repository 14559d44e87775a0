//! A table definition in the words of the AWS SDK.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableInputBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection as SdkProjection, ProjectionType, ScalarAttributeType,
};

use super::table::{
    Attribute, AttributeType, IndexDefinition, KeySchema, Projection, TableDefinition,
};

impl TableDefinition {
    /// The request that makes this table under `name`. The time-to-live
    /// attribute is no part of it; DynamoDB takes that in a second request.
    ///
    /// # Errors
    /// None for a definition read from a template; the SDK's builders are
    /// fallible for all.
    pub fn create_request(&self, name: &str) -> Result<CreateTableInputBuilder, BuildError> {
        let attributes = self.attributes.iter().map(attribute_definition);
        let indexes: Vec<_> = self.indexes.iter().map(index).collect::<Result<_, _>>()?;
        Ok(CreateTableInputBuilder::default()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.collect::<Result<_, _>>()?))
            .set_key_schema(Some(key_elements(&self.key)?))
            // DynamoDB refuses an empty list.
            .set_global_secondary_indexes(Some(indexes).filter(|list| !list.is_empty())))
    }
}

fn attribute_definition(attribute: &Attribute) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder()
        .attribute_name(&attribute.name)
        .attribute_type(match attribute.kind {
            AttributeType::Text => ScalarAttributeType::S,
            AttributeType::Number => ScalarAttributeType::N,
            AttributeType::Binary => ScalarAttributeType::B,
        })
        .build()
}

fn key_elements(key: &KeySchema) -> Result<Vec<KeySchemaElement>, BuildError> {
    [KeyType::Hash, KeyType::Range]
        .into_iter()
        .zip([Some(&key.hash), key.range.as_ref()])
        .filter_map(|(kind, name)| Some((kind, name?)))
        .map(|(kind, name)| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
        })
        .collect()
}

fn index(index: &IndexDefinition) -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .index_name(&index.name)
        .set_key_schema(Some(key_elements(&index.key)?))
        .projection(projection(&index.projection))
        .build()
}

fn projection(projection: &Projection) -> SdkProjection {
    let builder = SdkProjection::builder();
    match projection {
        Projection::KeysOnly {} => builder.projection_type(ProjectionType::KeysOnly),
        Projection::All {} => builder.projection_type(ProjectionType::All),
        Projection::Include { attributes } => builder
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(attributes.clone())),
    }
    .build()
}
