//! Working days: Monday to Friday without the tenant's holidays.

use jiff::civil::{Date, Weekday};

/// The business day that lies `n` business days before `date`, which need not be one
/// itself; `date` unchanged when `n` is 0.
pub fn minus_business_days(date: Date, n: u16, holidays: &[Date]) -> Date {
    let mut day = date;
    let mut left = n;
    while left > 0 {
        let Ok(before) = day.yesterday() else {
            return Date::MIN;
        };
        day = before;
        left -= u16::from(is_business_day(day, holidays));
    }
    day
}

fn is_business_day(day: Date, holidays: &[Date]) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && !holidays.contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn weekends_and_holidays_are_skipped() {
        let holidays = [date(2025, 12, 25), date(2025, 12, 26)];
        for (from, n, expected) in [
            (date(2025, 5, 14), 1, date(2025, 5, 13)),
            (date(2025, 5, 12), 1, date(2025, 5, 9)),
            (date(2025, 5, 11), 1, date(2025, 5, 9)),
            (date(2025, 5, 10), 1, date(2025, 5, 9)),
            (date(2025, 5, 14), 5, date(2025, 5, 7)),
            (date(2025, 12, 29), 1, date(2025, 12, 24)),
            (date(2025, 12, 26), 2, date(2025, 12, 23)),
            (date(2025, 5, 11), 0, date(2025, 5, 11)),
            (Date::MIN, 3, Date::MIN),
        ] {
            assert_eq!(
                minus_business_days(from, n, &holidays),
                expected,
                "{from} - {n}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_lands_on_a_business_day_with_n_of_them_passed(
            offset in 0_i32..20_000,
            n in 1_u16..60,
            off in prop::collection::vec(0_i32..100, 0..20),
        ) {
            let from = date(2000, 1, 1).saturating_add(offset.days());
            let holidays: Vec<_> = off.iter().map(|o| from.saturating_sub(o.days())).collect();
            let landed = minus_business_days(from, n, &holidays);
            prop_assert!(is_business_day(landed, &holidays));
            let passed = landed.series(1.day()).take_while(|day| *day < from);
            let business = passed.filter(|day| is_business_day(*day, &holidays)).count();
            prop_assert_eq!(business, usize::from(n));
        }
    }
}
