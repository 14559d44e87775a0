//! What is still to be paid on orders that have moved the dates: planning reads
//! memberships, not orders.

use super::fields::RESTS;
use crate::record::Record;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An order that has moved the dates and is not paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub order: String,
    /// The expiration date that the bill was made for.
    pub billed_for: Date,
    /// The first day of the order's term.
    pub start: Date,
    /// Its last day; `None` for life.
    pub through: Option<Date>,
}

/// How many a membership remembers: the newest.
const KEPT: usize = 12;

/// By term, the newest last.
pub fn rests(record: &Record) -> Vec<Rest> {
    let kept = record.get(RESTS);
    kept.and_then(|kept| serde_json::from_value(kept).ok())
        .unwrap_or_default()
}

/// The one that is reminded of.
pub fn newest_rest(record: &Record) -> Option<Rest> {
    rests(record).pop()
}

/// Notes what is left of an order; nothing once it is paid or void.
pub fn note_rest(record: &mut Record, order: &str, rest: Option<Rest>) {
    let mut kept = rests(record);
    kept.retain(|known| known.order != order);
    kept.extend(rest);
    kept.sort_by_key(|rest| rest.start);
    kept.drain(..kept.len().saturating_sub(KEPT));
    let kept = serde_json::to_value(&kept)
        .ok()
        .filter(|_| !kept.is_empty());
    record.put(RESTS, kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rest(order: &str, year: i16) -> Rest {
        Rest {
            order: order.into(),
            billed_for: date(year - 1, 12, 31),
            start: date(year, 1, 1),
            through: Some(date(year, 12, 31)),
        }
    }

    #[test]
    fn the_newest_is_told_until_it_is_paid_and_then_the_one_before() {
        let mut member = Record::default();
        for (order, year) in [("b", 2027), ("a", 2026), ("b", 2027)] {
            note_rest(&mut member, order, Some(rest(order, year)));
        }
        assert_eq!(newest_rest(&member), Some(rest("b", 2027)));
        note_rest(&mut member, "b", None);
        assert_eq!(newest_rest(&member), Some(rest("a", 2026)));
        note_rest(&mut member, "a", None);
        assert_eq!(newest_rest(&member), None);
        assert!(!member.has(RESTS));
    }
}
