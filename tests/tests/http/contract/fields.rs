//! Every documented field is described as it is documented.

use super::{DESCRIPTION, GROUPS, list, text};
use serde_json::{Value, json};

/// Published otherwise than documented, because as documented they are not valid
/// in every regex dialect (rules MEM-2, PLAN-13).
const PATTERNS: [(&str, &str); 2] = [
    (r"^[\w-|:]+$", r"^[\w\-|:]+$"),
    (r"^[\w|\-|#|_|:]+$", r"^[\w\-|:#]+$"),
];

/// Whole numbers where the documents have any number: their own rules say so.
const WHOLE: &str = "integer";

fn each_field(mut check: impl FnMut(&str, &Value, &Value)) {
    let mut checked = 0;
    for group in GROUPS.iter() {
        let resource = text(group, "resource");
        let schema = &DESCRIPTION["components"]["schemas"][resource];
        if schema.is_null() {
            continue;
        }
        for field in list(group, "fields") {
            let name = format!("{resource}.{}", text(field, "name"));
            let written_only = text(field, "name") == "sys_directive";
            let input = &DESCRIPTION["components"]["schemas"][format!("{resource}Input")];
            let found = find(
                if written_only { input } else { schema },
                text(field, "name"),
            );
            check(
                &name,
                field,
                found.unwrap_or_else(|| panic!("{name} is not described")),
            );
            checked += 1;
        }
    }
    assert!(checked > 300, "{checked}");
}

/// A property of a schema, or of one of those that make it up.
fn property<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    let resolved = |part: &'a Value| match part["$ref"].as_str() {
        Some(at) => DESCRIPTION
            .pointer(at.trim_start_matches('#'))
            .unwrap_or(part),
        None => part,
    };
    std::iter::once(schema)
        .chain(list(schema, "allOf").map(resolved))
        .find_map(|schema| schema["properties"].get(name))
}

/// `a.b[].c` in nested objects and lists.
fn find<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(schema, |schema, part| {
        let (name, listed) = part
            .strip_suffix("[]")
            .map_or((part, false), |name| (name, true));
        let property = property(schema, name)?;
        if listed {
            property.get("items")
        } else {
            Some(property)
        }
    })
}

/// The type, but for null: a field that may be absent may be null.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .find_map(|kind| kind.as_str().filter(|k| *k != "null"))
            .unwrap_or_default(),
        kind => kind.as_str().unwrap_or_default(),
    }
}

#[test]
fn every_documented_field_has_its_type() {
    each_field(|name, documented, described| {
        let (wanted, found) = (text(documented, "type"), kind(described));
        assert!(
            found == wanted || (found == WHOLE && wanted == "number"),
            "{name}: {wanted}, {found}"
        );
        if let Some(items) = documented["items"].as_str() {
            assert_eq!(kind(&described["items"]), items, "{name}");
        }
    });
}

#[test]
fn every_documented_format_and_choice_is_kept() {
    each_field(|name, documented, described| {
        if let Some(format @ ("date" | "date-time")) = documented["format"].as_str() {
            assert_eq!(described["format"], format, "{name}");
        }
        if let Some(choices) = documented["enum"].as_array() {
            let mut wanted = choices.clone();
            let mut found = described["enum"].as_array().cloned().unwrap_or_default();
            found.retain(|choice| !choice.is_null());
            wanted.sort_by_key(Value::to_string);
            found.sort_by_key(Value::to_string);
            assert_eq!(found, wanted, "{name}");
        }
    });
}

#[test]
fn every_documented_pattern_and_bound_is_kept() {
    each_field(|name, documented, described| {
        if let Some(pattern) = documented["pattern"].as_str() {
            let published = PATTERNS
                .iter()
                .find(|(as_documented, _)| *as_documented == pattern);
            let wanted = published.map_or(pattern, |(_, published)| published);
            assert_eq!(described["pattern"], wanted, "{name}");
        }
        for bound in ["minimum", "maximum", "minItems"] {
            if let Some(wanted) = documented[bound].as_i64() {
                // In words where it holds only while a switch is on (rule RUN-2).
                let about = text(described, "description");
                let told = bound == "minItems" && about.contains("Required, and not empty, when `");
                assert!(told || described[bound] == json!(wanted), "{name} {bound}");
            }
        }
    });
}
