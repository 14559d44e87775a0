//! When memberships end, relative to the association's day, and what follows
//! from that backwards.

use super::association::Association;
use super::catalogue::{Offer, TermOf};
use super::random::Random;
use jiff::ToSpan;
use jiff::civil::Date;
use model::Record;
use model::resources::membership::{
    EXPIRATION_DATE, IS_NEW, JOIN_DATE, JOIN_OR_RENEWAL_DATE, RENEWAL_DATE, TERM_START_DATE,
};

/// Days from the association's day to a term's end, by weight, for terms that
/// end on any day or month: most lie ahead, some are overdue, few by long.
const AHEAD: &[(u32, (i32, i32))] = &[
    (17, (0, 45)),
    (12, (46, 90)),
    (62, (91, 364)),
    (7, (-60, -1)),
    (2, (-170, -61)),
];

/// Association years from the coming year's end, by weight.
const YEARS: &[(u32, i32)] = &[(54, 0), (43, 1), (3, -1)];

/// The last day of an active member's term.
pub fn expiration(association: &Association, random: &mut Random, offer: Offer) -> Date {
    if offer.term == TermOf::Year {
        let years = random.weighted(YEARS);
        let end = association.year_end().checked_add(years.years());
        return end.map_or(association.day, Date::last_of_month);
    }
    let (from, to) = random.weighted(AHEAD);
    let mut days = random.between(from, to);
    if offer.months > 12 && days > 45 && random.per_mille(500) {
        days += 365;
    }
    end_of_term(plus(association.day, days), offer)
}

/// The last day of the term of somebody who left long ago.
pub fn past_expiration(association: &Association, random: &mut Random, offer: Offer) -> Date {
    let days = random.between(-900, -120);
    end_of_term(plus(association.day, days), offer)
}

/// The end of a month for packages that end with one.
fn end_of_term(day: Date, offer: Offer) -> Date {
    match offer.term {
        TermOf::Day => day,
        TermOf::Month | TermOf::Year if day.day() > 15 => day.last_of_month(),
        TermOf::Month | TermOf::Year => day.first_of_month().yesterday().unwrap_or(day),
    }
}

/// The dates that led to `expiration`: the term, and when the member joined.
pub fn set_term_dates(
    membership: &mut Record,
    random: &mut Random,
    offer: Offer,
    expiration: Date,
) {
    let start = expiration.tomorrow().unwrap_or(expiration);
    let start = start
        .checked_sub(offer.months.months())
        .unwrap_or(expiration);
    // The first year's package is held by new members alone.
    let is_new = random.per_mille(110) || offer.package == "first-year";
    let years = if is_new { 0 } else { random.between(1, 24) };
    let terms_before = (years * 12 + offer.months - 1) / offer.months;
    let joined = start
        .checked_sub((terms_before * offer.months).months())
        .unwrap_or(start);
    membership.set(EXPIRATION_DATE, expiration);
    membership.set(TERM_START_DATE, start);
    membership.set(JOIN_DATE, joined);
    membership.set(JOIN_OR_RENEWAL_DATE, start);
    membership.set(IS_NEW, is_new);
    membership.put(RENEWAL_DATE, (!is_new).then_some(start));
}

pub fn plus(day: Date, days: i32) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

/// Whole days from one date to another.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
