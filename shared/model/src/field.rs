//! One field of a record: its name, kind, rules and who may write it.

use crate::money::decimal_with_zeros;
use jiff::{Timestamp, civil::Date};
use regex_lite::Regex;
use rust_decimal::Decimal;
use serde_json::Value;
use std::{marker::PhantomData, str::FromStr, sync::OnceLock};

/// A published pattern and its compiled form.
pub struct Pattern {
    pub source: &'static str,
    /// A text that matches, where the field's name does not make one.
    pub example: Option<&'static str>,
    /// What a text that does not match is told, where the pattern does not say it.
    pub rule: Option<&'static str>,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub const fn new(source: &'static str) -> Self {
        Pattern {
            source,
            example: None,
            rule: None,
            compiled: OnceLock::new(),
        }
    }

    /// With a text that matches, for samples and documents.
    pub const fn with_example(source: &'static str, example: &'static str) -> Self {
        Pattern {
            source,
            example: Some(example),
            rule: None,
            compiled: OnceLock::new(),
        }
    }

    /// In words what it asks for.
    pub const fn saying(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    pub fn matches(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(self.source).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// What a value may be. Lengths are in characters, numbers are inclusive.
#[derive(Clone, Copy)]
pub enum Kind {
    Text {
        max: usize,
        pattern: Option<&'static Pattern>,
    },
    Bool,
    /// Any JSON number within the bounds; `whole` refuses fractions.
    Number {
        min: f64,
        max: f64,
        whole: bool,
    },
    /// An exact decimal amount; its currency stands beside it.
    Money,
    /// A calendar date in the tenant's time zone, `YYYY-MM-DD`.
    Date,
    /// A moment, RFC 3339.
    Timestamp,
    Choice(&'static [&'static str]),
    /// An object of exactly these fields.
    Object(&'static [FieldDef]),
    /// An object of any shape: its content belongs to somebody else.
    Open,
    List {
        of: &'static Kind,
        min: usize,
        max: usize,
    },
    /// Any JSON value.
    Any,
}

impl Kind {
    pub const fn is_money(&self) -> bool {
        matches!(self, Kind::Money)
    }
}

/// Longest text where the contract names no limit.
pub const TEXT_MAX: usize = 10_000;
pub const TEXT: Kind = Kind::Text {
    max: TEXT_MAX,
    pattern: None,
};
pub const TEXTS: Kind = Kind::List {
    of: &TEXT,
    min: 0,
    max: 1_000,
};
pub const OPENS: Kind = Kind::List {
    of: &Kind::Open,
    min: 0,
    max: 1_000,
};
pub const NUMBER: Kind = Kind::Number {
    min: f64::MIN,
    max: f64::MAX,
    whole: false,
};

/// When a field has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Optional,
    Required,
    /// In every record, but the server fills it in a new one that comes without.
    Filled,
    /// Only when this sibling is `true`.
    WhenTrue(&'static str),
    /// Only when this sibling has this value.
    WhenIs(&'static str, &'static str),
}

/// Who may write a field. Checked at the HTTP edge only: what a field may
/// hold is checked for every writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    Client,
    /// Set by the server; a body may repeat it but not change it, unless an
    /// admin sends it.
    Server,
    /// Set by the server: not even an admin changes it.
    ServerAlone,
    /// Maintained by the store; ignored in bodies.
    System,
    /// Accepted and acted on, never stored or returned.
    Directive,
    /// Accepted and stored, never returned.
    Secret,
}

/// A line of a schema.
#[derive(Clone, Copy)]
pub struct FieldDef {
    pub name: &'static str,
    pub kind: Kind,
    pub presence: Presence,
    pub writer: Writer,
    /// The resource (its path segment) whose id this field holds.
    pub refers_to: Option<&'static str>,
    /// The documents do not show this field; its name or type is a guess.
    pub guessed: bool,
    pub about: &'static str,
    /// A valid text, where its kind does not make one.
    pub example: Option<&'static str>,
}

/// A field whose Rust type is known, so that reading and writing it is checked
/// by the compiler.
pub struct Field<T> {
    pub def: FieldDef,
    rust_type: PhantomData<fn() -> T>,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Field<T> {}

/// A Rust type a field can hold.
pub trait FieldType: Sized {
    const KIND: Kind;
    fn from_json(value: &Value) -> Option<Self>;
    fn into_json(self) -> Value;
}

impl<T: FieldType> Field<T> {
    pub const fn new(name: &'static str) -> Self {
        Field {
            def: FieldDef::new(name, T::KIND),
            rust_type: PhantomData,
        }
    }

    pub const fn name(&self) -> &'static str {
        self.def.name
    }

    pub const fn with(def: FieldDef) -> Self {
        Field {
            def,
            rust_type: PhantomData,
        }
    }
}

impl FieldDef {
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        FieldDef {
            name,
            kind,
            presence: Presence::Optional,
            writer: Writer::Client,
            refers_to: None,
            guessed: false,
            about: "",
            example: None,
        }
    }

    pub const fn kind(self, kind: Kind) -> Self {
        FieldDef { kind, ..self }
    }

    pub const fn required(self) -> Self {
        FieldDef {
            presence: Presence::Required,
            ..self
        }
    }

    pub const fn filled(self) -> Self {
        FieldDef {
            presence: Presence::Filled,
            ..self
        }
    }

    pub const fn when_true(self, sibling: &'static str) -> Self {
        FieldDef {
            presence: Presence::WhenTrue(sibling),
            ..self
        }
    }

    pub const fn when_is(self, sibling: &'static str, value: &'static str) -> Self {
        FieldDef {
            presence: Presence::WhenIs(sibling, value),
            ..self
        }
    }

    pub const fn writer(self, writer: Writer) -> Self {
        FieldDef { writer, ..self }
    }

    pub const fn refers_to(self, resource: &'static str) -> Self {
        FieldDef {
            refers_to: Some(resource),
            ..self
        }
    }

    pub const fn guessed(self) -> Self {
        FieldDef {
            guessed: true,
            ..self
        }
    }

    pub const fn about(self, about: &'static str) -> Self {
        FieldDef { about, ..self }
    }

    /// A valid text, for samples and documents.
    pub const fn example(self, example: &'static str) -> Self {
        FieldDef {
            example: Some(example),
            ..self
        }
    }
}

