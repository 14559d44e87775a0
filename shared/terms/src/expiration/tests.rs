use super::*;
use jiff::civil::date;

fn month_day(text: &str) -> MonthDay {
    MonthDay::parse(text).unwrap()
}

fn calendar(start: i8, cut_off: Option<&str>, years: u16) -> CalendarExpirationOptions {
    CalendarExpirationOptions {
        start_of_calendar_year: start,
        sell_for_next_year_after: cut_off.map(month_day),
        number_of_years: years,
    }
}

fn to_any_day(length: TermLength) -> AnniversaryExpirationOptions {
    AnniversaryExpirationOptions {
        term_length: length,
        allow_mid_month_expirations: true,
        sell_for_next_month_after: 31,
        fixed_expiration_dates: Vec::new(),
    }
}

fn to_month_end(length: TermLength, cut_off: i8) -> AnniversaryExpirationOptions {
    AnniversaryExpirationOptions {
        allow_mid_month_expirations: false,
        sell_for_next_month_after: cut_off,
        ..to_any_day(length)
    }
}

fn fixed(ranges: &[(&str, &str, &str)]) -> AnniversaryExpirationOptions {
    let ranges = ranges.iter().map(|(start, end, on)| FixedExpirationDate {
        range_start: month_day(start),
        range_end: month_day(end),
        expiration_date: month_day(on),
    });
    AnniversaryExpirationOptions {
        fixed_expiration_dates: ranges.collect(),
        ..to_any_day(TermLength::Years(1))
    }
}

#[test]
fn a_calendar_term_ends_with_the_association_year() {
    let january = calendar(1, Some("10-01"), 1);
    let july = calendar(7, Some("04-01"), 1);
    let march = calendar(3, Some("02-29"), 1);
    for (options, basis, expected) in [
        (&january, date(2025, 3, 10), date(2025, 12, 31)),
        (&january, date(2025, 10, 1), date(2025, 12, 31)),
        (&january, date(2025, 10, 2), date(2026, 12, 31)),
        (&january, date(2025, 12, 31), date(2026, 12, 31)),
        (&january, date(2026, 1, 1), date(2026, 12, 31)),
        (&july, date(2025, 6, 30), date(2026, 6, 30)),
        (&july, date(2025, 7, 1), date(2026, 6, 30)),
        (&july, date(2025, 12, 31), date(2026, 6, 30)),
        (&july, date(2026, 4, 1), date(2026, 6, 30)),
        (&july, date(2026, 4, 2), date(2027, 6, 30)),
        (&march, date(2025, 3, 1), date(2026, 2, 28)),
        (&march, date(2027, 3, 1), date(2028, 2, 29)),
        (&march, date(2028, 2, 29), date(2028, 2, 29)),
        (
            &calendar(1, None, 1),
            date(2025, 12, 31),
            date(2025, 12, 31),
        ),
        (
            &calendar(1, Some("10-01"), 3),
            date(2025, 3, 10),
            date(2027, 12, 31),
        ),
        (
            &calendar(1, Some("10-01"), 3),
            date(2025, 11, 1),
            date(2028, 12, 31),
        ),
        (&calendar(3, None, 3), date(2025, 5, 1), date(2028, 2, 29)),
    ] {
        assert_eq!(calendar_expiration(options, basis), expected, "{basis}");
    }
}

#[test]
fn an_anniversary_term_ends_the_day_before_the_anniversary() {
    use TermLength::{Days, Months, Years};
    for (length, basis, expected) in [
        (Years(1), date(2025, 3, 10), date(2026, 3, 9)),
        (Years(1), date(2025, 1, 1), date(2025, 12, 31)),
        (Months(1), date(2025, 1, 31), date(2025, 2, 28)),
        (Months(1), date(2024, 1, 31), date(2024, 2, 29)),
        (Months(1), date(2025, 1, 29), date(2025, 2, 28)),
        (Months(1), date(2025, 1, 28), date(2025, 2, 27)),
        (Months(1), date(2024, 1, 29), date(2024, 2, 28)),
        (Months(1), date(2025, 3, 31), date(2025, 4, 30)),
        (Months(2), date(2025, 3, 31), date(2025, 5, 30)),
        (Years(1), date(2024, 2, 29), date(2025, 2, 28)),
        (Years(4), date(2024, 2, 29), date(2028, 2, 28)),
        (Years(1), date(2025, 2, 28), date(2026, 2, 27)),
        (Years(1), date(2025, 3, 1), date(2026, 2, 28)),
        (Years(1), date(2027, 3, 1), date(2028, 2, 29)),
        (Days(1), date(2025, 1, 31), date(2025, 1, 31)),
        (Days(30), date(2025, 1, 31), date(2025, 3, 1)),
        (Days(365), date(2024, 1, 1), date(2024, 12, 30)),
    ] {
        assert_eq!(
            anniversary_expiration(&to_any_day(length), basis),
            expected,
            "{basis} {length:?}"
        );
    }
}

