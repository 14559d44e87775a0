//! A package's `expiration_options` and what they mean.

use super::MonthDay;

/// How long a membership bought with a package runs, and how long after its end a
/// member may still come back. Options of the type not chosen are accepted unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpirationOptions {
    pub expiration_type: ExpirationType,
    /// Days after expiration during which coming back is still a renewal.
    pub grace_period: u16,
    /// `Some` when `allow_reinstatement` is on.
    pub reinstatement_options: Option<ReinstatementOptions>,
}

/// `expiration_type` with the options that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpirationType {
    /// All terms end with the association's year.
    Calendar(CalendarExpirationOptions),
    /// A term is counted from the day it starts.
    Anniversary(AnniversaryExpirationOptions),
    /// Never expires.
    Lifetime,
}

/// Terms that end with the association's year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarExpirationOptions {
    /// Month whose first day starts the association's year, 1 to 12.
    pub start_of_calendar_year: i8,
    /// After this day of the association's year the coming year is sold as well.
    pub sell_for_next_year_after: Option<MonthDay>,
    /// Association years in a term, 1 to 100.
    pub number_of_years: u16,
}

/// Terms counted from the day they start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnniversaryExpirationOptions {
    /// `term_length` in its `term_type`.
    pub term_length: TermLength,
    /// Whether a term may end on any day; otherwise it ends with a month.
    pub allow_mid_month_expirations: bool,
    /// Last day of a month on which that month is still the term's first one, 1 to 31.
    pub sell_for_next_month_after: i8,
    /// Ranges in the order they are tried; empty unless `enable_fixed_expiration_dates`.
    pub fixed_expiration_dates: Vec<FixedExpirationDate>,
}

/// A length of time, at least one of its unit and at most about a century.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermLength {
    Days(u16),
    Months(u16),
    Years(u16),
}

/// Whoever starts inside the range, both ends included, expires on the given day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedExpirationDate {
    pub range_start: MonthDay,
    /// Before `range_start` when the range goes over the turn of the year.
    pub range_end: MonthDay,
    pub expiration_date: MonthDay,
}

/// How a lapsed member may come back once the grace period is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReinstatementOptions {
    /// Days, counted from the end of the grace period.
    pub reinstatement_period: u16,
    pub give_renewal_pricing_during_reinstatement_period: bool,
}
