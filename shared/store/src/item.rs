//! Records as DynamoDB items. Numbers keep their text both ways, so no amount
//! ever passes through a float.

use crate::key::{PK, SK, USED, WRITE};
use aws_sdk_dynamodb::types::AttributeValue;
use model::index::Index;
use model::{Error, Record, Result};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Lists and objects within each other that one attribute can hold: DynamoDB
/// counts 32 with the item itself.
const LEVELS_MAX: usize = 31;

pub type Item = HashMap<String, AttributeValue>;

/// Attributes that are computed from the record and its key. Never part of it.
static COMPUTED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let indexes = model::resources::indexes().into_iter();
    let own = [PK, SK, WRITE, USED].into_iter();
    own.chain(indexes.flat_map(Index::attributes)).collect()
});

pub fn to_record(item: Item) -> Record {
    let fields = item
        .into_iter()
        .filter(|(name, _)| !COMPUTED.contains(name.as_str()));
    Record::new(fields.map(|(name, value)| (name, to_json(value))).collect())
}

fn to_json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text),
        // The digits as stored: parsing into a float would lose what it cannot hold.
        AttributeValue::N(text) => model::field::number(&text),
        AttributeValue::Bool(yes) => Value::Bool(yes),
        AttributeValue::L(items) => Value::Array(items.into_iter().map(to_json).collect()),
        AttributeValue::M(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, to_json(value)))
                .collect::<Map<_, _>>(),
        ),
        _ => Value::Null,
    }
}

/// Roughly the bytes of an item, as the database counts them.
pub fn size<'a>(item: impl IntoIterator<Item = (&'a String, &'a AttributeValue)>) -> usize {
    item.into_iter()
        .map(|(name, value)| name.len() + size_of(value))
        .sum()
}

fn size_of(value: &AttributeValue) -> usize {
    match value {
        // A number's size is a byte for two digits and one more, about its text or less. A list
        // or a map has 3 bytes, and 1 for each member.
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::L(items) => 3 + items.iter().map(|item| 1 + size_of(item)).sum::<usize>(),
        AttributeValue::M(fields) => 3 + size(fields) + fields.len(),
        _ => 1,
    }
}

/// A field's value as an attribute, or which rule of the store it breaks.
pub fn to_attribute(path: &str, value: &Value) -> Result<AttributeValue> {
    nested(path, value, 1)
}

fn nested(path: &str, value: &Value, level: usize) -> Result<AttributeValue> {
    let is_container = value.is_array() || value.is_object();
    if is_container && level > LEVELS_MAX {
        let rule = format!("must be nested at most {LEVELS_MAX} levels deep within one field");
        return Err(Error::invalid(path, rule));
    }
    Ok(match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(yes) => AttributeValue::Bool(*yes),
        Value::Number(number) => AttributeValue::N(number_text(path, number)?),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let inner = items.map(|(i, item)| nested(&format!("{path}/{i}"), item, level + 1));
            AttributeValue::L(inner.collect::<Result<_>>()?)
        }
        Value::Object(fields) => {
            let inner = fields.iter().map(|(name, value)| {
                let path = format!("{path}/{}", model::schema::escape(name));
                check_name(&path, name)?;
                Ok((name.clone(), nested(&path, value, level + 1)?))
            });
            AttributeValue::M(inner.collect::<Result<_>>()?)
        }
    })
}

/// DynamoDB wants a name of 1 to 65,535 bytes at every level.
fn check_name(path: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 65_535 {
        return Err(Error::invalid(path, "must have a name of 1 to 65535 bytes"));
    }
    Ok(())
}

/// DynamoDB keeps 38 digits, once zeros at both ends are dropped, and magnitudes
/// from 1e-130 to below 1e126.
fn number_text(path: &str, number: &serde_json::Number) -> Result<String> {
    match model::json::digits_and_magnitude(number) {
        Some((0, _)) => Ok("0".into()),
        Some((1..=38, -130..=125)) => Ok(number.to_string()),
        _ => Err(Error::invalid(
            path,
            "must have at most 38 digits and lie between 1e-130 and 1e126",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_comes_back_to_the_letter() {
        let text = r#"{"amount":120.50,"big":12345678901234567890.123,"list":[1,"a",{"deep":false}],"none":{}}"#;
        let record: Map<String, Value> = serde_json::from_str(text).unwrap();
        let item: Item = record
            .iter()
            .map(|(n, v)| (n.clone(), to_attribute(n, v).unwrap()))
            .collect();
        assert_eq!(
            serde_json::to_string(to_record(item).fields()).unwrap(),
            text
        );
    }

    #[test]
    fn numbers_the_store_cannot_keep_are_refused_by_path() {
        for bad in [
            "1e400",
            "1e126",
            "1e-140",
            "123456789012345678901234567890123456789",
        ] {
            let value: Value = serde_json::from_str(bad).unwrap();
            let error = to_attribute("/a", &json!({ "b": value })).unwrap_err();
            assert!(
                error.to_string().starts_with("/a/b must have at most 38"),
                "{bad}: {error}"
            );
        }
        for good in [
            "0.000",
            "0e999",
            &format!("{}e125", "9.".to_owned() + &"9".repeat(37)),
        ] {
            let value: Value = serde_json::from_str(good).unwrap();
            assert!(to_attribute("/a", &value).is_ok(), "{good}");
        }
    }
}
