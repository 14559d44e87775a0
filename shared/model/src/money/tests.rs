use super::{Currency, Money, MoneyError, UnknownCurrency, exact_decimal};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn money(text: &str, code: &str) -> Money {
    Money::parse(text, currency(code)).unwrap()
}

#[test]
fn a_currency_has_the_digits_of_iso_4217() {
    for (code, digits) in [
        ("JPY", 0),
        ("KRW", 0),
        ("VND", 0),
        ("CLP", 0),
        ("ISK", 0),
        ("XAF", 0),
        ("USD", 2),
        ("EUR", 2),
        ("CHF", 2),
        ("HUF", 2),
        ("ZWG", 2),
        ("BHD", 3),
        ("KWD", 3),
        ("OMR", 3),
        ("JOD", 3),
        ("TND", 3),
    ] {
        assert_eq!(currency(code).digits(), digits, "{code}");
        assert_eq!(currency(code).code(), code);
    }
}

#[test]
fn a_code_that_is_none_is_refused_and_named() {
    for code in [
        "", "US", "usd", "XXX", "XAU", "DEM", "USD ", "USD EUR", "AED AFN",
    ] {
        let error = code.parse::<Currency>().unwrap_err();
        assert_eq!(error, UnknownCurrency(code.to_owned()));
        assert!(error.to_string().contains(&format!("`{code}`")));
    }
}

/// `.ci/currencies` compares the table with another one.
#[test]
fn every_line_of_the_table_is_read_and_every_successor_is_in_it() {
    let lines: Vec<&str> = include_str!("currencies.csv").lines().skip(1).collect();
    assert!(lines.is_sorted(), "by code");
    for line in lines {
        let columns: Vec<&str> = line.split(',').collect();
        let read = currency(columns[0]);
        assert_eq!(read.digits().to_string(), columns[1], "{line}");
        assert_eq!(columns[3].is_empty(), columns[4].is_empty(), "{line}");
        if !columns[4].is_empty() {
            assert_ne!(currency(columns[4]), read);
        }
    }
}

#[test]
fn a_currency_that_has_ended_names_its_successor_and_is_still_an_amounts() {
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    for (code, last, successor) in [
        ("ANG", "2025-06-30", "XCG"),
        ("BGN", "2025-12-31", "EUR"),
        ("CUC", "2021-06-30", "CUP"),
        ("HRK", "2022-12-31", "EUR"),
        ("SLL", "2023-12-31", "SLE"),
        ("ZWL", "2024-08-31", "ZWG"),
    ] {
        let ended = currency(code);
        assert_eq!(ended.check_in_use(day(last)), Ok(()));
        let why = ended.check_in_use(day("2026-11-01")).unwrap_err();
        let expected = format!("{code} ended on {last}: use {successor}, which took its place");
        assert_eq!(why.to_string(), expected);
        assert_eq!(currency(successor).check_in_use(day("2026-11-01")), Ok(()));
        assert_eq!(money("12.5", code).to_string(), format!("{code} 12.50"));
    }
    let early = currency("XCG").check_in_use(day("2025-03-30")).unwrap_err();
    assert_eq!(early.to_string(), "XCG begins on 2025-03-31");
}

#[test]
fn an_amount_is_read_from_its_text() {
    for (text, code, minor) in [
        ("12.50", "USD", 1_250),
        ("12.5", "USD", 1_250),
        ("12.5000", "USD", 1_250),
        ("0", "USD", 0),
        ("-0.00", "USD", 0),
        ("-3", "USD", -300),
        ("1e2", "USD", 10_000),
        ("1.25E+1", "USD", 1_250),
        ("1250e-2", "USD", 1_250),
        ("100.0", "JPY", 100),
        ("0.001", "KWD", 1),
        ("9007199254740993.01", "USD", 900_719_925_474_099_301),
        ("92233720368547758.07", "USD", i64::MAX),
    ] {
        assert_eq!(money(text, code).minor, minor, "{text} {code}");
    }
}

#[test]
fn an_amount_finer_than_its_currency_is_refused() {
    let error = Money::parse("12.345", currency("USD")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`12.345` has more decimals than USD has: at most 2"
    );
    for (text, code) in [
        ("0.5", "JPY"),
        ("1.0001", "BHD"),
        ("12.499999999999998", "EUR"),
    ] {
        let error = Money::parse(text, currency(code)).unwrap_err();
        assert!(matches!(error, MoneyError::TooManyDigits { .. }), "{text}");
    }
}

