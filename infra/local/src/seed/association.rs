//! The demo's association: the few values that everything else is computed from.

use super::catalogue::TIME_ZONE;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::Record;
use std::fmt;

/// A block of this many holds three organizations.
pub const BLOCK: u32 = 25;
/// Their places in a block.
pub const ORGANIZATIONS: [u32; 3] = [4, 12, 20];

/// An association, by what it is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Association {
    pub seed: u64,
    /// How many memberships.
    pub members: u32,
    /// The day on which it is as it is, in its own time zone.
    pub day: Date,
}

impl Association {
    /// The association that a tenant's settings tell of, if they do.
    pub fn of(settings: &Record) -> Option<Association> {
        // Other settings have no such external id, so nobody's own data is taken for a demo.
        let marker = settings
            .text(model::sys::EXTERNAL_ID)
            .strip_prefix("demo ")?;
        let part = |name: &str| {
            let named = marker.split(' ').find_map(|part| part.strip_prefix(name));
            named?.strip_prefix('=')
        };
        Some(Association {
            seed: part("seed")?.parse().ok()?,
            members: part("members")?.parse().ok()?,
            day: part("day")?.parse().ok()?,
        })
    }

    /// Today in the association's time zone.
    pub fn today(now: Timestamp) -> Date {
        now.to_zoned_datetime(zone()).date()
    }

    /// How many of the members are organizations.
    pub fn organizations(&self) -> u32 {
        let rest = self.members % BLOCK;
        let begun = ORGANIZATIONS.iter().filter(|place| **place < rest).count() as u32;
        self.members / BLOCK * ORGANIZATIONS.len() as u32 + begun
    }

    /// The last day of the association's year: 15 to 45 days ahead.
    pub fn year_end(&self) -> Date {
        let ahead = self.day.checked_add(15.days()).unwrap_or(self.day);
        ahead.last_of_month()
    }
}

impl fmt::Display for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Association { seed, members, day } = self;
        write!(f, "demo seed={seed} members={members} day={day}")
    }
}

/// Nine in the morning of a day, when the office works.
pub fn morning(day: Date) -> Timestamp {
    let zoned = day.at(9, 0, 0, 0).to_zoned_datetime(zone());
    zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

fn zone() -> TimeZone {
    model::zone::named(TIME_ZONE).unwrap_or(TimeZone::UTC)
}
