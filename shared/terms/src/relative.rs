//! The relative dates of a billing template, counted from the date its run executes.

use jiff::Span;
use jiff::civil::Date;
use model::resources::billing_template::UNITS_MAX;
use serde_json::Value;

use model::Problem;
use model::reader::{Fields, read};

/// "30 days after the end of the month": a date once the reference date is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeDate {
    pub position: Position,
    /// Without meaning when the position is `on`.
    pub number: u16,
    pub unit_of_time: UnitOfTime,
    pub relative_to: RelativeTo,
}

/// On which side of the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    After,
    Before,
    On,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitOfTime {
    Days,
    Weeks,
    Months,
    Years,
}

/// The anchor that is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelativeTo {
    ReferenceDate,
    /// First day of the period that holds the reference date.
    Beginning(Period),
    /// Its last day.
    End(Period),
}

/// Calendar periods; a week runs from Sunday to Saturday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Week,
    Month,
    Quarter,
    Year,
}

const POSITIONS: [(&str, Position); 3] = [
    ("after", Position::After),
    ("before", Position::Before),
    ("on", Position::On),
];

const UNITS: [(&str, UnitOfTime); 4] = [
    ("days", UnitOfTime::Days),
    ("weeks", UnitOfTime::Weeks),
    ("months", UnitOfTime::Months),
    ("years", UnitOfTime::Years),
];

const ANCHORS: [(&str, RelativeTo); 9] = [
    ("the reference date", RelativeTo::ReferenceDate),
    (
        "the beginning of the week",
        RelativeTo::Beginning(Period::Week),
    ),
    (
        "the beginning of the month",
        RelativeTo::Beginning(Period::Month),
    ),
    (
        "the beginning of the quarter",
        RelativeTo::Beginning(Period::Quarter),
    ),
    (
        "the beginning of the year",
        RelativeTo::Beginning(Period::Year),
    ),
    ("the end of the week", RelativeTo::End(Period::Week)),
    ("the end of the month", RelativeTo::End(Period::Month)),
    ("the end of the quarter", RelativeTo::End(Period::Quarter)),
    ("the end of the year", RelativeTo::End(Period::Year)),
];

impl RelativeDate {
    /// Reads the JSON object and reports all its violations at once; all four parts
    /// are required, the number even where `on` makes it meaningless.
    pub fn parse(value: &Value) -> Result<Self, Vec<Problem>> {
        read(|problems| Self::read(value, problems))
    }

    fn read(value: &Value, problems: &mut Vec<Problem>) -> Option<Self> {
        let names = ["position", "number", "unit_of_time", "relative_to"];
        let mut fields = Fields::only(&names, value, "", problems)?;
        for name in names {
            fields.required(name, "");
        }
        let position = fields.choice("position", &POSITIONS);
        let number = fields.whole("number", 0..=UNITS_MAX);
        let unit_of_time = fields.choice("unit_of_time", &UNITS);
        let relative_to = fields.choice("relative_to", &ANCHORS);
        Some(RelativeDate {
            position: position?,
            number: number?,
            unit_of_time: unit_of_time?,
            relative_to: relative_to?,
        })
    }

    /// The date it stands for. Months and years end on a short month's last day, and
    /// counted from the end of a month, quarter or year they end with a month again.
    pub fn resolve(&self, reference: Date) -> Date {
        let anchor = self.relative_to.anchor(reference);
        let number = i64::from(self.number);
        let date = match self.position {
            Position::On => return anchor,
            Position::Before => self.moved(anchor, -number).unwrap_or(Date::MIN),
            Position::After => self.moved(anchor, number).unwrap_or(Date::MAX),
        };
        match self.ends_with_a_month() {
            true => date.last_of_month(),
            false => date,
        }
    }

    fn moved(&self, anchor: Date, number: i64) -> Result<Date, jiff::Error> {
        let span = match self.unit_of_time {
            UnitOfTime::Days => Span::new().try_days(number),
            UnitOfTime::Weeks => Span::new().try_weeks(number),
            UnitOfTime::Months => Span::new().try_months(number),
            UnitOfTime::Years => Span::new().try_years(number),
        };
        anchor.checked_add(span?)
    }

    fn ends_with_a_month(&self) -> bool {
        let by_month = matches!(self.unit_of_time, UnitOfTime::Months | UnitOfTime::Years);
        let from_month_end = match self.relative_to {
            RelativeTo::End(period) => period != Period::Week,
            RelativeTo::Beginning(_) | RelativeTo::ReferenceDate => false,
        };
        by_month && from_month_end
    }
}

impl RelativeTo {
    fn anchor(self, reference: Date) -> Date {
        match self {
            RelativeTo::ReferenceDate => reference,
            RelativeTo::Beginning(period) => period.first_day(reference),
            RelativeTo::End(period) => period.last_day(reference),
        }
    }
}

impl Period {
    fn first_day(self, day: Date) -> Date {
        match self {
            Period::Week => day.saturating_sub(Span::new().days(days_after_sunday(day))),
            Period::Month => day.first_of_month(),
            Period::Quarter => {
                let months = Span::new().months(months_into_quarter(day));
                day.first_of_month().saturating_sub(months)
            }
            Period::Year => day.first_of_year(),
        }
    }

    fn last_day(self, day: Date) -> Date {
        match self {
            Period::Week => day.saturating_add(Span::new().days(6 - days_after_sunday(day))),
            Period::Month => day.last_of_month(),
            Period::Quarter => {
                let months = Span::new().months(2 - months_into_quarter(day));
                day.first_of_month().saturating_add(months).last_of_month()
            }
            Period::Year => day.last_of_year(),
        }
    }
}

fn days_after_sunday(day: Date) -> i8 {
    day.weekday().to_sunday_zero_offset()
}

fn months_into_quarter(day: Date) -> i8 {
    (day.month() - 1) % 3
}

#[cfg(test)]
mod tests;
