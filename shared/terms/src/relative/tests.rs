use super::*;
use crate::properties::any_date;
use jiff::civil::{Weekday, date};
use proptest::prelude::*;
use serde_json::json;

fn relative(text: &str) -> RelativeDate {
    let (position, rest) = text.split_once(' ').unwrap();
    let (number, rest) = rest.split_once(' ').unwrap();
    let (unit, anchor) = rest.split_once(' ').unwrap();
    RelativeDate::parse(&json!({
        "position": position,
        "number": number.parse::<u16>().unwrap(),
        "unit_of_time": unit,
        "relative_to": anchor,
    }))
    .unwrap()
}

#[test]
fn each_anchor_is_the_edge_of_its_period() {
    let wednesday = date(2025, 5, 14);
    for (anchor, expected) in [
        ("the reference date", wednesday),
        ("the beginning of the week", date(2025, 5, 11)),
        ("the end of the week", date(2025, 5, 17)),
        ("the beginning of the month", date(2025, 5, 1)),
        ("the end of the month", date(2025, 5, 31)),
        ("the beginning of the quarter", date(2025, 4, 1)),
        ("the end of the quarter", date(2025, 6, 30)),
        ("the beginning of the year", date(2025, 1, 1)),
        ("the end of the year", date(2025, 12, 31)),
    ] {
        let on = relative(&format!("on 7 days {anchor}"));
        assert_eq!(on.resolve(wednesday), expected, "{anchor}");
    }
}

#[test]
fn a_week_starts_on_sunday_and_ends_on_saturday() {
    let (sunday, saturday) = (date(2025, 5, 11), date(2025, 5, 17));
    for day in [sunday, saturday] {
        assert_eq!(
            relative("on 0 days the beginning of the week").resolve(day),
            sunday
        );
        assert_eq!(
            relative("on 0 days the end of the week").resolve(day),
            saturday
        );
    }
}

#[test]
fn months_and_years_keep_the_end_of_the_month() {
    for (text, reference, expected) in [
        (
            "after 1 months the end of the month",
            date(2025, 1, 31),
            date(2025, 2, 28),
        ),
        (
            "after 1 months the end of the month",
            date(2024, 1, 5),
            date(2024, 2, 29),
        ),
        (
            "after 1 months the end of the month",
            date(2025, 2, 28),
            date(2025, 3, 31),
        ),
        (
            "before 1 months the end of the month",
            date(2025, 4, 2),
            date(2025, 3, 31),
        ),
        (
            "after 1 years the end of the month",
            date(2023, 2, 1),
            date(2024, 2, 29),
        ),
        (
            "after 2 months the end of the quarter",
            date(2025, 4, 9),
            date(2025, 8, 31),
        ),
        (
            "before 10 months the end of the year",
            date(2024, 7, 1),
            date(2024, 2, 29),
        ),
        (
            "after 1 months the reference date",
            date(2025, 1, 31),
            date(2025, 2, 28),
        ),
        (
            "after 1 months the reference date",
            date(2025, 2, 28),
            date(2025, 3, 28),
        ),
        (
            "after 1 years the reference date",
            date(2024, 2, 29),
            date(2025, 2, 28),
        ),
        (
            "after 1 months the end of the week",
            date(2025, 5, 28),
            date(2025, 6, 30),
        ),
        (
            "after 1 months the end of the week",
            date(2025, 2, 25),
            date(2025, 4, 1),
        ),
    ] {
        assert_eq!(
            relative(text).resolve(reference),
            expected,
            "{text} {reference}"
        );
    }
}

#[test]
fn days_and_weeks_are_counted_exactly() {
    for (text, reference, expected) in [
        (
            "after 30 days the reference date",
            date(2025, 1, 15),
            date(2025, 2, 14),
        ),
        (
            "before 90 days the reference date",
            date(2025, 1, 15),
            date(2024, 10, 17),
        ),
        (
            "after 1 days the end of the month",
            date(2025, 1, 15),
            date(2025, 2, 1),
        ),
        (
            "after 2 weeks the end of the month",
            date(2025, 1, 15),
            date(2025, 2, 14),
        ),
        (
            "after 0 months the beginning of the year",
            date(2025, 8, 15),
            date(2025, 1, 1),
        ),
    ] {
        assert_eq!(
            relative(text).resolve(reference),
            expected,
            "{text} {reference}"
        );
    }
}

#[test]
fn all_violations_are_told_at_once() {
    let value = json!({"position": "around", "number": 1.5, "relative_to": null, "unit": "days"});
    let problems = RelativeDate::parse(&value).unwrap_err();
    let mut paths: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/number",
            "/position",
            "/relative_to",
            "/unit",
            "/unit_of_time"
        ]
    );
    let problems = RelativeDate::parse(&json!("tomorrow")).unwrap_err();
    assert_eq!(problems[0].to_string(), "must be an object");
    let whole = json!({
        "position": "on", "number": 1.0, "unit_of_time": "days",
        "relative_to": "the reference date",
    });
    assert_eq!(RelativeDate::parse(&whole).unwrap().number, 1);
}

fn any_relative() -> impl Strategy<Value = RelativeDate> {
    let (positions, units) = (POSITIONS.to_vec(), UNITS.to_vec());
    let parts = (
        prop::sample::select(positions),
        0..=UNITS_MAX,
        prop::sample::select(units),
        prop::sample::select(ANCHORS.to_vec()),
    );
    parts.prop_map(|(position, number, unit, anchor)| RelativeDate {
        position: position.1,
        number,
        unit_of_time: unit.1,
        relative_to: anchor.1,
    })
}

proptest! {
    #[test]
    fn the_result_is_on_the_right_side_of_the_anchor(
        relative in any_relative(),
        reference in any_date(),
    ) {
        let anchor = relative.relative_to.anchor(reference);
        let date = relative.resolve(reference);
        match relative.position {
            Position::On => prop_assert_eq!(date, anchor),
            Position::Before => prop_assert!(date <= anchor),
            Position::After => prop_assert!(date >= anchor),
        }
    }

    #[test]
    fn a_later_reference_never_gives_an_earlier_date(
        relative in any_relative(),
        one in any_date(),
        other in any_date(),
    ) {
        let (early, late) = (one.min(other), one.max(other));
        prop_assert!(relative.resolve(early) <= relative.resolve(late));
    }

    #[test]
    fn a_period_holds_its_day(day in any_date()) {
        for period in [Period::Week, Period::Month, Period::Quarter, Period::Year] {
            prop_assert!(period.first_day(day) <= day && day <= period.last_day(day));
            let next = period.last_day(day).tomorrow().unwrap();
            prop_assert_eq!(period.first_day(next), next);
        }
        prop_assert_eq!(Period::Week.first_day(day).weekday(), Weekday::Sunday);
        prop_assert_eq!(Period::Week.last_day(day).weekday(), Weekday::Saturday);
    }

    #[test]
    fn months_from_a_month_end_stay_at_month_ends(
        number in 0_u16..600,
        back: bool,
        day in any_date(),
    ) {
        let relative = RelativeDate {
            position: if back { Position::Before } else { Position::After },
            number,
            unit_of_time: UnitOfTime::Months,
            relative_to: RelativeTo::End(Period::Quarter),
        };
        let date = relative.resolve(day);
        prop_assert_eq!(date, date.last_of_month());
    }
}
