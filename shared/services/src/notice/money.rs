//! The `money` filter.

use minijinja::{Error, ErrorKind, State, Value};
use rust_decimal::{Decimal, RoundingStrategy};

use super::context;

/// `{{ order.total | money(order.currency) }}`: an amount with the digits its
/// currency has, `$1,120.50` or `1,120.50 CHF`. An absent amount is empty.
pub(super) fn filter(
    state: &State<'_, '_>,
    value: &Value,
    currency: &Value,
) -> Result<String, Error> {
    if value.is_undefined() {
        return Ok(String::new());
    }
    let amount = context::text_of(state, value).unwrap_or_else(|| value.to_string());
    let currency = currency.as_str().unwrap_or_default();
    show(&amount, currency).map_err(|message| Error::new(ErrorKind::InvalidOperation, message))
}

fn show(amount: &str, code: &str) -> Result<String, String> {
    let digits = minor_digits(code)
        .ok_or_else(|| format!("`money` needs a currency like \"USD\", not {code:?}"))?;
    let exact = Decimal::from_str_exact(amount).or_else(|_| Decimal::from_scientific(amount));
    let exact = exact.map_err(|_| format!("`money` cannot show {amount:?}"))?;
    let rounded = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() {
        "-"
    } else {
        ""
    };
    let digits = grouped(&format!("{:.*}", digits as usize, rounded.abs()));
    Ok(match symbol(code) {
        Some(symbol) => format!("{sign}{symbol}{digits}"),
        None => format!("{sign}{digits} {code}"),
    })
}

fn grouped(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let mut text = String::with_capacity(number.len() + whole / 3);
    for (index, digit) in number.char_indices() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Digits after the decimal point, by ISO 4217; `None` for what is no code.
fn minor_digits(code: &str) -> Option<u32> {
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some(match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    })
}

fn symbol(code: &str) -> Option<&'static str> {
    match code {
        "USD" => Some("$"),
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        "JPY" => Some("¥"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        for (amount, currency, shown) in [
            ("120.50", "USD", "$120.50"),
            ("120.5", "CHF", "120.50 CHF"),
            ("0", "EUR", "€0.00"),
            ("-5", "GBP", "-£5.00"),
            ("-0.004", "USD", "$0.00"),
            ("1234567.891", "SEK", "1,234,567.89 SEK"),
            ("999", "USD", "$999.00"),
            ("1000", "JPY", "¥1,000"),
            ("1.5", "KWD", "1.500 KWD"),
            ("2.675", "USD", "$2.68"),
            ("12e2", "USD", "$1,200.00"),
            ("9007199254740993.01", "USD", "$9,007,199,254,740,993.01"),
        ] {
            assert_eq!(
                show(amount, currency).unwrap(),
                shown,
                "{amount} {currency}"
            );
        }
    }

    #[test]
    fn an_amount_is_never_shown_without_a_currency() {
        for code in ["", "usd", "US", "USDX", "U$D"] {
            assert!(
                show("1", code).unwrap_err().contains("needs a currency"),
                "{code}"
            );
        }
        assert_eq!(
            show("a lot", "USD").unwrap_err(),
            "`money` cannot show \"a lot\""
        );
    }
}