#[test]
fn what_is_no_amount_is_refused() {
    let usd = currency("USD");
    for text in [
        "", " ", "abc", "1_000", "1,5", "$5", " 5", "--5", "1e", "e5", "NaN", "1.2.3",
    ] {
        let error = Money::parse(text, usd).unwrap_err();
        assert_eq!(error, MoneyError::NotAnAmount(text.to_owned()), "{text}");
    }
    for text in [
        "1e999999999999",
        "0.10000000000000000555111512312578270211815",
    ] {
        assert!(Money::parse(text, usd).is_err(), "{text}");
    }
    assert_eq!(
        Money::parse("92233720368547758.08", usd),
        Err(MoneyError::TooLarge)
    );
}

#[test]
fn a_half_is_rounded_up() {
    for (text, code, minor) in [
        ("0.005", "USD", 1),
        ("0.0049", "USD", 0),
        ("2.675", "USD", 268),
        ("-0.005", "USD", -1),
        ("0.5", "JPY", 1),
        ("1.0005", "KWD", 1_001),
    ] {
        let amount = exact_decimal(text).unwrap();
        let rounded = Money::rounded(amount, currency(code)).unwrap();
        assert_eq!(rounded.minor, minor, "{text} {code}");
    }
}

#[test]
fn too_much_is_an_error_and_no_panic() {
    let most = Money::from_minor_units(i64::MAX, currency("USD"));
    assert_eq!(
        most.checked_add(money("0.01", "USD")),
        Err(MoneyError::TooLarge)
    );
    assert_eq!(most.checked_mul(2), Err(MoneyError::TooLarge));
    assert_eq!(most.percent(Decimal::MAX), Err(MoneyError::TooLarge));
    assert_eq!(most.percent(Decimal::from(101)), Err(MoneyError::TooLarge));
    assert_eq!(most.percent(Decimal::ONE_HUNDRED), Ok(most));
    assert_eq!(
        Money::new(Decimal::MAX, currency("KWD")),
        Err(MoneyError::TooLarge)
    );
}

#[test]
fn currencies_do_not_mix() {
    let error = money("1", "USD")
        .checked_add(money("1", "EUR"))
        .unwrap_err();
    assert_eq!(error.to_string(), "USD and EUR cannot be added");
    assert!(Money::sum(currency("USD"), [money("1", "EUR")]).is_err());
}

#[test]
fn people_see_sign_and_thousands() {
    for (text, code, shown) in [
        ("1234.5", "USD", "$1,234.50"),
        ("-5", "USD", "-$5.00"),
        ("0", "EUR", "€0.00"),
        ("1234567", "JPY", "¥1,234,567"),
        ("999", "JPY", "¥999"),
        ("20", "CHF", "CHF 20.00"),
        ("1000", "KWD", "KWD 1,000.000"),
        ("100000.05", "GBP", "£100,000.05"),
    ] {
        assert_eq!(money(text, code).to_string(), shown);
    }
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["USD", "EUR", "JPY", "KWD"]).prop_map(currency)
}

proptest! {
    #[test]
    fn an_amount_comes_back_as_the_same_money(minor: i64, currency in any_currency()) {
        let money = Money::from_minor_units(minor, currency);
        prop_assert_eq!(Money::new(money.amount(), currency), Ok(money));
    }

    #[test]
    fn rounding_moves_by_at_most_half_a_minor_unit(
        mantissa in -1_000_000_000_i64..1_000_000_000,
        scale in 0_u32..8,
        currency in any_currency(),
    ) {
        let exact = Decimal::new(mantissa, scale);
        let rounded = Money::rounded(exact, currency).unwrap();
        let half = Decimal::new(5, u32::from(currency.digits()) + 1);
        prop_assert!((rounded.amount() - exact).abs() <= half);
    }

    #[test]
    fn any_text_is_an_answer(text in ".{0,40}", currency in any_currency()) {
        let _ = Money::parse(&text, currency);
    }

    #[test]
    fn number_like_text_is_read_exactly_or_refused(text in "-?[0-9]{1,32}(\\.[0-9]{1,32})?") {
        if let Some(value) = exact_decimal(&text) {
            prop_assert_eq!(value, text.parse::<Decimal>().unwrap());
            prop_assert!(value.to_string().len() <= text.len());
        }
    }
}
