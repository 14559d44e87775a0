//! An example of what a client sends: every field that is required, under any
//! condition, and the plain ones, so that it is accepted but short.

use model::Schema;
use model::field::{FieldDef, Kind, Presence, Writer};
use serde_json::{Map, Value};

/// `None` for a schema with nothing a client must send.
pub fn of(schema: &Schema) -> Option<Value> {
    let sample = schema.sample();
    let shown: Map<String, Value> = schema
        .fields()
        .filter(|field| is_shown(field))
        .filter_map(|field| Some((field.name.to_owned(), sample.raw(field.name)?.clone())))
        .collect();
    (!shown.is_empty()).then_some(Value::Object(shown))
}

fn is_shown(field: &FieldDef) -> bool {
    let plain = matches!(
        field.kind,
        Kind::Text { .. } | Kind::Bool | Kind::Choice(_) | Kind::Date | Kind::Money
    );
    let own = field.writer == Writer::Client && !field.name.starts_with("sys_");
    let required = field.presence == Presence::Required;
    let conditional = field.presence != Presence::Optional;
    own && (required || (!field.guessed && (plain || conditional)))
}
