//! RFC 6902 patches: parsed, bounded, applied whole or not at all.

use crate::error::{Error, Result};
use crate::json::same;
pub use json_patch::Patch;
use json_patch::PatchOperation;
use serde_json::Value;

/// Operations in one patch.
pub const OPERATIONS_MAX: usize = 1_000;
/// Bytes of JSON a patch may grow a record to: within DynamoDB's item limit.
pub const RESULT_MAX: usize = 350_000;

/// Parses a patch body; every operation that is none is named.
pub fn parse(body: &Value) -> Result<Patch> {
    let Some(operations) = body.as_array() else {
        return Err(Error::invalid(
            "",
            "must be a JSON Patch: an array of operations (RFC 6902)",
        ));
    };
    if operations.len() > OPERATIONS_MAX {
        return Err(Error::invalid(
            "",
            format!("must have at most {OPERATIONS_MAX} operations"),
        ));
    }
    let parsed: Vec<PatchOperation> = operations
        .iter()
        .enumerate()
        .map(|(index, operation)| parse_one(index, operation))
        .collect::<Result<_>>()?;
    Ok(Patch(parsed))
}

fn parse_one(index: usize, operation: &Value) -> Result<PatchOperation> {
    let mut operation = operation.clone();
    let needs_value = matches!(
        operation.get("op").and_then(Value::as_str),
        Some("add" | "replace" | "test")
    );
    // By its own path: serde would name the operation alone.
    if needs_value && operation.get("value").is_none() {
        return Err(Error::invalid(
            format!("/{index}/value"),
            "is required for add, replace and test",
        ));
    }
    // Members that an operation does not define are ignored (RFC 6902, section 4).
    if let Some(object) = operation.as_object_mut() {
        object.retain(|name, _| matches!(name.as_str(), "op" | "path" | "from" | "value"));
    }
    check_words(index, &operation)?;
    // serde would read a number of more digits than 64 bits hold as something else, so the
    // value goes past it.
    let value = operation.get_mut("value").map(Value::take);
    let parsed = serde_json::from_value(operation)
        .map_err(|_| Error::invalid(format!("/{index}"), "is no operation of RFC 6902"))?;
    Ok(with_value(parsed, value.unwrap_or_default()))
}

/// What an operation has to say, by its place.
fn check_words(index: usize, operation: &Value) -> Result<()> {
    let refused = |rule: String| Error::invalid(format!("/{index}"), rule);
    if !operation.is_object() {
        return Err(refused("must be an object with op and path".into()));
    }
    let op = operation
        .get("op")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !OPERATIONS.contains(&op) {
        let known = OPERATIONS.join(", ");
        return Err(refused(format!("has an op that is none of: {known}")));
    }
    let from = matches!(op, "move" | "copy").then_some("from");
    for name in std::iter::once("path").chain(from) {
        let pointer = operation.get(name).and_then(Value::as_str);
        if !pointer.is_some_and(|text| text.is_empty() || text.starts_with('/')) {
            let rule = format!("needs a {name} that is a JSON Pointer, as in /name");
            return Err(refused(rule));
        }
    }
    Ok(())
}

const OPERATIONS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

fn with_value(mut operation: PatchOperation, value: Value) -> PatchOperation {
    match &mut operation {
        PatchOperation::Add(add) => add.value = value,
        PatchOperation::Replace(replace) => replace.value = value,
        PatchOperation::Test(test) => test.value = value,
        PatchOperation::Remove(_) | PatchOperation::Move(_) | PatchOperation::Copy(_) => {}
    }
    operation
}

/// Applies `patch` to `document`. On any failure nothing has changed and the
/// operation is named. Growth is bounded after every operation, so doubling
/// copies are stopped long before memory is.
pub fn apply(document: &mut Value, patch: &Patch) -> Result<()> {
    let mut after = document.clone();
    let mut size = size_of(&after);
    for (index, operation) in patch.0.iter().enumerate() {
        // What is removed is not subtracted: an upper bound is enough, and measuring anew costs
        // as much as the operation.
        size += growth(&after, operation);
        if size > RESULT_MAX {
            return Err(Error::invalid(
                format!("/{index}"),
                format!("makes the record larger than {RESULT_MAX} bytes"),
            ));
        }
        apply_one(&mut after, operation)
            .map_err(|rule| Error::invalid(format!("/{index}"), rule))?;
    }
    *document = after;
    Ok(())
}

/// A test is made here: the library compares numbers by their spelling.
fn apply_one(document: &mut Value, operation: &PatchOperation) -> std::result::Result<(), String> {
    if let PatchOperation::Test(test) = operation {
        let found = document.pointer(test.path.as_str());
        return match found.is_some_and(|found| same(found, &test.value)) {
            true => Ok(()),
            false => Err(format!("test failed: {} has another value", test.path)),
        };
    }
    json_patch::patch(document, std::slice::from_ref(operation))
        .map_err(|cause| format!("{} cannot be applied: {}", operation.path(), cause.kind))
}

