//! JSON Schema of the project's own schemas: as clients write them, and as they
//! are answered.

use super::names::{SYSTEM_FIELDS, reference};
use model::Schema;
use model::field::{FieldDef, Kind, Presence, Writer};
use model::sys;
use serde_json::{Map, Value, json};

/// Whose view of a record it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

/// How a part of a record is seen.
#[derive(Clone, Copy)]
struct View<'a> {
    side: Side,
    /// When what the part needs has to be there, in words; always, if `None`. JSON
    /// Schema that generators of clients know cannot say it.
    when: Option<&'a str>,
}

impl View<'_> {
    fn of(side: Side) -> View<'static> {
        View { side, when: None }
    }
}

/// What clients may send.
pub fn input(schema: &Schema) -> Value {
    let fields: Vec<&FieldDef> = schema.fields().collect();
    let mut described = object(&fields, View::of(Side::Request));
    if let Some(example) = super::example::of(schema) {
        described["examples"] = json!([example]);
    }
    described
}

/// What is answered. With `fields` only some are, so only the id is sure.
///
/// The fields that every record has are referred to. In a body that clients send
/// they are repeated instead: generators of requests know `additionalProperties`,
/// but not yet `unevaluatedProperties`, which `allOf` needs to stay closed.
pub fn output(schema: &Schema) -> Value {
    let is_system = |title: &str| title == sys::GROUP.title;
    let own = schema.groups.iter().filter(|group| !is_system(group.title));
    let own: Vec<&FieldDef> = own.flat_map(|group| group.fields).collect();
    let mut described = object(&own, View::of(Side::Response));
    if schema.field("id").is_some() {
        // `fields` may leave out anything else.
        described["required"] = json!(["id"]);
    }
    if !schema.groups.iter().any(|group| is_system(group.title)) {
        return described;
    }
    // `additionalProperties` sees only its own schema's fields, `unevaluatedProperties`
    // those of all (JSON Schema 2020-12, core, section 11.3).
    open_up(&mut described);
    json!({ "allOf": [reference(SYSTEM_FIELDS), described], "unevaluatedProperties": false })
}

/// The fields that every record has, as they are answered.
pub fn system_fields() -> Value {
    let fields: Vec<&FieldDef> = sys::GROUP.fields.iter().collect();
    let mut described = object(&fields, View::of(Side::Response));
    open_up(&mut described);
    // With `fields` none of them may be answered.
    if let Some(object) = described.as_object_mut() {
        object.remove("required");
    }
    described
}

/// Lets a schema be one of several that describe an object.
fn open_up(described: &mut Value) {
    if let Some(object) = described.as_object_mut() {
        object.remove("additionalProperties");
    }
}

fn object(fields: &[&FieldDef], view: View<'_>) -> Value {
    let hidden = |field: &FieldDef| {
        view.side == Side::Response && matches!(field.writer, Writer::Secret | Writer::Directive)
    };
    let shown: Vec<&&FieldDef> = fields.iter().filter(|field| !hidden(field)).collect();
    let properties: Map<String, Value> = shown
        .iter()
        .map(|field| (field.name.to_owned(), property(field, view)))
        .collect();
    let required: Vec<&str> = shown
        .iter()
        .filter(|field| is_required(field, view))
        .map(|field| field.name)
        .collect();
    let mut described =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        described["required"] = json!(required);
    }
    described
}

/// The server fills its own fields; a client need not.
fn is_required(field: &FieldDef, view: View<'_>) -> bool {
    let sent = matches!(field.writer, Writer::Client | Writer::Secret);
    match field.presence {
        Presence::Required => view.when.is_none() && (view.side == Side::Response || sent),
        Presence::Filled => view.side == Side::Response,
        _ => false,
    }
}