#[test]
fn a_term_of_whole_months_starts_with_this_month_or_the_next() {
    use TermLength::{Days, Months, Years};
    for (length, cut_off, basis, expected) in [
        (Months(12), 15, date(2025, 3, 10), date(2026, 2, 28)),
        (Months(12), 15, date(2025, 3, 15), date(2026, 2, 28)),
        (Months(12), 15, date(2025, 3, 16), date(2026, 3, 31)),
        (Months(12), 15, date(2025, 3, 20), date(2026, 3, 31)),
        (Years(1), 15, date(2027, 3, 10), date(2028, 2, 29)),
        (Years(1), 31, date(2025, 1, 31), date(2025, 12, 31)),
        (Months(1), 31, date(2025, 2, 28), date(2025, 2, 28)),
        (Months(1), 1, date(2025, 12, 2), date(2026, 1, 31)),
        (Months(1), 30, date(2025, 1, 31), date(2025, 2, 28)),
        (Days(30), 15, date(2025, 3, 10), date(2025, 3, 31)),
        (Days(31), 15, date(2025, 2, 1), date(2025, 3, 31)),
        (Days(365), 15, date(2027, 3, 20), date(2028, 3, 31)),
    ] {
        let options = to_month_end(length, cut_off);
        assert_eq!(
            anniversary_expiration(&options, basis),
            expected,
            "{basis} {length:?} {cut_off}"
        );
    }
}

#[test]
fn a_fixed_date_goes_before_the_length_of_the_term() {
    let halves = fixed(&[("01-01", "06-30", "12-31"), ("07-01", "12-31", "06-30")]);
    let winter = fixed(&[("11-01", "02-15", "03-31"), ("01-01", "12-31", "02-29")]);
    let summer = fixed(&[("06-01", "08-31", "08-31")]);
    for (options, basis, expected) in [
        (&halves, date(2025, 3, 10), date(2025, 12, 31)),
        (&halves, date(2025, 6, 30), date(2025, 12, 31)),
        (&halves, date(2025, 7, 1), date(2026, 6, 30)),
        (&halves, date(2025, 12, 31), date(2026, 6, 30)),
        (&winter, date(2025, 11, 1), date(2026, 3, 31)),
        (&winter, date(2026, 1, 5), date(2026, 3, 31)),
        (&winter, date(2026, 2, 15), date(2026, 3, 31)),
        (&winter, date(2026, 2, 16), date(2026, 2, 28)),
        (&winter, date(2027, 10, 31), date(2028, 2, 29)),
        (&summer, date(2025, 8, 31), date(2025, 8, 31)),
        (&summer, date(2025, 9, 1), date(2026, 8, 31)),
        (&summer, date(2025, 5, 31), date(2026, 5, 30)),
    ] {
        assert_eq!(anniversary_expiration(options, basis), expected, "{basis}");
    }
}

#[test]
fn fixed_dates_hold_for_terms_of_whole_months_too() {
    let options = AnniversaryExpirationOptions {
        allow_mid_month_expirations: false,
        ..fixed(&[("01-01", "01-31", "06-15")])
    };
    assert_eq!(
        anniversary_expiration(&options, date(2025, 1, 10)),
        date(2025, 6, 15)
    );
    assert_eq!(
        anniversary_expiration(&options, date(2025, 2, 10)),
        date(2026, 1, 31)
    );
}

fn options(expiration_type: ExpirationType) -> ExpirationOptions {
    ExpirationOptions {
        expiration_type,
        grace_period: 0,
        reinstatement_options: None,
    }
}

#[test]
fn a_renewal_is_counted_from_the_day_after_the_old_expiration() {
    let yearly = options(ExpirationType::Anniversary(to_any_day(TermLength::Years(
        1,
    ))));
    let next = next_term(&yearly, date(2026, 3, 9));
    assert_eq!(next.start, date(2026, 3, 10));
    assert_eq!(next.expiration, Some(date(2027, 3, 9)));
}

#[test]
fn a_lifetime_has_no_end() {
    let lifetime = options(ExpirationType::Lifetime);
    assert_eq!(expiration(&lifetime, date(2025, 3, 10)), None);
    let next = next_term(&lifetime, date(2025, 12, 31));
    assert_eq!((next.start, next.expiration), (date(2026, 1, 1), None));
}

#[test]
fn the_end_of_the_calendar_is_an_answer() {
    for expiration_type in [
        ExpirationType::Calendar(calendar(1, Some("10-01"), 100)),
        ExpirationType::Calendar(calendar(7, None, 100)),
        ExpirationType::Anniversary(to_any_day(TermLength::Years(100))),
        ExpirationType::Anniversary(to_month_end(TermLength::Months(1200), 1)),
        ExpirationType::Anniversary(fixed(&[("01-01", "12-31", "01-01")])),
    ] {
        let options = options(expiration_type);
        assert_eq!(next_term(&options, Date::MAX).expiration, Some(Date::MAX));
        assert!(expiration(&options, Date::MIN) >= Some(Date::MIN));
    }
}
