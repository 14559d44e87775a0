//! Reads `expiration_options` and tells everything that is wrong with them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{
    AnniversaryExpirationOptions, CalendarExpirationOptions, ExpirationOptions, ExpirationType,
    FixedExpirationDate, ReinstatementOptions, TermLength,
};
use crate::Problem;
use crate::reader::{Fields, read};

/// Longest term of each unit, about a century. The bound is ours: it keeps every
/// computed date inside the calendar and a slip of the keyboard out of it.
pub const MAX_DAYS: u16 = 36_525;
const MAX_MONTHS: u16 = 1_200;
pub const MAX_YEARS: u16 = 100;

impl ExpirationOptions {
    /// Reads the JSON object and reports all its violations at once. What no date
    /// could be computed without is required; a number must be whole.
    pub fn parse(value: &Value) -> Result<Self, Vec<Problem>> {
        read(|problems| Self::read(value, problems))
    }

    fn read(value: &Value, problems: &mut Vec<Problem>) -> Option<Self> {
        let names = [
            "expiration_type",
            "calendar_expiration_options",
            "anniversary_expiration_options",
            "grace_period",
            "allow_reinstatement",
            "reinstatement_options",
        ];
        let mut fields = Fields::only(&names, value, "", problems)?;
        let expiration_type = ExpirationType::read(&mut fields);
        let grace_period = fields.whole("grace_period", 0..=MAX_DAYS).unwrap_or(0);
        let reinstatement_options = match fields.flag("allow_reinstatement") {
            true => Some(ReinstatementOptions::read(&mut fields)?),
            false => None,
        };
        Some(ExpirationOptions {
            // Given up only here, so that the problems of the other fields are noted too.
            expiration_type: expiration_type?,
            grace_period,
            reinstatement_options,
        })
    }
}

/// The same reading as `parse`, its problems in one message.
impl<'de> Deserialize<'de> for ExpirationOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::parse(&value).map_err(|problems| {
            let texts: Vec<_> = problems.iter().map(Problem::to_string).collect();
            D::Error::custom(texts.join("; "))
        })
    }
}

#[derive(Clone, Copy)]
enum TypeName {
    Calendar,
    Anniversary,
    Lifetime,
}

impl ExpirationType {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        fields.required("expiration_type", "")?;
        let choices = [
            ("calendar", TypeName::Calendar),
            ("anniversary", TypeName::Anniversary),
            ("lifetime", TypeName::Lifetime),
        ];
        match fields.choice("expiration_type", &choices)? {
            TypeName::Calendar => CalendarExpirationOptions::read(fields).map(Self::Calendar),
            TypeName::Anniversary => {
                AnniversaryExpirationOptions::read(fields).map(Self::Anniversary)
            }
            TypeName::Lifetime => Some(Self::Lifetime),
        }
    }
}

impl CalendarExpirationOptions {
    fn read(parent: &mut Fields<'_, '_>) -> Option<Self> {
        let name = "calendar_expiration_options";
        let value = parent.required(name, "when `expiration_type` is `calendar`")?;
        parent.nested(name, value, |value, path, problems| {
            let names = [
                "start_of_calendar_year",
                "sell_for_next_year_after",
                "number_of_years",
            ];
            let mut fields = Fields::only(&names, value, path, problems)?;
            fields.required("start_of_calendar_year", "");
            fields.required("number_of_years", "");
            let start = fields.whole("start_of_calendar_year", 1..=12);
            let sell_for_next_year_after = fields.month_day("sell_for_next_year_after");
            let years = fields.whole("number_of_years", 1..=MAX_YEARS);
            Some(CalendarExpirationOptions {
                start_of_calendar_year: i8::try_from(start?).ok()?,
                sell_for_next_year_after,
                number_of_years: years?,
            })
        })
    }
}

