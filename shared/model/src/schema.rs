//! A resource's fields in titled groups, and the check of a body against them.

use crate::error::Problems;
use crate::field::{FieldDef, Kind, Presence, decimal, whole};
use crate::record::Record;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub struct Group {
    pub title: &'static str,
    pub fields: &'static [FieldDef],
}

/// Every field of a resource, a line each.
pub struct Schema {
    /// The contract's name of one record, as in `BillingRun`.
    pub title: &'static str,
    pub groups: &'static [Group],
}

impl Schema {
    pub fn fields(&self) -> impl Iterator<Item = &'static FieldDef> {
        self.groups.iter().flat_map(|group| group.fields)
    }

    pub fn field(&self, name: &str) -> Option<&'static FieldDef> {
        self.fields().find(|field| field.name == name)
    }

    /// Adds every violation in `record`: unknown fields, wrong kinds, missing
    /// fields. The server's own fields are not its business.
    pub fn check(&self, record: &Record, problems: &mut Problems) {
        self.check_place(record, true, problems);
    }

    /// The same but for what is missing: it may still be filled in.
    pub fn check_kinds(&self, record: &Record, problems: &mut Problems) {
        self.check_place(record, false, problems);
    }

    fn check_place(&self, record: &Record, whole: bool, problems: &mut Problems) {
        let known: Vec<&FieldDef> = self.fields().collect();
        let visible = record
            .fields()
            .iter()
            .filter(|(name, _)| !Record::is_internal(name));
        let place = Place {
            at: "",
            title: self.title,
            whole,
        };
        check_object(&known, visible, record.fields(), place, problems);
    }

    /// A record with a valid value in every field, for tests and documents.
    pub fn sample(&self) -> Record {
        Record::new(
            self.fields()
                .map(|field| (field.name.to_owned(), field.sample()))
                .collect(),
        )
    }
}

impl FieldDef {
    /// A valid value.
    pub fn sample(&self) -> Value {
        match self.example {
            Some(example) => example.into(),
            None => sample_of(&self.kind, self.name),
        }
    }
}

/// Where an object stands, and what is asked of it.
#[derive(Clone, Copy)]
struct Place<'a> {
    at: &'a str,
    title: &'a str,
    /// Whether what it needs has to be there: nothing need be in the options of a
    /// switch that is off.
    whole: bool,
}

fn check_object<'a>(
    known: &[&FieldDef],
    visible: impl Iterator<Item = (&'a String, &'a Value)>,
    values: &Map<String, Value>,
    place: Place<'_>,
    problems: &mut Problems,
) {
    for (name, value) in visible {
        let path = format!("{}/{}", place.at, escape(name));
        match known.iter().find(|field| field.name == name) {
            None => problems.add(path, format!("is not a field of {}", place.title)),
            Some(_) if value.is_null() => {}
            Some(field) => {
                let whole = place.whole && field.is_in_use(values);
                check_value(&field.kind, value, &path, whole, problems);
            }
        }
    }
    if place.whole {
        check_presence(known, values, place.at, problems);
    }
}

impl FieldDef {
    /// Whether the switch that the field belongs to is on, by the values beside it;
    /// most belong to none.
    fn is_in_use(&self, siblings: &Map<String, Value>) -> bool {
        let text = |name: &str| siblings.get(name).and_then(Value::as_str);
        match self.presence {
            Presence::Optional | Presence::Required | Presence::Filled => true,
            Presence::WhenTrue(switch) => siblings.get(switch) == Some(&Value::Bool(true)),
            Presence::WhenIs(choice, value) => text(choice) == Some(value),
        }
    }
}

fn check_presence(
    known: &[&FieldDef],
    values: &Map<String, Value>,
    at: &str,
    problems: &mut Problems,
) {
    let present = |name: &str| values.get(name).is_some_and(|value| !value.is_null());
    let missing = known.iter().filter(|field| !present(field.name));
    for field in missing.filter(|field| field.is_in_use(values)) {
        let path = format!("{at}/{}", field.name);
        match field.presence {
            Presence::Optional => {}
            Presence::Required | Presence::Filled => problems.add(path, "is required"),
            Presence::WhenTrue(other) => {
                problems.add(path, format!("is required when {other} is true"));
            }
            Presence::WhenIs(other, value) => {
                problems.add(path, format!("is required when {other} is {value}"));
            }
        }
    }
}

