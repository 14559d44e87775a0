//! A day of the year without a year, written `MM-DD`.

use jiff::civil::Date;

/// A month and a day; 29 February is one, and means the 28th in a common year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

/// A leap year, to judge month and day by.
const LEAP_YEAR: i16 = 2000;

impl MonthDay {
    /// Two digits, a hyphen, two digits; `None` for anything else and for days no
    /// year has.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (two_digits(month)?, two_digits(day)?);
        Date::new(LEAP_YEAR, month, day).ok()?;
        Some(MonthDay { month, day })
    }

    /// The month and day of a date.
    pub fn of(date: Date) -> Self {
        MonthDay {
            month: date.month(),
            day: date.day(),
        }
    }

    /// The first such day that is not before `date`.
    pub fn on_or_after(self, date: Date) -> Date {
        let this_year = self.in_year(date.year());
        this_year
            .filter(|day| *day >= date)
            .or_else(|| self.in_year(date.year().checked_add(1)?))
            .unwrap_or(Date::MAX)
    }

    fn in_year(self, year: i16) -> Option<Date> {
        let first = Date::new(year, self.month, 1).ok()?;
        // 29 February is the 28th in a common year (rule DATE-11).
        let day = self.day.min(first.days_in_month());
        Date::new(year, self.month, day).ok()
    }
}

fn two_digits(text: &str) -> Option<i8> {
    let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn only_days_of_the_year_are_read() {
        for text in ["01-01", "02-29", "12-31", "10-01"] {
            assert!(MonthDay::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "-",
            "1-1",
            "00-01",
            "13-01",
            "02-30",
            "04-31",
            "10-00",
            "+1-01",
            "10/01",
            "2025-10-01",
            "10-01-",
            " 10-01",
            "١٠-٠١",
        ] {
            assert_eq!(MonthDay::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_next_occurrence_may_be_the_day_itself() {
        let leap = MonthDay::parse("02-29").unwrap();
        let october = MonthDay::parse("10-01").unwrap();
        for (day, from, next) in [
            (october, date(2025, 10, 1), date(2025, 10, 1)),
            (october, date(2025, 10, 2), date(2026, 10, 1)),
            (leap, date(2025, 1, 1), date(2025, 2, 28)),
            (leap, date(2027, 3, 1), date(2028, 2, 29)),
            (leap, date(2028, 2, 29), date(2028, 2, 29)),
            (october, date(9999, 11, 1), Date::MAX),
        ] {
            assert_eq!(day.on_or_after(from), next, "{from}");
        }
    }
}
