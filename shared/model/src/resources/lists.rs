//! Lists of objects in a record, such as the chapters of a membership.

use crate::error::Problems;
use crate::field::Field;
use crate::record::Record;
use serde_json::Value;

/// The ids that the objects of `list` hold under `key`.
pub(super) fn ids_of(record: &Record, list: Field<Vec<Value>>, key: &str) -> Vec<String> {
    let items = record.get(list).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.get(key)?.as_str().map(str::to_owned))
        .collect()
}

/// Each object names something, and nothing twice. One that names nothing and was
/// stored before may stay: nobody could say what it is.
pub(super) fn check_named(
    before: Option<&Record>,
    after: &Record,
    list: Field<Vec<Value>>,
    key: &str,
    problems: &mut Problems,
) {
    let stored = before
        .and_then(|before| before.get(list))
        .unwrap_or_default();
    let items = after.get(list).unwrap_or_default();
    let id = |item: &Value| item.get(key).and_then(Value::as_str).map(str::to_owned);
    for (index, item) in items.iter().enumerate() {
        let path = format!("/{}/{index}/{key}", list.name());
        match id(item).filter(|id| !id.is_empty()) {
            None if !stored.contains(item) => problems.add(path, "is required: which it is"),
            None => {}
            Some(known)
                if items[..index]
                    .iter()
                    .any(|item| id(item).as_ref() == Some(&known)) =>
            {
                problems.add(path, "stands twice in the list");
            }
            Some(_) => {}
        }
    }
}
