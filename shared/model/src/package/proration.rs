//! A package's `dues_proration`: how much of the full dues each month's buyers pay.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::Problem;
use crate::reader::{Fields, read};

/// The months' fields, January first.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Percentages of the full dues by the month of purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuesProration {
    pub applies_to: AppliesTo,
    /// January first; 100 is the full price, 0 is free, more than 100 pays for a
    /// term longer than usual.
    pub percentages: [Decimal; 12],
}

/// Whose dues are prorated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppliesTo {
    NewMembers,
    RenewingMembers,
    All,
}

const APPLIES_TO: [(&str, AppliesTo); 3] = [
    ("new members", AppliesTo::NewMembers),
    ("renewing members", AppliesTo::RenewingMembers),
    ("all", AppliesTo::All),
];

impl DuesProration {
    /// Reads the JSON object and reports all its violations at once. A month that is
    /// absent counts 100; a percentage is from 0 to 1000.
    pub fn parse(value: &Value) -> Result<Self, Vec<Problem>> {
        read(|problems| Self::read(value, problems))
    }

    fn read(value: &Value, problems: &mut Vec<Problem>) -> Option<Self> {
        let names = [&["applies_to"], &MONTHS[..]].concat();
        let mut fields = Fields::only(&names, value, "", problems)?;
        fields.required("applies_to", "");
        let applies_to = fields.choice("applies_to", &APPLIES_TO);
        let percentages = MONTHS.map(|month| {
            let percent = fields.decimal(month, Decimal::ZERO..=Decimal::ONE_THOUSAND);
            percent.unwrap_or(Decimal::ONE_HUNDRED)
        });
        Some(DuesProration {
            applies_to: applies_to?,
            percentages,
        })
    }

    /// Percent of the full dues for a purchase on that day.
    pub fn percent(&self, purchase: Date) -> Decimal {
        let months = (1..).zip(self.percentages);
        let mut of_month = months.filter(|(month, _)| *month == purchase.month());
        of_month
            .next()
            .map_or(Decimal::ONE_HUNDRED, |(_, percent)| percent)
    }
}
