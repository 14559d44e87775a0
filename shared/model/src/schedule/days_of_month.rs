//! Days counted from the first or the last of the month.

use super::field::{Dialect, FieldRange, digits};
use jiff::civil::Date;
use std::collections::BTreeSet;

const DAYS: FieldRange = FieldRange::new("day of month", 1, 31);
/// As Quartz bounds it.
const OFFSET_MAX: u16 = 30;

/// A day of the month; a month that has it not is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Day(u16),
    /// So many days before the last.
    BeforeLast(u16),
}

#[derive(Clone, Debug, Default)]
pub(super) struct DaysOfMonth {
    pub places: BTreeSet<Place>,
    /// Monday to Friday next to that day, within the month (`W`).
    pub nearest_weekdays: BTreeSet<Place>,
}

impl DaysOfMonth {
    pub fn parse(list: &str, dialect: Dialect) -> Result<DaysOfMonth, String> {
        let mut days = DaysOfMonth::default();
        for item in list.split(',') {
            let (place, nearest) = match item.strip_suffix('W') {
                Some(place) => (place, true),
                None => (item, false),
            };
            if let Some(offset) = place.strip_prefix('L') {
                let place = Place::BeforeLast(before_last(item, offset)?);
                days.side(nearest).insert(place);
            } else if nearest {
                let place = Place::Day(DAYS.value(item, place)?);
                days.nearest_weekdays.insert(place);
            } else {
                let values = DAYS.item(item, dialect)?;
                days.places.extend(values.into_iter().map(Place::Day));
            }
        }
        Ok(days)
    }

    fn side(&mut self, nearest: bool) -> &mut BTreeSet<Place> {
        match nearest {
            true => &mut self.nearest_weekdays,
            false => &mut self.places,
        }
    }

    /// The days of the month that begins on `first`, as bits.
    pub fn of_month(&self, first: Date) -> u32 {
        let length = u16::from(first.days_in_month().unsigned_abs());
        let begins = u16::from(first.weekday().to_sunday_zero_offset().unsigned_abs());
        let plain = self
            .places
            .iter()
            .filter_map(|place| place.in_month(length));
        let nearest = self
            .nearest_weekdays
            .iter()
            .filter_map(|place| place.in_month(length))
            .map(|day| nearest_weekday(day, (begins + day - 1) % 7, length));
        plain.chain(nearest).fold(0, |bits, day| bits | 1 << day)
    }
}

impl Place {
    fn in_month(self, length: u16) -> Option<u16> {
        match self {
            Place::Day(day) => Some(day).filter(|day| *day <= length),
            Place::BeforeLast(days) => length.checked_sub(days).filter(|day| *day >= 1),
        }
    }
}

/// What follows an `L`: nothing, or `-3`.
fn before_last(item: &str, offset: &str) -> Result<u16, String> {
    if offset.is_empty() {
        return Ok(0);
    }
    let days = offset.strip_prefix('-').and_then(digits);
    let rule = format!("must be L, or L- and 0 to {OFFSET_MAX} days before the last");
    days.filter(|days| *days <= OFFSET_MAX)
        .ok_or_else(|| DAYS.wrong(item, &rule))
}

/// Saturday goes back and Sunday on, but not out of the month. `weekday` of the
/// day counts from Sunday.
fn nearest_weekday(day: u16, weekday: u16, length: u16) -> u16 {
    match weekday {
        6 if day == 1 => 3,
        6 => day - 1,
        0 if day == length => day - 2,
        0 => day + 1,
        _ => day,
    }
}
