//! JSON by value: `12.50`, `12.5` and `1.25e1` are one number, and an object's
//! names have no order. serde_json's `arbitrary_precision` keeps each number's
//! spelling and compares the spellings.

use serde_json::{Number, Value};

/// A number as its significant digits and the power of ten that they are
/// multiplied by: neither zeros at an end of the digits nor an empty exponent
/// make a difference. Zero has no digits and no sign.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Parts {
    /// `None` for an exponent that not even 64 bits hold.
    fn of(number: &Number) -> Option<Parts> {
        let text = number.as_str();
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole.trim_start_matches('-'), fraction].concat();
        let digits = all.trim_end_matches('0');
        let zeros = i64::try_from(all.len() - digits.len()).ok()?;
        let digits = digits.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Parts {
                is_negative: false,
                digits,
                exponent: 0,
            });
        }
        let exponent: i64 = exponent.parse().ok()?;
        let decimals = i64::try_from(fraction.len()).ok()?;
        Some(Parts {
            is_negative: mantissa.starts_with('-'),
            digits,
            exponent: exponent.checked_sub(decimals)?.checked_add(zeros)?,
        })
    }

    /// The power of ten of the first digit; that of zero is 0.
    fn magnitude(&self) -> i64 {
        let behind_first = self.digits.len().saturating_sub(1);
        self.exponent
            .saturating_add(i64::try_from(behind_first).unwrap_or(i64::MAX))
    }

    /// As people write it, and far from one with an exponent.
    fn text(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = &self.digits;
        if digits.is_empty() {
            return "0".into();
        }
        if !(-40..=40).contains(&self.magnitude()) || self.exponent < -40 {
            return format!("{sign}{digits}e{}", self.exponent);
        }
        match usize::try_from(self.exponent) {
            Ok(zeros) => format!("{sign}{digits}{}", "0".repeat(zeros)),
            Err(_) => {
                let decimals = usize::try_from(-self.exponent).unwrap_or(0);
                let padded = format!("{digits:0>width$}", width = decimals + 1);
                let (whole, fraction) = padded.split_at(padded.len() - decimals);
                format!("{sign}{whole}.{fraction}")
            }
        }
    }
}

/// How many digits a number needs, and the power of ten of the first one: 2 and
/// 1 for `12.0`, 0 and 0 for zero. `None` where the power is beyond 64 bits.
pub fn digits_and_magnitude(number: &Number) -> Option<(usize, i64)> {
    let parts = Parts::of(number)?;
    Some((parts.digits.len(), parts.magnitude()))
}

/// Whether two values mean the same: numbers by value (RFC 6902, section 4.6),
/// at any depth.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || Parts::of(left)
                    .zip(Parts::of(right))
                    .is_some_and(|(x, y)| x == y)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(x, y)| same(x, y))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, x)| right.get(name).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

/// [`same`] for values that may be missing.
pub fn same_or_absent(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        _ => a == b,
    }
}

/// The one text of all values that are the [`same`], for hashes: numbers in one
/// spelling, objects by name.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => match Parts::of(number) {
            Some(parts) => out.push_str(&parts.text()),
            None => out.push_str(number.as_str()),
        },
        Value::Array(items) => {
            let write_item = |item: &Value, out: &mut String| write(item, out);
            separated(['[', ']'], items, write_item, out);
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            let write_field = |(name, value): (&String, &Value), out: &mut String| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
            };
            separated(['{', '}'], fields, write_field, out);
        }
        plain => out.push_str(&plain.to_string()),
    }
}

fn separated<T>(
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    write: impl Fn(T, &mut String),
    out: &mut String,
) {
    out.push(open);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_are_the_same_by_value_at_any_depth() {
        let one = parse(r#"{"a":[120.50,{"b":1}]}"#);
        assert!(same(&one, &parse(r#"{"a":[1.205e2,{"b":1.0}]}"#)));
        for other in [
            r#"{"a":[120.51,{"b":1}]}"#,
            r#"{"a":[120.50]}"#,
            r#"{"a":[120.50,{"b":"1"}]}"#,
            r#"{"a":[120.50,{"c":1}]}"#,
        ] {
            assert!(!same(&one, &parse(other)), "{other}");
        }
    }

    #[test]
    fn every_spelling_of_a_number_has_one_text() {
        for (spellings, text) in [
            (&["1", "1.0", "1e0", "10E-1", "0.1e+1"][..], "1"),
            (&["100", "1e2", "100.00"], "100"),
            (&["0.1", "0.10", "1e-1"], "0.1"),
            (&["12.50", "12.5", "1.25e1"], "12.5"),
            (&["0", "-0", "0.000", "0e99", "-0.0e-7"], "0"),
            (&["-0.05", "-5e-2"], "-0.05"),
            (&["1e41", "10e40"], "1e41"),
            (&["1e-41", "0.1e-40"], "1e-41"),
            (
                &[
                    "123456789012345678901234567890.12345678",
                    "1.2345678901234567890123456789012345678e29",
                ],
                "123456789012345678901234567890.12345678",
            ),
            (&["1e99999999999999999999"], "1e+99999999999999999999"),
        ] {
            for spelling in spellings {
                assert_eq!(canonical(&parse(spelling)), text, "{spelling}");
            }
        }
        let near = "123456789012345678901234567890.12345679";
        let one = "123456789012345678901234567890.12345678";
        assert!(!same(&parse(one), &parse(near)));
    }

    #[test]
    fn a_text_is_json_and_objects_go_by_name() {
        let value = parse(r#"{"b":[1.0,null,"a\"\n"],"a\\":{"d":true,"c":[]}}"#);
        let text = r#"{"a\\":{"c":[],"d":true},"b":[1,null,"a\"\n"]}"#;
        assert_eq!(canonical(&value), text);
    }

    proptest! {
        /// What a text stands for is what it was made from, and nothing else has it.
        #[test]
        fn texts_are_the_same_where_values_are(
            a in "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
            b in "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        ) {
            let (a, b) = (parse(&a), parse(&b));
            prop_assert!(same(&a, &parse(&canonical(&a))));
            prop_assert_eq!(same(&a, &b), canonical(&a) == canonical(&b));
        }
    }
}
