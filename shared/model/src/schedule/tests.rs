use super::Schedule;
use jiff::ZonedDateTime;
use proptest::prelude::*;

fn next(schedule: &str, after: &str) -> String {
    let after: ZonedDateTime = after.parse().unwrap();
    let next = Schedule::parse(schedule).unwrap().next_after(&after);
    next.map_or("never".into(), |at| at.datetime().to_string())
}

#[test]
fn quartz_and_five_fields_are_read() {
    let from = "2026-03-10T12:00:00[Europe/Zurich]";
    for (schedule, expected) in [
        ("0 0 9 1 * ?", "2026-04-01T09:00:00"),
        ("0 9 1 * *", "2026-04-01T09:00:00"),
        ("0 30 6 ? * MON", "2026-03-16T06:30:00"),
        ("0 30 6 ? * 2", "2026-03-16T06:30:00"),
        ("30 6 * * 1", "2026-03-16T06:30:00"),
        ("0 0 9 L * ?", "2026-03-31T09:00:00"),
        ("0 0 9 15W * ?", "2026-03-16T09:00:00"),
        ("0 0 9 ? * 6L", "2026-03-27T09:00:00"),
        ("0 0 9 ? * 6#2", "2026-03-13T09:00:00"),
        ("0 0 9 1 1/3 ?", "2026-04-01T09:00:00"),
        ("0 0 9 1 1 ? 2028", "2028-01-01T09:00:00"),
        ("0 0 9 1 1 ? 2020", "never"),
        ("0 0 9 30 2 ?", "never"),
        ("0 30 2 29 3 ?", "2026-03-29T03:00:00"),
    ] {
        assert_eq!(next(schedule, from), expected, "{schedule}");
    }
}

#[test]
fn an_hour_that_comes_twice_counts_once() {
    let next = |after: &str| {
        let schedule = Schedule::parse("0 30 2 * * ?").unwrap();
        let next = schedule.next_after(&after.parse().unwrap());
        next.map_or("never".into(), |at| at.to_string())
    };
    let first = "2026-10-25T02:30:00+02:00[Europe/Zurich]";
    assert_eq!(next("2026-10-25T00:00:00[Europe/Zurich]"), first);
    let following = "2026-10-26T02:30:00+01:00[Europe/Zurich]";
    assert_eq!(next(first), following);
}

