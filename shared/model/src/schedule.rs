//! When something recurs: cron as Quartz writes it, or with five fields
//! (rule REC-2).

mod moment;

use croner::Cron;
use croner::parser::CronParser;
use jiff::ZonedDateTime;
use moment::Moment;

/// A schedule that recurs at most hourly.
#[derive(Clone, Debug)]
pub struct Schedule(Cron);

impl Schedule {
    /// Reads 6 or 7 fields (seconds first, 1 is Sunday) or 5 (minutes first, 0 is
    /// Sunday). A run bills members, so more often than hourly is refused.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let quartz = match text.split_whitespace().count() {
            5 => false,
            6 | 7 => true,
            _ => return Err("must be a cron expression of 5, 6 or 7 fields".into()),
        };
        let parser = CronParser::builder()
            // Quartz counts Sunday as 1 and reads `1/3` as a range; Unix counts it as 0.
            .alternative_weekdays(quartz)
            .sloppy_ranges(quartz)
            .build();
        let cron = parser
            .parse(text)
            .map_err(|why| format!("is no cron expression: {why}"))?;
        let (seconds, minutes) = (cron.pattern.seconds.values(), cron.pattern.minutes.values());
        if seconds.len() != 1 || minutes.len() != 1 {
            return Err("must name one second and one minute: at most hourly".into());
        }
        Ok(Schedule(cron))
    }

    /// The first occurrence after a moment, in that moment's time zone. `None`
    /// when there is none: the 30th of February, a year that is over.
    pub fn next_after(&self, moment: &ZonedDateTime) -> Option<ZonedDateTime> {
        let found = self.0.find_next_occurrence(&Moment(moment.clone()), false);
        found.ok().map(|found| found.0)
    }

    /// The schedule in English words.
    pub fn describe(&self) -> String {
        self.0.describe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