/// The most an operation can add, known before it is carried out.
fn growth(document: &Value, operation: &PatchOperation) -> usize {
    match operation {
        PatchOperation::Add(add) => size_of(&add.value),
        PatchOperation::Replace(replace) => size_of(&replace.value),
        PatchOperation::Copy(copy) => document.pointer(copy.from.as_str()).map_or(0, size_of),
        _ => 0,
    }
}

/// Bytes as JSON text, about, without building it.
pub fn size_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| size_of(item) + 1).sum::<usize>(),
        Value::Object(fields) => {
            2 + fields
                .iter()
                .map(|(name, value)| name.len() + 4 + size_of(value))
                .sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(document: Value, patch: Value) -> Result<Value> {
        let mut document = document;
        apply(&mut document, &parse(&patch)?)?;
        Ok(document)
    }

    #[test]
    fn a_failed_test_changes_nothing_and_is_named() {
        let mut document = json!({"a": 1});
        let patch = parse(
            &json!([{"op":"replace","path":"/a","value":2},{"op":"test","path":"/a","value":1}]),
        )
        .unwrap();
        let error = apply(&mut document, &patch).unwrap_err();
        assert_eq!(
            error,
            Error::invalid("/1", "test failed: /a has another value")
        );
        assert_eq!(document, json!({"a": 1}));
    }

    #[test]
    fn what_is_not_a_patch_is_refused_by_place() {
        assert!(parse(&json!({"op":"add"})).is_err());
        for (bad, place) in [
            (json!([{"op":"add","path":"/a"}]), "/0/value"),
            (
                json!([{"op":"test","path":"/a","value":null},{"op":"fly","path":"/a"}]),
                "/1",
            ),
            (json!([{"op":"remove"}]), "/0"),
            (json!([{"op":"remove","path":"name"}]), "/0"),
            (json!([{"op":"add","path":7,"value":1}]), "/0"),
            (json!([{"op":"copy","path":"/a"}]), "/0"),
            (json!([{"path":"/a"}]), "/0"),
            (json!([7]), "/0"),
        ] {
            let Err(Error::Invalid(problems)) = parse(&bad) else {
                panic!("{bad} was taken")
            };
            assert_eq!(problems[0].path, place);
        }
    }

    #[test]
    fn a_test_compares_numbers_by_value_at_every_depth() {
        let parse_json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let stored = parse_json(r#"{"a":12.5,"b":{"c":[100,{"d":0.1}]},"e":1}"#);
        for (path, value, holds) in [
            ("/a", "12.50", true),
            ("/e", "1.0", true),
            ("/b/c/0", "1e2", true),
            ("/b", r#"{"c":[1.0e2,{"d":0.10}]}"#, true),
            (
                "",
                r#"{"e":1.0,"b":{"c":[100,{"d":1e-1}]},"a":12.50}"#,
                true,
            ),
            ("/a", "12.51", false),
            ("/e", "\"1\"", false),
            ("/e", "true", false),
            ("/f", "null", false),
        ] {
            let test = json!([{ "op": "test", "path": path, "value": parse_json(value) }]);
            assert_eq!(
                patched(stored.clone(), test).is_ok(),
                holds,
                "{path} {value}"
            );
        }
    }

    #[test]
    fn any_json_may_be_a_value_and_unknown_members_are_ignored() {
        let patch = r#"[{"op":"add","path":"/a","value":{"b":[1.50,null]},"note":"x"}]"#;
        let after = patched(json!({}), serde_json::from_str(patch).unwrap()).unwrap();
        assert_eq!(after.to_string(), r#"{"a":{"b":[1.50,null]}}"#);
    }

    #[test]
    fn numbers_of_any_length_come_as_they_are() {
        for number in [
            "-12345678901234567890",
            "123456789012345678901234567890",
            "1e400",
        ] {
            let patch = format!(
                r#"[{{"op":"add","path":"/a","value":{number}}},{{"op":"test","path":"/a","value":{number}}}]"#
            );
            let after = patched(json!({}), serde_json::from_str(&patch).unwrap()).unwrap();
            assert_eq!(after["a"], serde_json::from_str::<Value>(number).unwrap());
        }
    }

    #[test]
    fn doubling_copies_are_stopped_before_memory_is() {
        let mut operations = vec![json!({"op":"add","path":"/a","value":["x".repeat(100)]})];
        operations.extend((0..30).map(|_| json!({"op":"copy","from":"/a","path":"/a/-"})));
        let error = patched(json!({}), Value::Array(operations)).unwrap_err();
        assert!(error.to_string().contains("larger than"), "{error}");
    }
}
