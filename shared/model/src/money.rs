//! Money: whole minor units of a currency, so that an amount with more digits
//! than its currency has cannot exist. Amounts are read from the text of a
//! number and never pass through a float.

mod currency;

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

pub use currency::{Currency, NotInUse, UnknownCurrency};

/// Why an amount or a currency was refused. The caller adds the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error(transparent)]
    UnknownCurrency(#[from] UnknownCurrency),
    /// Not a decimal number, or one too long to be kept exactly.
    #[error("`{0}` is not an amount, such as `12.50`")]
    NotAnAmount(String),
    /// More decimals than the currency's minor unit has.
    #[error("`{amount}` has more decimals than {currency} has: at most {digits}")]
    TooManyDigits {
        amount: Decimal,
        currency: Currency,
        digits: u8,
    },
    /// Outside what 64 bits of minor units hold.
    #[error("the amount is too large to be kept exactly")]
    TooLarge,
    /// Nobody is charged less than nothing.
    #[error("must not be negative")]
    Negative,
    /// More than [`MAX_CHARGE`].
    #[error("is more than can be charged: at most {0}")]
    OverLimit(Money),
    /// Two currencies in one computation.
    #[error("{0} and {1} cannot be added")]
    MixedCurrencies(Currency, Currency),
}

/// Reads a decimal as written, `1e2` included. `None` for anything else, and for
/// more digits than can be kept: it is never rounded.
pub fn exact_decimal(text: &str) -> Option<Decimal> {
    decimal_with_zeros(text).map(|decimal| decimal.normalize())
}

/// The same with the zeros that it is written with: `12.50` stays that.
pub fn decimal_with_zeros(text: &str) -> Option<Decimal> {
    let digits = text.split(['e', 'E']).next()?;
    // rust_decimal reads `1_000` and `+1` as well, which are no JSON numbers.
    if !digits
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'-' | b'.'))
    {
        return None;
    }
    let plain = Decimal::from_str_exact(digits).ok()?;
    match digits.len() == text.len() {
        true => Some(plain),
        // The digits can be kept, as `plain` shows; only the point moves.
        false => Decimal::from_scientific(text).ok(),
    }
}

/// The most that one line of an order may come to, in minor units: so little
/// that a membership with as many lines as it may have can be added up.
pub const MAX_CHARGE: i64 = 1_000_000_000_000_000;

/// An amount of one currency, at most 2^63 - 1 minor units either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Nothing, in that currency.
    pub fn zero(currency: Currency) -> Self {
        Self::from_minor_units(0, currency)
    }

    /// From cents, fils or whatever the currency's smallest unit is.
    pub fn from_minor_units(minor: i64, currency: Currency) -> Self {
        Money { minor, currency }
    }

    /// The amount as it is: `TooManyDigits` instead of rounding. Trailing zeros
    /// are no digits (`100.0` is an amount of JPY).
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let amount = amount.normalize();
        let digits = currency.digits();
        // Told apart from an amount that is too large: this one can be written with fewer
        // decimals.
        let missing =
            u32::from(digits)
                .checked_sub(amount.scale())
                .ok_or(MoneyError::TooManyDigits {
                    amount,
                    currency,
                    digits,
                })?;
        let minor = amount.mantissa().checked_mul(10_i128.pow(missing));
        let minor = minor.and_then(|minor| i64::try_from(minor).ok());
        let minor = minor.ok_or(MoneyError::TooLarge)?;
        Ok(Money { minor, currency })
    }

    /// A configured price, dues, fee or discount, as it is: no discount is a
    /// negative price.
    ///
    /// # Errors
    /// Negative, finer than the currency, or more than [`MAX_CHARGE`].
    pub fn charge(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        Self::new(amount, currency)?.within_limit()
    }

    /// The price of so many; the error is as for one.
    pub fn charge_times(self, quantity: u32) -> Result<Self, MoneyError> {
        self.checked_mul(quantity)?.within_limit()
    }

    fn within_limit(self) -> Result<Self, MoneyError> {
        match self.minor {
            minor if minor < 0 => Err(MoneyError::Negative),
            minor if minor > MAX_CHARGE => Err(MoneyError::OverLimit(Money {
                minor: MAX_CHARGE,
                ..self
            })),
            _ => Ok(self),
        }
    }

    /// The amount rounded half up to the minor unit (a half goes away from zero),
    /// for the result of a computation; what people enter goes through `new`.
    pub fn rounded(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let digits = u32::from(currency.digits());
        let half_up = RoundingStrategy::MidpointAwayFromZero;
        Self::new(amount.round_dp_with_strategy(digits, half_up), currency)
    }

    /// From text such as `12.50`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let amount = exact_decimal(text).ok_or_else(|| MoneyError::NotAnAmount(text.to_owned()))?;
        Self::new(amount, currency)
    }

    /// The amount with all decimals of its currency.
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, u32::from(self.currency.digits()))
    }

    /// The amount with commas between thousands, without its currency.
    pub fn figure(self) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        format!("{sign}{}", grouped(&self.amount().abs().to_string()))
    }

    /// What it is an amount of.
    pub fn currency(self) -> Currency {
        self.currency
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// `TooLarge` or `MixedCurrencies`.
    pub fn checked_add(self, other: Money) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor);
        let minor = minor.ok_or(MoneyError::TooLarge)?;
        Ok(Money { minor, ..self })
    }

    /// So many of them; `TooLarge` when that cannot be kept.
    pub fn checked_mul(self, quantity: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity));
        let minor = minor.ok_or(MoneyError::TooLarge)?;
        Ok(Money { minor, ..self })
    }

    /// That many percent of it, rounded half up to the minor unit.
    pub fn percent(self, percent: Decimal) -> Result<Self, MoneyError> {
        let share = self.amount().checked_mul(percent);
        let share = share.and_then(|share| share.checked_div(Decimal::ONE_HUNDRED));
        Self::rounded(share.ok_or(MoneyError::TooLarge)?, self.currency)
    }

    /// The sum, zero of that currency when there is nothing to add.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Money>,
    ) -> Result<Self, MoneyError> {
        let mut amounts = amounts.into_iter();
        amounts.try_fold(Self::zero(currency), Money::checked_add)
    }
}

/// For people: `$1,234.50`, `¥500`, `CHF 20.00`, `-$5.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            f.write_str("-")?;
        }
        match self.currency.symbol() {
            Some(symbol) => f.write_str(symbol)?,
            None => write!(f, "{} ", self.currency.code())?,
        }
        f.write_str(&grouped(&self.amount().abs().to_string()))
    }
}

/// Commas between thousands of an unsigned decimal.
fn grouped(amount: &str) -> String {
    let whole = amount.split('.').next().unwrap_or(amount).len();
    let mut text = String::with_capacity(amount.len() + whole / 3);
    for (at, digit) in amount.chars().enumerate() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