fn check_value(kind: &Kind, value: &Value, path: &str, whole: bool, problems: &mut Problems) {
    match kind {
        Kind::Object(fields) => match value.as_object() {
            Some(object) => {
                let known: Vec<&FieldDef> = fields.iter().collect();
                let place = Place {
                    at: path,
                    title: "this object",
                    whole,
                };
                check_object(&known, object.iter(), object, place, problems);
            }
            None => problems.add(path, "must be an object"),
        },
        Kind::List { of, min, max } => match value.as_array() {
            Some(items) => {
                if items.len() < *min && whole {
                    problems.add(path, format!("must have at least {min} item(s)"));
                }
                if items.len() > *max {
                    problems.add(path, format!("must have at most {max} items"));
                }
                // Those beyond are too many already, and a body of a million of them would be as
                // many problems.
                for (index, item) in items.iter().enumerate().take(*max) {
                    check_value(of, item, &format!("{path}/{index}"), whole, problems);
                }
            }
            None => problems.add(path, "must be an array"),
        },
        scalar => {
            if let Some(rule) = broken_rule(scalar, value) {
                problems.add(path, rule);
            }
        }
    }
}

/// The rule that a scalar breaks, if any.
fn broken_rule(kind: &Kind, value: &Value) -> Option<String> {
    match kind {
        Kind::Text { max, pattern } => match value.as_str() {
            None => Some("must be a string".into()),
            Some(text) if text.chars().count() > *max => {
                Some(format!("must have at most {max} characters"))
            }
            Some(text) => pattern
                .filter(|pattern| !pattern.matches(text))
                .map(|pattern| match pattern.rule {
                    Some(rule) => rule.to_owned(),
                    None => format!("must match {}", pattern.source),
                }),
        },
        Kind::Bool => (!value.is_boolean()).then(|| "must be true or false".into()),
        Kind::Number {
            min,
            max,
            whole: must_be_whole,
        } => broken_number(value, *min, *max, *must_be_whole),
        Kind::Money => match decimal(value) {
            None => Some("must be a decimal number".into()),
            Some(amount) => {
                // More than any currency has. The decimals of the tenant's own are held by
                // `amounts`, which knows it.
                (amount.scale() > 4).then(|| "must have at most 4 decimal places".into())
            }
        },
        Kind::Date => value
            .as_str()
            .and_then(crate::field::date)
            .is_none()
            .then(|| "must be a date, YYYY-MM-DD".into()),
        Kind::Timestamp => value
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
            .is_none()
            .then(|| "must be a date and time with an offset, as in 2026-01-31T12:00:00Z".into()),
        Kind::Choice(names) => value
            .as_str()
            .is_none_or(|text| !names.contains(&text))
            .then(|| format!("must be one of: {}", names.join(", "))),
        Kind::Open => (!value.is_object()).then(|| "must be an object".into()),
        Kind::Any | Kind::Object(_) | Kind::List { .. } => None,
    }
}

fn broken_number(value: &Value, min: f64, max: f64, must_be_whole: bool) -> Option<String> {
    let Some(number) = value.as_f64() else {
        return Some("must be a number".into());
    };
    if must_be_whole && whole(value).is_none() {
        return Some("must be a whole number".into());
    }
    if number < min || number > max {
        return Some(format!("must be a number from {min} to {max}"));
    }
    None
}

fn sample_of(kind: &Kind, name: &str) -> Value {
    match kind {
        Kind::Text { pattern, .. } => match pattern.and_then(|pattern| pattern.example) {
            Some(example) => example.into(),
            None => format!("{}-1", name.replace('_', "-")).into(),
        },
        Kind::Bool => true.into(),
        Kind::Number { min, .. } => (min.max(1.0) as i64).into(),
        Kind::Money => crate::field::number("12.50"),
        Kind::Date => "2026-01-31".into(),
        Kind::Timestamp => "2026-01-31T12:00:00.000Z".into(),
        Kind::Choice(names) => names.first().copied().unwrap_or_default().into(),
        Kind::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|field| (field.name.to_owned(), field.sample()))
                .collect(),
        ),
        Kind::Open | Kind::Any => json!({}),
        Kind::List { of, .. } => json!([sample_of(of, name)]),
    }
}

/// A name as it stands in a JSON pointer (RFC 6901).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
