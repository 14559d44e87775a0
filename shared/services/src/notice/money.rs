//! The `money` filter.

use minijinja::{Error, ErrorKind, State, Value};
use model::money::{Currency, Money, exact_decimal};

use super::context;

/// `{{ order.total | money(order.currency) }}`: an amount with the digits its
/// currency has, `$1,120.50` or `CHF 1,120.50`. An absent amount is empty.
pub(super) fn filter(
    state: &State<'_, '_>,
    value: &Value,
    currency: &Value,
) -> Result<String, Error> {
    if value.is_undefined() {
        return Ok(String::new());
    }
    // The text and never the float, which is not exact.
    let amount = context::text_of(state, value).unwrap_or_else(|| value.to_string());
    let currency = currency.as_str().unwrap_or_default();
    show(&amount, currency).map_err(|message| Error::new(ErrorKind::InvalidOperation, message))
}

/// Rounded half up to what the currency has.
fn show(amount: &str, code: &str) -> Result<String, String> {
    let currency: Currency = code
        .parse()
        .map_err(|_| format!("`money` needs a currency like \"USD\", not {code:?}"))?;
    let exact = exact_decimal(amount).ok_or_else(|| format!("`money` cannot show {amount:?}"))?;
    let money = Money::rounded(exact, currency).map_err(|cause| cause.to_string())?;
    Ok(money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        for (amount, currency, shown) in [
            ("120.50", "USD", "$120.50"),
            ("120.5", "CHF", "CHF 120.50"),
            ("0", "EUR", "€0.00"),
            ("-5", "GBP", "-£5.00"),
            ("-0.004", "USD", "$0.00"),
            ("1234567.891", "SEK", "SEK 1,234,567.89"),
            ("999", "USD", "$999.00"),
            ("1000", "JPY", "¥1,000"),
            ("1.5", "KWD", "KWD 1.500"),
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

    /// Libraries with locale data spell this in four ways for Swiss French alone.
    #[test]
    fn every_language_has_the_same_form() {
        assert_eq!(show("-1234.50", "CHF").unwrap(), "-CHF 1,234.50");
    }

    #[test]
    fn an_amount_is_never_shown_without_a_currency() {
        for code in ["", "usd", "US", "USDX", "U$D", "XXQ"] {
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
