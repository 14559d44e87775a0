//! A field's value as the text of a cell, and back. One rule for each kind, so
//! that what is written is read as the same value:
//!
//! | value | cell |
//! |---|---|
//! | absent | empty |
//! | text, moment, choice | as it is; the empty text is `""`; with a quote before it where a spreadsheet would run it |
//! | number, amount | its digits, `120.50`, with the tenant's decimal mark |
//! | date | `2026-01-31`, or as the tenant writes dates |
//! | none where there was a number, an amount, a date or a moment | `null` |
//! | yes or no | `true`, `false` |
//! | list of texts | separated by `\|`; as JSON where that would not read back |
//! | anything else | JSON |

use model::Kind;
use model::field::decimal;
use model::resources::csv_style::{CsvStyle, harmless, unharmed};
use serde_json::Value;

/// How the empty text is told from no text.
const EMPTY: &str = "\"\"";
const SHORTENED: &str =
    "is in powers of ten, as a spreadsheet shortens a long number: write all its digits";
/// Takes away what an empty cell does not.
const NOTHING: &str = "null";
const SEPARATOR: char = '|';

/// Whether an empty cell is no word: it may be a formula whose result was never
/// stored, and what it would take away decides what is billed.
pub fn needs_word(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Number { .. } | Kind::Money | Kind::Date | Kind::Timestamp
    )
}

/// The cell that reads as `value`.
pub fn write(kind: &Kind, value: &Value, style: CsvStyle) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (Kind::Date, Value::String(text)) => escape(&style.date(text)),
        (Kind::Text { .. } | Kind::Timestamp | Kind::Choice(_), Value::String(text)) => {
            escape(text)
        }
        (Kind::Number { .. } | Kind::Money, Value::Number(number)) => {
            style.number(&digits(value).unwrap_or_else(|| number.to_string()))
        }
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
pub fn read(kind: &Kind, cell: &str, style: CsvStyle) -> Result<Option<Value>, &'static str> {
    if cell.is_empty() {
        return Ok(None);
    }
    // Kept as text, so that the schema names the rule and the row's other problems are told with
    // it.
    let text = || Value::String(cell.to_owned());
    Ok(Some(match kind {
        kind if needs_word(kind) && cell == NOTHING => Value::Null,
        Kind::Date => Value::String(style.read_date(unescape(cell))),
        Kind::Text { .. } | Kind::Timestamp | Kind::Choice(_) => {
            Value::String(unescape(cell).to_owned())
        }
        Kind::Bool if cell.eq_ignore_ascii_case("true") => Value::Bool(true),
        Kind::Bool if cell.eq_ignore_ascii_case("false") => Value::Bool(false),
        Kind::Bool => text(),
        Kind::Number { .. } | Kind::Money => match style.read_number(cell) {
            Value::Null => text(),
            _ if cell.contains(['e', 'E']) => return Err(SHORTENED),
            number => number,
        },
        // A cell that begins so is one that `joined` has left to JSON.
        kind if is_texts(kind) && !cell.starts_with('[') => {
            cell.split(SEPARATOR).map(Value::from).collect()
        }
        _ => serde_json::from_str(cell).map_err(|_| "must be JSON")?,
    }))
}

/// All digits of a number that a spreadsheet might be given in powers of ten.
fn digits(value: &Value) -> Option<String> {
    let text = value.as_number()?.as_str();
    match text.contains(['e', 'E']) {
        true => Some(decimal(value)?.to_string()),
        false => None,
    }
}

/// Whether a text is what spreadsheets make of long numbers.
pub fn is_shortened(text: &str) -> bool {
    let Some((digits, power)) = text.split_once("E+") else {
        return false;
    };
    let of = |text: &str, allowed: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || allowed.contains(&b))
    };
    of(digits, b".,") && of(power, b"") && digits.starts_with(|c: char| c.is_ascii_digit())
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
    let first = |text: &&str| !text.starts_with('[') && harmless(text) == **text;
    let sound = texts.iter().all(plain) && texts.first().is_some_and(first);
    sound.then(|| texts.join("|"))
}

/// `""` stands for the empty text, so a text that is `""`, or that with
/// backslashes before it, takes one backslash more.
fn escape(text: &str) -> String {
    match text {
        "" => EMPTY.to_owned(),
        _ if text.trim_start_matches('\\') == EMPTY => format!("\\{text}"),
        _ => harmless(text),
    }
}

fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\\') {
        _ if cell == EMPTY => "",
        Some(rest) if rest.trim_start_matches('\\') == EMPTY => rest,
        _ => unharmed(cell),
    }
}