/// When a field that is not always needed is, in words.
fn needed_when(field: &FieldDef, view: View<'_>) -> Option<String> {
    match field.presence {
        Presence::WhenTrue(switch) => Some(format!("`{switch}` is true")),
        Presence::WhenIs(choice, value) => Some(format!("`{choice}` is `{value}`")),
        Presence::Required => view.when.map(str::to_owned),
        Presence::Optional | Presence::Filled => None,
    }
}

fn property(field: &FieldDef, view: View<'_>) -> Value {
    let side = view.side;
    // Whatever a client sends for these is ignored, so nothing is asked of it.
    if side == Side::Request && field.writer == Writer::System {
        return reference("Ignored");
    }
    let needed = needed_when(field, view);
    let within = View {
        side,
        when: needed.as_deref().or(view.when),
    };
    let mut described = value(&field.kind, within);
    if !is_required(field, view) {
        allow_null(&mut described);
    }
    described["description"] = about(field, side, needed.as_deref()).into();
    let read_only = matches!(
        field.writer,
        Writer::Server | Writer::ServerAlone | Writer::System
    );
    if side == Side::Response && read_only {
        described["readOnly"] = true.into();
    }
    if matches!(field.writer, Writer::Secret | Writer::Directive) {
        described["writeOnly"] = true.into();
    }
    described
}

fn about(field: &FieldDef, side: Side, needed: Option<&str>) -> String {
    let mut parts = vec![field.about.to_owned()];
    let filled = matches!(field.kind, Kind::List { min: 1.., .. });
    parts.push(match needed {
        Some(when) if filled => format!("Required, and not empty, when {when}."),
        Some(when) => format!("Required when {when}."),
        None if field.presence == Presence::Filled && side == Side::Request => {
            "Required to replace a record.".into()
        }
        None => String::new(),
    });
    if side == Side::Request {
        parts.push(match field.writer {
            Writer::Server | Writer::ServerAlone => {
                "Set by the server: leave it out, or send it back unchanged.".into()
            }
            _ => String::new(),
        });
    }
    if let Some(resource) = field.refers_to {
        parts.push(format!("An id of `{resource}`."));
    }
    if field.kind.is_money() {
        parts.push("A decimal amount.".into());
    }
    if field.guessed {
        parts.push("*Guessed.*".into());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn value(kind: &Kind, view: View<'_>) -> Value {
    match kind {
        Kind::Text { max, pattern } => {
            let mut text = json!({ "type": "string", "maxLength": max });
            if let Some(pattern) = pattern {
                text["pattern"] = pattern.source.into();
            }
            text
        }
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Number { min, max, whole } => number(*min, *max, *whole),
        Kind::Money => json!({ "type": "number" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Timestamp => json!({ "type": "string", "format": "date-time" }),
        Kind::Choice(names) => json!({ "type": "string", "enum": names }),
        Kind::Object(fields) => object(&fields.iter().collect::<Vec<_>>(), view),
        Kind::Open => json!({ "type": "object" }),
        Kind::List { of, min, max } => {
            let mut list = json!({ "type": "array", "items": value(of, view), "maxItems": max });
            if *min > 0 && view.when.is_none() {
                list["minItems"] = json!(min);
            }
            list
        }
        Kind::Any => json!({}),
    }
}

/// Bounds that only keep a number within what JSON can tell are not rules.
fn number(min: f64, max: f64, whole: bool) -> Value {
    let mut described = json!({ "type": if whole { "integer" } else { "number" } });
    if min.abs() < 9e15 {
        described["minimum"] = json!(min as i64);
    }
    if max.abs() < 9e15 {
        described["maximum"] = json!(max as i64);
    }
    described
}

/// A field that may be absent may be null: both mean the same.
fn allow_null(described: &mut Value) {
    if let Some(kind) = described["type"].as_str() {
        described["type"] = json!([kind, "null"]);
    }
    if let Some(choices) = described.get_mut("enum").and_then(Value::as_array_mut) {
        choices.push(Value::Null);
    }
}
