//! The months that figures are of.

use jiff::ToSpan;
use jiff::civil::Date;

/// Months that are counted: five years.
pub const MONTHS: usize = 60;

/// Completed months in a row, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months {
    /// The last day of the last one.
    last: Date,
}

impl Months {
    /// Those that are over on a day.
    pub fn before(today: Date) -> Months {
        let last = today.first_of_month().yesterday().unwrap_or(today);
        Months { last }
    }

    pub fn of_last(last: Date) -> Months {
        Months {
            last: last.last_of_month(),
        }
    }

    pub fn last(self) -> Date {
        self.last
    }

    /// The last day of the month at a place; 0 is the oldest.
    pub fn end(self, at: usize) -> Date {
        let back = MONTHS.saturating_sub(at + 1) as i64;
        let first = self.last.first_of_month().saturating_sub(back.months());
        first.last_of_month()
    }

    /// The day before the first month begins.
    pub fn eve(self) -> Date {
        let first = self.end(0).first_of_month();
        first.yesterday().unwrap_or(first)
    }

    /// Where the month of a day stands, if it is one of them.
    pub fn place(self, day: Date) -> Option<usize> {
        let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        let back = months(self.last) - months(day);
        (0..MONTHS as i32)
            .contains(&back)
            .then(|| MONTHS - 1 - back as usize)
    }

    /// `2026-03`
    pub fn name(self, at: usize) -> String {
        let end = self.end(at);
        format!("{:04}-{:02}", end.year(), end.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_end_on_their_last_days() {
        let months = Months::before(date(2026, 3, 1));
        assert_eq!(months.last(), date(2026, 2, 28));
        assert_eq!(months.end(MONTHS - 1), date(2026, 2, 28));
        assert_eq!(months.end(MONTHS - 3), date(2025, 12, 31));
        assert_eq!(months.end(0), date(2021, 3, 31));
        assert_eq!(months.eve(), date(2021, 2, 28));
        assert_eq!(months.name(MONTHS - 3), "2025-12");
        for at in 0..MONTHS {
            assert_eq!(months.place(months.end(at)), Some(at));
            assert_eq!(months.place(months.end(at).first_of_month()), Some(at));
        }
        assert_eq!(months.place(date(2026, 3, 1)), None);
        assert_eq!(months.place(months.eve()), None);
    }
}
