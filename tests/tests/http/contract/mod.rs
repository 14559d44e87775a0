//! The API against what is documented of it: `tests/contract/*.json` holds the
//! operations and fields of the five groups as facts.

mod description;
mod fields;
mod gateway;
mod histories;
mod operations;
mod reference;

use serde_json::Value;
use std::sync::LazyLock;

/// The documented groups.
static GROUPS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    [
        include_str!("../../../contract/applications.json"),
        include_str!("../../../contract/memberships.json"),
        include_str!("../../../contract/billing-notices.json"),
        include_str!("../../../contract/billing-runs.json"),
        include_str!("../../../contract/billing-run-actions.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("a file of facts"))
    .to_vec()
});

/// What the API says of itself.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| api::document(api::OpenApi::Newer));

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
