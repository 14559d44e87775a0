//! What the bodies of this function have in common.

use model::error::Problems;
use model::field::{Kind, Pattern};
use model::{Record, Result, Schema};
use serde_json::{Map, Value};

static ID_PATTERN: Pattern = Pattern::new(r"^[\w|-]+$");

/// The caller's own id of a payment, a reversal or a refund.
pub const PAYMENT_ID: Kind = Kind::Text {
    max: 200,
    pattern: Some(&ID_PATTERN),
};

/// A body of exactly these fields.
pub fn checked(schema: &Schema, body: Map<String, Value>) -> Result<Record> {
    let record = Record::new(body);
    let mut problems = Problems::default();
    schema.check(&record, &mut problems);
    let internal = record.fields().keys();
    for name in internal.filter(|name| Record::is_internal(name)) {
        let rule = format!("is not a field of {}", schema.title);
        problems.add(format!("/{name}"), rule);
    }
    problems.into_result()?;
    Ok(record)
}
