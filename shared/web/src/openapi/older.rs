//! The document as OpenAPI 3.0.3, for tools that read no 3.1. What cannot be
//! said there is left out: decision 26.

use serde_json::{Map, Value, json};

/// Objects whose members are named freely, so that a field called `type` or
/// `examples` is not taken for a keyword.
const NAMED: [&str; 5] = ["properties", "schemas", "responses", "headers", "paths"];

/// # What is lost
/// That answers hold no other fields (`unevaluatedProperties`), and the scopes
/// of an operation, which only other kinds of tokens may have there: they stand
/// beside it as `x-scopes`.
pub fn to_3_0(document: Value) -> Value {
    let mut older = lower(document);
    older["openapi"] = "3.0.3".into();
    // Only 3.1 names a licence by its identifier.
    if let Some(license) = older["info"]["license"].as_object_mut() {
        license.remove("identifier");
    }
    older
}

fn lower(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(lower).collect(),
        Value::Object(members) => object(members),
        plain => plain,
    }
}

fn object(members: Map<String, Value>) -> Value {
    let mut older = Map::new();
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("unevaluatedProperties", _) => {}
            ("type", Value::Array(types)) => add_type(types, &mut older),
            ("examples", Value::Array(examples)) => {
                older.extend(
                    examples
                        .into_iter()
                        .next()
                        .map(|one| ("example".into(), one)),
                );
            }
            ("security", Value::Array(security)) => add_security(&security, &mut older),
            (named, Value::Object(members)) if NAMED.contains(&named) => {
                let each = |(name, value)| (name, lower(value));
                older.insert(
                    keyword,
                    Value::Object(members.into_iter().map(each).collect()),
                );
            }
            (_, value) => {
                older.insert(keyword, lower(value));
            }
        }
    }
    Value::Object(older)
}

fn add_type(types: Vec<Value>, older: &mut Map<String, Value>) {
    let (nulls, mut others): (Vec<_>, Vec<_>) = types.into_iter().partition(|kind| kind == "null");
    older.extend(others.pop().map(|kind| ("type".into(), kind)));
    if !nulls.is_empty() {
        older.insert("nullable".into(), true.into());
    }
}

fn add_security(security: &[Value], older: &mut Map<String, Value>) {
    let scopes = security.iter().filter_map(|one| one["token"].as_array());
    let scopes: Vec<Value> = scopes.flatten().cloned().collect();
    older.insert("security".into(), json!([{ "token": [] }]));
    older.insert("x-scopes".into(), scopes.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_null_says_so_in_words_of_its_own() {
        let field = json!({ "type": ["string", "null"], "enum": ["a", null], "description": "x" });
        let older =
            json!({ "type": "string", "nullable": true, "enum": ["a", null], "description": "x" });
        assert_eq!(lower(field), older);
    }

    #[test]
    fn a_field_is_no_keyword_by_its_name() {
        let fields = json!({ "properties": { "type": { "type": "string" }, "security": { "type": "array" },
            "examples": { "type": ["array", "null"] } } });
        let older = json!({ "properties": { "type": { "type": "string" }, "security": { "type": "array" },
            "examples": { "type": "array", "nullable": true } } });
        assert_eq!(lower(fields), older);
    }

    #[test]
    fn an_example_and_its_values_stay_as_they_are() {
        let schema = json!({ "examples": [{ "type": ["a"], "value": null }] });
        assert_eq!(
            lower(schema),
            json!({ "example": { "type": ["a"], "value": null } })
        );
    }
}