impl AnniversaryExpirationOptions {
    fn read(parent: &mut Fields<'_, '_>) -> Option<Self> {
        let name = "anniversary_expiration_options";
        let value = parent.required(name, "when `expiration_type` is `anniversary`")?;
        parent.nested(name, value, |value, path, problems| {
            let names = [
                "sell_for_next_month_after",
                "allow_mid_month_expirations",
                "term_length",
                "term_type",
                "enable_fixed_expiration_dates",
                "fixed_expiration_dates",
            ];
            let mut fields = Fields::only(&names, value, path, problems)?;
            let term_length = TermLength::read(&mut fields);
            let allow_mid_month_expirations = fields.flag("allow_mid_month_expirations");
            let last_day = fields.whole("sell_for_next_month_after", 1..=31);
            let fixed_expiration_dates = FixedExpirationDate::read_all(&mut fields);
            Some(AnniversaryExpirationOptions {
                term_length: term_length?,
                allow_mid_month_expirations,
                // Absent, every day of a month is before the cut-off (rule DATE-10).
                sell_for_next_month_after: i8::try_from(last_day.unwrap_or(31)).ok()?,
                fixed_expiration_dates,
            })
        })
    }
}

impl TermLength {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        fields.required("term_length", "");
        fields.required("term_type", "");
        let longest = [
            ("days", TermLength::Days(MAX_DAYS)),
            ("months", TermLength::Months(MAX_MONTHS)),
            ("years", TermLength::Years(MAX_YEARS)),
        ];
        let unit = fields.choice("term_type", &longest);
        let (TermLength::Days(most) | TermLength::Months(most) | TermLength::Years(most)) =
            // Without a unit the widest bound judges, so that a length that no unit allows is
            // noted beside it.
            unit.unwrap_or(TermLength::Days(MAX_DAYS));
        let length = fields.whole("term_length", 1..=most)?;
        Some(match unit? {
            TermLength::Days(_) => TermLength::Days(length),
            TermLength::Months(_) => TermLength::Months(length),
            TermLength::Years(_) => TermLength::Years(length),
        })
    }
}

impl FixedExpirationDate {
    fn read_all(parent: &mut Fields<'_, '_>) -> Vec<Self> {
        let name = "fixed_expiration_dates";
        if !parent.flag("enable_fixed_expiration_dates") {
            return Vec::new();
        }
        let when = "when `enable_fixed_expiration_dates` is true";
        let ranges = match parent.required(name, when) {
            Some(Value::Array(ranges)) if !ranges.is_empty() => ranges,
            Some(_) => {
                parent.note(
                    name,
                    format!("must be a list with at least one range {when}"),
                );
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let numbered = ranges.iter().enumerate();
        numbered
            .filter_map(|(at, range)| parent.nested(&format!("{name}/{at}"), range, Self::read))
            .collect()
    }

    fn read(value: &Value, path: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let names = ["range_start", "range_end", "expiration_date"];
        let mut fields = Fields::only(&names, value, path, problems)?;
        let [range_start, range_end, expiration_date] = names.map(|name| {
            fields.required(name, "");
            fields.month_day(name)
        });
        Some(FixedExpirationDate {
            range_start: range_start?,
            range_end: range_end?,
            expiration_date: expiration_date?,
        })
    }
}

impl ReinstatementOptions {
    fn read(parent: &mut Fields<'_, '_>) -> Option<Self> {
        let name = "reinstatement_options";
        let value = parent.required(name, "when `allow_reinstatement` is true")?;
        parent.nested(name, value, |value, path, problems| {
            let pricing = "give_renewal_pricing_during_reinstatement_period";
            let names = ["reinstatement_period", pricing];
            let mut fields = Fields::only(&names, value, path, problems)?;
            fields.required("reinstatement_period", "");
            let period = fields.whole("reinstatement_period", 0..=MAX_DAYS);
            Some(ReinstatementOptions {
                give_renewal_pricing_during_reinstatement_period: fields.flag(pricing),
                reinstatement_period: period?,
            })
        })
    }
}

#[cfg(test)]
mod tests;