#[test]
fn what_is_no_schedule_or_too_frequent_is_refused() {
    for bad in [
        "",
        "monthly",
        "0 0 9",
        "0 0 25 * * ?",
        "0 61 9 * *",
        "* * * * *",
        "0/10 0 9 * * ?",
        "0 0,30 9 * * ?",
        "0 0 9 32 * ?",
        "0 0 9 ? * 8",
        "a b c d e",
        "0 0 9 * * ? 2026 1",
        "\u{1F600} * * * *",
    ] {
        assert!(Schedule::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r"[0-9A-Za-z*?LW#,/@ +-]{0,30}", other in ".{0,20}") {
        let moment: ZonedDateTime = "2026-03-10T12:00:00[Europe/Zurich]".parse().unwrap();
        for text in [text, other] {
            if let Ok(schedule) = Schedule::parse(&text) {
                schedule.next_after(&moment);
                schedule.describe();
            }
        }
    }
}

#[test]
fn it_is_told_in_words() {
    let words = |text| Schedule::parse(text).unwrap().describe();
    assert_eq!(words("0 0 9 1 * ?"), "At 09:00, on day 1.");
    assert_eq!(words("0 30 6 ? * 2"), "At 06:30, on Monday.");
}

/// `occurrences.py` says how the table was made, without any of this code.
#[test]
fn ten_years_agree_with_a_table_made_independently() {
    let begin: ZonedDateTime = "2025-12-31T12:00:00[UTC]".parse().unwrap();
    for line in include_str!("occurrences.txt").lines() {
        let (text, months) = line.split_once('\t').unwrap();
        let schedule = Schedule::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let mut found = std::collections::BTreeMap::new();
        let mut at = begin.clone();
        while let Some(next) = schedule.next_after(&at) {
            if next.year() > 2035 {
                break;
            }
            assert_eq!((next.hour(), next.minute()), (9, 0), "{text}");
            *found.entry((next.year(), next.month())).or_insert(0_u32) |= 1 << next.day();
            at = next;
        }
        let names = (2026..2036).flat_map(|year| (1..=12).map(move |month| (year, month)));
        for (name, days) in names.zip(months.split('\t')) {
            let expected = u32::from_str_radix(days, 16).unwrap();
            let days = found.get(&name).copied().unwrap_or(0);
            assert_eq!(days, expected, "{text} in {name:?}");
        }
    }
}

#[test]
fn the_time_of_day_may_have_lists_steps_and_ranges_that_wrap() {
    for (schedule, times) in [
        (
            "30 15 22-2 * * ?",
            "00:15:30 01:15:30 02:15:30 22:15:30 23:15:30",
        ),
        ("0 0 9,17 * * ?", "09:00:00 17:00:00"),
        ("0 0 0/6 * * ?", "00:00:00 06:00:00 12:00:00 18:00:00"),
        ("0 0 /8 * * ?", "00:00:00 08:00:00 16:00:00"),
        ("0 0 5/8 * * ?", "05:00:00 13:00:00 21:00:00"),
        ("0 0 23-5/3 * * ?", "02:00:00 05:00:00 23:00:00"),
        ("15 */12 * * *", "00:15:00 12:15:00"),
        ("15 8-10,12 * * *", "08:15:00 09:15:00 10:15:00 12:15:00"),
    ] {
        let parsed = Schedule::parse(schedule).unwrap();
        let mut at: ZonedDateTime = "2026-03-09T23:59:59[Europe/Zurich]".parse().unwrap();
        let mut found = Vec::new();
        while let Some(next) = parsed.next_after(&at).filter(|at| at.day() == 10) {
            found.push(next.time().to_string());
            at = next;
        }
        assert_eq!(found.join(" "), times, "{schedule}");
    }
}

/// Either day, where both fields are named: only in five fields.
#[test]
fn five_fields_join_their_days() {
    let from = "2026-03-10T12:00:00[Europe/Zurich]";
    assert_eq!(next("0 9 13 * 1", from), "2026-03-13T09:00:00");
    assert_eq!(next("0 9 20 * 1", from), "2026-03-16T09:00:00");
    assert_eq!(next("0 9 * * 7", from), "2026-03-15T09:00:00");
    assert_eq!(next("0 9 * * 5L", from), "2026-03-27T09:00:00");
    assert_eq!(next("0 9 LW * *", from), "2026-03-31T09:00:00");
}

#[test]
fn what_quartz_does_not_mean_is_refused_by_name() {
    for (bad, part) in [
        ("0 0 9 1 * MON", "cannot both be named"),
        ("0 0 9 ? * ?", "not for both"),
        ("0 0 9 1,? * *", "? stands alone"),
        ("0 0 9 L-31 * ?", "day of month `L-31`"),
        ("0 0 9 LL * ?", "day of month `LL`"),
        ("0 0 9 WL * ?", "day of month `WL`"),
        ("0 0 9 32W * ?", "day of month `32W`"),
        ("0 0 9 1-5W * ?", "day of month `1-5W`"),
        ("0 0 9 1#2 * ?", "day of month `1#2`"),
        ("0 0 9 1,,2 * ?", "day of month ``"),
        ("0 0 9 1/0 * ?", "needs a step of 1 to 31"),
        ("0 0 9 1/32 * ?", "needs a step of 1 to 31"),
        ("0 0 9 ? * 6#6", "needs 1 to 5 behind the #"),
        ("0 0 9 ? * 2W", "day of week `2W`"),
        ("0 0 9 ? * 0", "must be 1 to 7 or SUN to SAT"),
        ("0 0 9 ? * MONDAY", "day of week `MONDAY`"),
        ("0 0 9 ? L MON", "month `L`"),
        ("0 0 9 ? 13 MON", "must be 1 to 12 or JAN to DEC"),
        ("0 0 24 * * ?", "hours `24` must be 0 to 23"),
        ("0 0 9 1 1 ? 2030-2028", "ends before it begins"),
        ("0 0 9 1 1 ? 2100", "year `2100`"),
        ("0 0 9 H * ?", "day of month `H`"),
        ("0 9 * * FRI-MON", "ends before it begins"),
        ("0 9 * * L", "day of week `L`"),
        ("0 9 5/10 * *", "needs a range or * before the /"),
    ] {
        let refused = Schedule::parse(bad).unwrap_err();
        assert!(refused.contains(part), "{bad}: {refused}");
    }
}

#[test]
fn words_say_what_runs() {
    for (text, words) in [
        ("0 0 9 L * ?", "At 09:00, on the last day of the month."),
        (
            "0 0 9 LW * ?",
            "At 09:00, on the last weekday of the month.",
        ),
        (
            "0 0 9 L-1 * ?",
            "At 09:00, on the day before the last of the month.",
        ),
        (
            "0 0 9 L-3 * ?",
            "At 09:00, on 3 days before the last of the month.",
        ),
        (
            "0 0 9 L-3W * ?",
            "At 09:00, on the weekday nearest 3 days before the last of the month.",
        ),
        ("0 0 9 15W * ?", "At 09:00, on the weekday nearest day 15."),
        (
            "0 0 9 1,15,L * ?",
            "At 09:00, on day 1 and 15 and the last day of the month.",
        ),
        ("0 0 9 28-3 * ?", "At 09:00, on day 1-3 and 28-31."),
        ("0 0 9 ? * L", "At 09:00, on Saturday."),
        ("0 0 9 ? * MON,L", "At 09:00, on Monday and Saturday."),
        ("0 0 9 ? * 6L", "At 09:00, on the last Friday of the month."),
        ("0 0 9 ? * 6#3", "At 09:00, on the 3rd Friday of the month."),
        (
            "0 0 9 ? * FRI-MON",
            "At 09:00, on Sunday, Monday, Friday, and Saturday.",
        ),
        (
            "0 0 9 1 11-2 ?",
            "At 09:00, on day 1, in January, February, November, and December.",
        ),
        (
            "0 0 9 1 1/3 ? 2027,2028",
            "At 09:00, on day 1, in January, April, July, and October, in year 2027 and 2028.",
        ),
        ("0 9 13 * 5", "At 09:00, on day 13 or Friday."),
        ("0 0 22-0 * * ?", "At minute 0, of hour 0, 22, and 23."),
        ("30 0 9 * * ?", "At 09:00:30."),
    ] {
        assert_eq!(Schedule::parse(text).unwrap().describe(), words);
    }
}

/// Where croner told what runs, its words stay: records hold them.
#[test]
fn plain_words_are_as_croner_has_told_them() {
    for text in [
        "0 0 9 1 * ?",
        "0 30 6 ? * 2-6",
        "0 0 9 1,15 * ?",
        "0 0 9 15W * ?",
        "0 0 9 ? * 6L",
        "0 0 9 ? * 6#2",
        "0 0 9 1 1 ? 2028",
        "0 0 9,17 ? JAN-MAR MON,FRI",
        "15 8 * * 1-5",
        "0 */6 * * *",
        "0 * * * *",
        "0 9 1 * 1",
    ] {
        let ours = Schedule::parse(text).unwrap().describe();
        assert_eq!(Some(ours), Schedule::described_by_croner(text), "{text}");
    }
}
