//! What the document's components are called.

use model::Schema;
use serde_json::{Value, json};

/// The fields that every record has.
pub const SYSTEM_FIELDS: &str = "SystemFields";

/// A record as clients write it has a schema of its own: what the server owns
/// is not required of them.
pub fn input_name(schema: &Schema) -> String {
    format!("{}Input", schema.title)
}

pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
