//! Answers: what of a record is shown, and which part was asked for.

use model::field::{FieldDef, Kind, Writer};
use model::{Record, Schema};
use serde_json::{Map, Value};

/// A record as a client may see it: no internal fields, no secrets.
pub fn visible(schema: &Schema, record: &Record) -> Map<String, Value> {
    let mut fields = record.without_internal();
    let known: Vec<FieldDef> = schema.fields().copied().collect();
    hide(&known, &mut fields);
    fields
}

fn hide(known: &[FieldDef], fields: &mut Map<String, Value>) {
    for field in known {
        if matches!(field.writer, Writer::Secret | Writer::Directive) {
            fields.remove(field.name);
        } else if let (Kind::Object(inner), Some(Value::Object(object))) =
            (field.kind, fields.get_mut(field.name))
        {
            hide(inner, object);
        }
    }
}

/// Only the comma-separated `names` (dotted paths allowed) and `id`; unknown
/// names are ignored; no names, everything.
pub fn select(fields: Map<String, Value>, names: Option<&str>) -> Value {
    let Some(names) = names.filter(|names| !names.trim().is_empty()) else {
        return Value::Object(fields);
    };
    let mut selected = Map::new();
    for path in std::iter::once("id").chain(names.split(',').map(str::trim)) {
        pick(&fields, path, &mut selected);
    }
    Value::Object(selected)
}

fn pick(from: &Map<String, Value>, path: &str, into: &mut Map<String, Value>) {
    let (name, rest) = path
        .split_once('.')
        .map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (from.get(name), rest) {
        (Some(value), None) => {
            into.insert(name.to_owned(), value.clone());
        }
        (Some(Value::Object(inner)), Some(rest)) => {
            let target = into
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(target) = target {
                pick(inner, rest, target);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn selects_names_and_paths_and_always_the_id() {
        let record = json!({"id":"1","name":"n","email":{"subject":"s","body":"b"},"x":1});
        let select =
            |names: Option<&str>| super::select(record.as_object().unwrap().clone(), names);
        assert_eq!(select(Some("name, nothing")), json!({"id":"1","name":"n"}));
        assert_eq!(
            select(Some("email.subject,x.y")),
            json!({"id":"1","email":{"subject":"s"}})
        );
        assert_eq!(select(Some(" ")), record);
        assert_eq!(select(None), record);
    }
}
