//! Expiration dates. Each rule counts from a basis: the effective date of a join or
//! reinstatement, the day after the old expiration for a renewal.

use jiff::Span;
use jiff::civil::Date;

use super::{
    AnniversaryExpirationOptions, CalendarExpirationOptions, ExpirationOptions, ExpirationType,
    FixedExpirationDate, MonthDay, TermLength,
};

/// A membership's paid-for time, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    pub start: Date,
    /// `None` for life.
    pub expiration: Option<Date>,
}

impl Term {
    /// Whether the term counts as billed when terms through a date have been: when
    /// its middle has. So correcting an expiration date by days neither opens a
    /// second bill for a term nor swallows the next one.
    pub fn is_covered(&self, through: Date) -> bool {
        let end = self.expiration.unwrap_or(Date::MAX);
        let days = self.start.until(end).map_or(0, |span| span.get_days());
        self.start
            .checked_add(Span::new().days(days / 2))
            .is_ok_and(|middle| middle <= through)
    }

    /// Whether this is `known` with its dates corrected, or an earlier term: it
    /// begins no later, or the middle of each lies within the other.
    pub fn is_as_early_as(&self, known: &Term) -> bool {
        let within =
            |one: &Term, other: &Term| one.is_covered(other.expiration.unwrap_or(Date::MAX));
        self.start <= known.start || (within(self, known) && within(known, self))
    }
}

/// The last day of a term with this basis, never before it; `None` for life.
pub fn expiration(options: &ExpirationOptions, basis: Date) -> Option<Date> {
    match &options.expiration_type {
        ExpirationType::Calendar(calendar) => Some(calendar_expiration(calendar, basis)),
        ExpirationType::Anniversary(anniversary) => {
            Some(anniversary_expiration(anniversary, basis))
        }
        ExpirationType::Lifetime => None,
    }
}

/// The term of somebody who joins or is reinstated on `start`.
pub fn term_from(options: &ExpirationOptions, start: Date) -> Term {
    Term {
        start,
        expiration: expiration(options, start),
    }
}

/// The term that follows `old_expiration` without a gap, however early or late the
/// renewal: so an early one never shortens what has been paid for.
pub fn next_term(options: &ExpirationOptions, old_expiration: Date) -> Term {
    term_from(options, old_expiration.tomorrow().unwrap_or(Date::MAX))
}

/// The last day of the association year that holds the basis, or of a later one:
/// so many years in a term, one more when the coming year is already on sale.
fn calendar_expiration(options: &CalendarExpirationOptions, basis: Date) -> Date {
    let start = year_start(options, basis);
    let cut_off = options
        .sell_for_next_year_after
        .map(|day| day.on_or_after(start));
    let next_year_too = cut_off.is_some_and(|cut_off| basis > cut_off);
    let years = options
        .number_of_years
        .saturating_add(u16::from(next_year_too));
    last_day(start, TermLength::Years(years))
}

fn year_start(options: &CalendarExpirationOptions, basis: Date) -> Date {
    let month = options.start_of_calendar_year;
    let year = basis.year() - i16::from(basis.month() < month);
    Date::new(year, month, 1).unwrap_or(Date::MIN)
}

fn anniversary_expiration(options: &AnniversaryExpirationOptions, basis: Date) -> Date {
    let fixed = options.fixed_expiration_dates.iter();
    let fixed = fixed.copied().find(|range| holds(*range, basis));
    match fixed {
        Some(range) => range.expiration_date.on_or_after(basis),
        None if options.allow_mid_month_expirations => to_the_day(basis, options.term_length),
        None => whole_months(options, basis),
    }
}

/// Counts from the first day of the first month, which is the coming one after
/// the cut-off day, to the end of the month the term ends in (a term in days may
/// end inside one).
fn whole_months(options: &AnniversaryExpirationOptions, basis: Date) -> Date {
    let first = match basis.day() <= options.sell_for_next_month_after {
        true => basis.first_of_month(),
        false => basis.last_of_month().tomorrow().unwrap_or(Date::MAX),
    };
    last_day(first, options.term_length).last_of_month()
}

fn holds(range: FixedExpirationDate, basis: Date) -> bool {
    let day = MonthDay::of(basis);
    let (after_start, before_end) = (day >= range.range_start, day <= range.range_end);
    match range.range_start <= range.range_end {
        true => after_start && before_end,
        false => after_start || before_end,
    }
}

/// Where the end's month lacks the day the term started on, it ends with that month;
/// otherwise on the day before. A term that starts on a day up to the 28th therefore
/// renews on that day for ever; one from the 29th to the 31st moves to the 1st the
/// first time a short month ends it, because a renewal sees the old expiration only.
fn to_the_day(basis: Date, length: TermLength) -> Date {
    match plus(basis, length) {
        Ok(end) if !matches!(length, TermLength::Days(_)) && end.day() < basis.day() => end,
        _ => last_day(basis, length),
    }
}

fn last_day(first: Date, length: TermLength) -> Date {
    let after = plus(first, length);
    after.and_then(Date::yesterday).unwrap_or(Date::MAX)
}

fn plus(first: Date, length: TermLength) -> Result<Date, jiff::Error> {
    let span = match length {
        TermLength::Days(days) => Span::new().try_days(days),
        TermLength::Months(months) => Span::new().try_months(months),
        TermLength::Years(years) => Span::new().try_years(years),
    };
    first.checked_add(span?)
}

#[cfg(test)]
mod tests;
