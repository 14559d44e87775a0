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

/// Each id stands once.
pub(super) fn check_distinct(
    after: &Record,
    list: Field<Vec<Value>>,
    key: &str,
    problems: &mut Problems,
) {
    let ids = ids_of(after, list, key);
    for (index, id) in ids.iter().enumerate() {
        if ids[..index].contains(id) {
            problems.add(
                format!("/{}/{index}/{key}", list.name()),
                "stands twice in the list",
            );
        }
    }
}
