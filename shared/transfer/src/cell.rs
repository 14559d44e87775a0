//! A field's value as the text of a cell, and back. One rule for each kind, so
//! that what is written is read as the same value:
//!
//! | value | cell |
//! |---|---|
//! | absent | empty |
//! | text, date, choice | as it is; the empty text is `""` |
//! | number, amount | its digits, `120.50` |
//! | yes or no | `true`, `false` |
//! | list of texts | separated by `\|`; as JSON where that would not read back |
//! | anything else | JSON |

use model::Kind;
use model::field::number;
use serde_json::Value;

/// How the empty text is told from no text.
const EMPTY: &str = "\"\"";
const SEPARATOR: char = '|';

/// The cell that reads as `value`.
pub fn write(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (
            Kind::Text { .. } | Kind::Date | Kind::Timestamp | Kind::Choice(_),
            Value::String(text),
        ) => escape(text),
        (kind, Value::Array(items)) if is_texts(kind) => {
            joined(items).unwrap_or_else(|| value.to_string())
        }
        _ => value.to_string(),
    }
}

/// The value of a cell; `None` is an empty one. What a kind cannot be comes
/// back as text, for the schema to say what it must be.
///
/// # Errors
/// What is wrong, where only JSON can stand.
pub fn read(kind: &Kind, cell: &str) -> Result<Option<Value>, &'static str> {
    if cell.is_empty() {
        return Ok(None);
    }
    // Kept as text, so that the schema names the rule and the row's other problems are told with
    // it.
    let text = || Value::String(cell.to_owned());
    Ok(Some(match kind {
        Kind::Text { .. } | Kind::Date | Kind::Timestamp | Kind::Choice(_) => {
            Value::String(unescape(cell).to_owned())
        }
        Kind::Bool if cell.eq_ignore_ascii_case("true") => Value::Bool(true),
        Kind::Bool if cell.eq_ignore_ascii_case("false") => Value::Bool(false),
        Kind::Bool => text(),
        Kind::Number { .. } | Kind::Money => match number(cell) {
            Value::Null => text(),
            number => number,
        },
        // A cell that begins so is one that `joined` has left to JSON.
        kind if is_texts(kind) && !cell.starts_with('[') => {
            cell.split(SEPARATOR).map(Value::from).collect()
        }
        _ => serde_json::from_str(cell).map_err(|_| "must be JSON")?,
    }))
}

fn is_texts(kind: &Kind) -> bool {
    matches!(kind, Kind::List { of, .. } if matches!(of, Kind::Text { .. } | Kind::Choice(_)))
}

/// The texts in one cell, unless they would not be read as the same list.
fn joined(items: &[Value]) -> Option<String> {
    let texts = items
        .iter()
        .map(Value::as_str)
        .collect::<Option<Vec<_>>>()?;
    let plain = |text: &&str| !text.is_empty() && !text.contains(SEPARATOR);
    // An empty list, an empty text and one with a separator would come back as another list.
    let sound = texts.iter().all(plain) && texts.first().is_some_and(|t| !t.starts_with('['));
    sound.then(|| texts.join("|"))
}

/// `""` stands for the empty text, so a text that is `""`, or that with
/// backslashes before it, takes one backslash more.
fn escape(text: &str) -> String {
    match text {
        "" => EMPTY.to_owned(),
        _ if text.trim_start_matches('\\') == EMPTY => format!("\\{text}"),
        _ => text.to_owned(),
    }
}

fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\\') {
        _ if cell == EMPTY => "",
        Some(rest) if rest.trim_start_matches('\\') == EMPTY => rest,
        _ => cell,
    }
}
