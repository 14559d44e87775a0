//! Currencies by their ISO 4217 codes.

use crate::field::date;
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Code, decimals of the minor unit, first and last day as money, and what took its
/// place. Where each
/// column comes from: `infra/docs/formats.md`. Funds, metals and units of account
/// are left out: nobody is billed in them.
const TABLE: &str = include_str!("currencies.csv");

static CURRENCIES: LazyLock<Vec<Row>> =
    LazyLock::new(|| TABLE.lines().skip(1).filter_map(Row::read).collect());

/// Signs an English reader knows without doubt; every other currency shows its code.
const SYMBOLS: [(&str, &str); 16] = [
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("CNY", "CN¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("ILS", "₪"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("TWD", "NT$"),
    ("USD", "$"),
    ("VND", "₫"),
];

/// No ISO 4217 code of three capital letters that this project knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ISO 4217 currency code, such as `USD`")]
pub struct UnknownCurrency(pub String);

/// A day on which a currency is no money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInUse {
    #[error("{0} ended on {1}: use {2}, which took its place")]
    Ended(Currency, Date, &'static str),
    #[error("{0} begins on {1}")]
    NotBegun(Currency, Date),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Row {
    code: &'static str,
    digits: u8,
    first: Option<Date>,
    last: Option<Date>,
    successor: &'static str,
}

impl Row {
    fn read(line: &'static str) -> Option<Row> {
        let mut columns = line.split(',');
        let mut next = || columns.next();
        Some(Row {
            code: next()?,
            digits: next()?.parse().ok()?,
            first: date(next()?),
            last: date(next()?),
            successor: next()?,
        })
    }
}

/// A currency by its ISO 4217 code: one in use, or one that was, for what was
/// billed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(&'static Row);

impl Currency {
    /// The three-letter ISO 4217 code.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// Decimals of the minor unit: 0, 2 or 3.
    pub fn digits(self) -> u8 {
        self.0.digits
    }

    /// Whether new prices and orders may be in it on that day.
    ///
    /// # Errors
    /// Before its first day; after its last, naming its successor.
    pub fn check_in_use(self, day: Date) -> Result<(), NotInUse> {
        let Row {
            first,
            last,
            successor,
            ..
        } = self.0;
        match (first, last) {
            (_, Some(last)) if day > *last => Err(NotInUse::Ended(self, *last, successor)),
            (Some(first), _) if day < *first => Err(NotInUse::NotBegun(self, *first)),
            _ => Ok(()),
        }
    }

    /// The sign people know, such as `€`; `None` where only the code is clear.
    pub fn symbol(self) -> Option<&'static str> {
        let known = SYMBOLS.iter().find(|(code, _)| *code == self.0.code)?;
        Some(known.1)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        let known = CURRENCIES.iter().find(|row| row.code == code);
        known
            .map(Currency)
            .ok_or_else(|| UnknownCurrency(code.to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}
