//! The merge fields, as the template engine wants them.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::{
    Error, Output, State, Value, escape_formatter,
    value::{Object, ObjectRepr},
};
use serde_json::{Map, Number, Value as Json};

/// No template can name this entry: it is no identifier.
const TEXTS: &str = "#texts";

/// The merge fields of one mail. Their roots are `membership`, `contact` or
/// `organization`, `type`, `package`, `order`, `invoice`, `billing_run`,
/// `reminder`, `tenant` (with `time_zone`) and `links` (`renew`, `pay`,
/// `portal`). A null counts as absent.
#[derive(Debug, Clone)]
pub struct Context(pub(super) Value);

impl Context {
    /// Takes over `roots`, to be rendered any number of times.
    pub fn new(roots: &Map<String, Json>) -> Self {
        Self::with(roots, [])
    }

    /// The same with roots that other mails share.
    pub fn with<'a>(
        roots: &Map<String, Json>,
        shared: impl IntoIterator<Item = (&'a str, Shared)>,
    ) -> Self {
        let mut own = HashMap::new();
        let mut entries = object(roots, &mut own);
        let mut texts = vec![Arc::new(own)];
        for (name, root) in shared {
            texts.push(root.texts);
            entries.push((name.to_owned(), root.value));
        }
        entries.push((TEXTS.to_owned(), Value::from_object(Texts(texts))));
        Self(Value::from_pairs(entries))
    }
}

/// A root as the engine wants it, made once for many mails.
#[derive(Debug, Clone)]
pub struct Shared {
    value: Value,
    texts: Arc<HashMap<u64, String>>,
}

impl Shared {
    pub fn new(root: &Json) -> Self {
        let mut texts = HashMap::new();
        let value = value(root, &mut texts);
        Self {
            value,
            texts: Arc::new(texts),
        }
    }
}

/// Fractions as they were written, by the bits of the float the engine holds: the
/// mail's own first, then those of shared roots.
///
/// The engine knows no decimals. It compares with the float, and the text is
/// what is shown and what `money` reads, so `120.50` keeps its zero and its
/// exact value.
#[derive(Debug)]
struct Texts(Vec<Arc<HashMap<u64, String>>>);

impl Object for Texts {
    fn repr(self: &std::sync::Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The text of a fraction that came from the context.
pub(super) fn text_of(state: &State<'_, '_>, value: &Value) -> Option<String> {
    if !value.is_number() || value.is_integer() {
        return None;
    }
    // The engine hands on a plain float, so the text is found again by the float's bits.
    let bits = f64::try_from(value.clone()).ok()?.to_bits();
    let texts = state.lookup(TEXTS)?;
    let all = &texts.downcast_object_ref::<Texts>()?.0;
    let written = all.iter().filter_map(|texts| texts.get(&bits));
    written.max_by_key(|text| text.len()).cloned()
}

/// Writes a value into the mail: a fraction by its text, the rest escaped.
pub(super) fn show(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    match text_of(state, value) {
        // Digits need no escaping.
        Some(text) => out.write_str(&text).map_err(Error::from),
        None => escape_formatter(out, state, value),
    }
}

fn object(fields: &Map<String, Json>, texts: &mut HashMap<u64, String>) -> Vec<(String, Value)> {
    // The engine shows a null as `none`; a missing field is empty.
    let fields = fields.iter().filter(|(_, field)| !field.is_null());
    fields
        .map(|(name, field)| (name.clone(), value(field, texts)))
        .collect()
}

fn value(json: &Json, texts: &mut HashMap<u64, String>) -> Value {
    match json {
        Json::Null => Value::UNDEFINED,
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(digits) => number(digits, texts),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(|item| value(item, texts)).collect(),
        Json::Object(fields) => Value::from_pairs(object(fields, texts)),
    }
}

fn number(number: &Number, texts: &mut HashMap<u64, String>) -> Value {
    let text = number.to_string();
    if let Ok(integer) = text.parse::<i64>() {
        return Value::from(integer);
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => {
            remember(texts, float, text);
            Value::from(float)
        }
        // Beyond what a float can hold: shown as written, and comparisons with it do not hold.
        _ => Value::from(text),
    }
}

/// Of one amount written `1.5` and `1.50`, the longer writing is shown.
fn remember(texts: &mut HashMap<u64, String>, float: f64, text: String) {
    let known = texts.entry(float.to_bits()).or_default();
    // Both have one float, so the text can't tell them apart; the longer loses no decimal.
    if known.len() < text.len() {
        *known = text;
    }
}
