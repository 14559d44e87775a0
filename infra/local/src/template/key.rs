//! Keys of tables and indexes, and the attributes they are made of.

use super::node::{Node, TemplateError};

/// A partition key and, where there is one, a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySchema {
    pub hash: Attribute,
    pub range: Option<Attribute>,
}

/// A key attribute and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub kind: AttributeKind,
}

/// The types DynamoDB allows in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    /// `S`
    Text,
    /// `N`
    Number,
    /// `B`
    Binary,
}

impl KeySchema {
    pub(super) fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }
}

/// Reads `AttributeDefinitions`.
pub(super) fn attributes(list: &Node<'_>) -> Result<Vec<Attribute>, TemplateError> {
    list.each(|definition| {
        definition.only(&["AttributeName", "AttributeType"])?;
        let kind = definition.field("AttributeType")?;
        Ok(Attribute {
            name: definition.field("AttributeName")?.text()?.to_owned(),
            kind: match kind.text()? {
                "S" => AttributeKind::Text,
                "N" => AttributeKind::Number,
                "B" => AttributeKind::Binary,
                other => return Err(kind.error(format!("must be S, N or B, not {other}"))),
            },
        })
    })
}

/// Reads a `KeySchema`, whose attributes must be among those defined.
pub(super) fn key_schema(
    list: &Node<'_>,
    attributes: &[Attribute],
) -> Result<KeySchema, TemplateError> {
    let elements = list.each(|element| key_element(element, attributes))?;
    let mut elements = elements.into_iter();
    match (elements.next(), elements.next(), elements.next()) {
        (Some(("HASH", hash)), None, _) => Ok(KeySchema { hash, range: None }),
        (Some(("HASH", hash)), Some(("RANGE", range)), None) => Ok(KeySchema {
            hash,
            range: Some(range),
        }),
        _ => Err(list.error("must be a HASH, and after it at most one RANGE")),
    }
}

fn key_element<'a>(
    element: &Node<'a>,
    attributes: &[Attribute],
) -> Result<(&'a str, Attribute), TemplateError> {
    element.only(&["AttributeName", "KeyType"])?;
    let name = element.field("AttributeName")?;
    let wanted = name.text()?;
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.name == wanted)
        .ok_or_else(|| name.error(format!("{wanted} is not among the AttributeDefinitions")))?;
    Ok((element.field("KeyType")?.text()?, attribute.clone()))
}