macro_rules! field_type {
    ($type:ty, $kind:expr, $value:ident => $read:expr, $own:ident => $write:expr) => {
        impl FieldType for $type {
            const KIND: Kind = $kind;
            fn from_json($value: &Value) -> Option<Self> {
                $read
            }
            fn into_json(self) -> Value {
                let $own = self;
                $write
            }
        }
    };
}

field_type!(String, TEXT, v => v.as_str().map(str::to_owned), s => s.into());
field_type!(bool, Kind::Bool, v => v.as_bool(), s => s.into());
field_type!(i64, Kind::Number { min: -9e15, max: 9e15, whole: true }, v => whole(v), s => s.into());
field_type!(Decimal, Kind::Money, v => decimal(v), s => number(&s.to_string()));
field_type!(Date, Kind::Date, v => v.as_str().and_then(date), s => s.to_string().into());
field_type!(Timestamp, Kind::Timestamp, v => v.as_str().and_then(|t| t.parse().ok()), s => moment(s).into());
field_type!(Value, Kind::Any, v => Some(v.clone()), s => s);
field_type!(Vec<String>, TEXTS, v => v.as_array().map(|list| list.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect()), s => s.into());
field_type!(Vec<Value>, OPENS, v => v.as_array().cloned(), s => s.into());

/// A calendar date, written `YYYY-MM-DD` and nothing else.
pub fn date(text: &str) -> Option<Date> {
    // jiff reads other writings of ISO 8601 too, which would not sort as dates do.
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// A moment as records hold it: UTC, milliseconds, one length, so that texts
/// sort as moments do.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A JSON number without a fraction, however it is written (`2`, `2.0`, `2e0`).
pub fn whole(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        // Above 2^53, about 9.007e15, a float can't tell one whole number from the next.
        (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
    })
}

/// An exact decimal, from the number's own text.
pub fn decimal(value: &Value) -> Option<Decimal> {
    decimal_with_zeros(value.as_number()?.as_str())
}

/// A JSON number from its text; `null` if it is none.
pub fn number(text: &str) -> Value {
    serde_json::Number::from_str(text).map_or(Value::Null, Value::Number)
}
