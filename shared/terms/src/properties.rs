//! What holds for every package's options and every date.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;

pub(super) fn any_date() -> impl Strategy<Value = Date> {
    (1900_i16..2200, 1_i8..=12, 1_i8..=31).prop_map(|(year, month, day)| {
        let first = Date::new(year, month, 1).unwrap();
        Date::new(year, month, day.min(first.days_in_month())).unwrap()
    })
}

fn any_month_day() -> impl Strategy<Value = MonthDay> {
    any_date().prop_map(MonthDay::of)
}

fn any_length() -> impl Strategy<Value = TermLength> {
    prop_oneof![
        (1_u16..=1_000).prop_map(TermLength::Days),
        (1_u16..=60).prop_map(TermLength::Months),
        (1_u16..=5).prop_map(TermLength::Years),
    ]
}

fn any_calendar() -> impl Strategy<Value = CalendarExpirationOptions> {
    let parts = (1_i8..=12, prop::option::of(any_month_day()), 1_u16..=5);
    parts.prop_map(|(start, cut_off, years)| CalendarExpirationOptions {
        start_of_calendar_year: start,
        sell_for_next_year_after: cut_off,
        number_of_years: years,
    })
}

fn any_anniversary() -> impl Strategy<Value = AnniversaryExpirationOptions> {
    let range = (any_month_day(), any_month_day(), any_month_day());
    let range = range.prop_map(
        |(range_start, range_end, expiration_date)| FixedExpirationDate {
            range_start,
            range_end,
            expiration_date,
        },
    );
    let ranges = prop::collection::vec(range, 0..3);
    let parts = (any_length(), any::<bool>(), 1_i8..=31, ranges);
    parts.prop_map(
        |(length, any_day, cut_off, ranges)| AnniversaryExpirationOptions {
            term_length: length,
            allow_mid_month_expirations: any_day,
            sell_for_next_month_after: cut_off,
            fixed_expiration_dates: ranges,
        },
    )
}

fn options(expiration_type: ExpirationType) -> ExpirationOptions {
    ExpirationOptions {
        expiration_type,
        grace_period: 0,
        reinstatement_options: None,
    }
}

fn any_options() -> impl Strategy<Value = ExpirationOptions> {
    prop_oneof![
        any_calendar().prop_map(|c| options(ExpirationType::Calendar(c))),
        any_anniversary().prop_map(|a| options(ExpirationType::Anniversary(a))),
    ]
}

proptest! {
    #[test]
    fn a_term_never_ends_before_it_starts(options in any_options(), basis in any_date()) {
        prop_assert!(expiration(&options, basis).unwrap() >= basis);
    }

    #[test]
    fn a_renewal_never_shortens(options in any_options(), old in any_date()) {
        prop_assert!(next_term(&options, old).expiration.unwrap() > old);
    }

    #[test]
    fn twenty_terms_neither_gap_nor_overlap(options in any_options(), join in any_date()) {
        let mut term = term_from(&options, join);
        prop_assert_eq!(term.start, join);
        for _ in 0..20 {
            let old = term.expiration.unwrap();
            term = next_term(&options, old);
            prop_assert_eq!(term.start, old.tomorrow().unwrap());
            prop_assert!(term.expiration.unwrap() >= term.start);
        }
    }

    #[test]
    fn a_calendar_term_ends_the_day_before_an_association_year(
        calendar in any_calendar(),
        basis in any_date(),
    ) {
        let start = calendar.start_of_calendar_year;
        let end = expiration(&options(ExpirationType::Calendar(calendar)), basis).unwrap();
        let next = end.tomorrow().unwrap();
        prop_assert_eq!((next.month(), next.day()), (start, 1));
    }

    #[test]
    fn renewed_calendar_terms_have_their_full_years(
        calendar in any_calendar(),
        join in any_date(),
    ) {
        let years = i16::try_from(calendar.number_of_years).unwrap();
        let options = options(ExpirationType::Calendar(calendar));
        let first = expiration(&options, join).unwrap();
        let second = next_term(&options, first).expiration.unwrap();
        prop_assert_eq!(second.year() - first.year(), years);
    }

    #[test]
    fn a_term_of_whole_months_ends_with_a_month(
        anniversary in any_anniversary(),
        basis in any_date(),
    ) {
        let whole = AnniversaryExpirationOptions {
            allow_mid_month_expirations: false,
            fixed_expiration_dates: Vec::new(),
            ..anniversary
        };
        let end = expiration(&options(ExpirationType::Anniversary(whole)), basis).unwrap();
        prop_assert_eq!(end, end.last_of_month());
    }

    #[test]
    fn an_anniversary_up_to_the_28th_never_drifts(months in 1_u16..=60, join in any_date()) {
        prop_assume!(join.day() <= 28);
        let options = options(ExpirationType::Anniversary(AnniversaryExpirationOptions {
            term_length: TermLength::Months(months),
            allow_mid_month_expirations: true,
            sell_for_next_month_after: 31,
            fixed_expiration_dates: Vec::new(),
        }));
        let mut term = term_from(&options, join);
        for _ in 0..20 {
            term = next_term(&options, term.expiration.unwrap());
            prop_assert_eq!(term.start.day(), join.day());
        }
    }

    #[test]
    fn a_later_anniversary_drifts_to_the_first_and_stays(months in 1_u16..=60, year in 2000_i16..2100) {
        let options = options(ExpirationType::Anniversary(AnniversaryExpirationOptions {
            term_length: TermLength::Months(months),
            allow_mid_month_expirations: true,
            sell_for_next_month_after: 31,
            fixed_expiration_dates: Vec::new(),
        }));
        let mut term = term_from(&options, Date::new(year, 1, 31).unwrap());
        let mut drifted = false;
        for _ in 0..20 {
            term = next_term(&options, term.expiration.unwrap());
            drifted |= term.start.day() == 1;
            prop_assert_eq!(term.start.day(), if drifted { 1 } else { 31 });
        }
    }

    #[test]
    fn a_later_purchase_is_a_later_kind(
        grace in 0_u16..400,
        period in prop::option::of(0_u16..400),
        expired in any_date(),
        one in any_date(),
        other in any_date(),
    ) {
        let options = ExpirationOptions {
            expiration_type: ExpirationType::Lifetime,
            grace_period: grace,
            reinstatement_options: period.map(|period| ReinstatementOptions {
                reinstatement_period: period,
                give_renewal_pricing_during_reinstatement_period: false,
            }),
        };
        let rank = |day| match classify(day, expired, &options) {
            Classification::Renewal => 0,
            Classification::Reinstatement => 1,
            Classification::Join => 2,
        };
        prop_assert!(rank(one.min(other)) <= rank(one.max(other)));
    }
}
