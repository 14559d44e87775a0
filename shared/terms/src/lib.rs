//! Membership terms: when they start and end, and what a late renewal counts as.
//! Pure functions of calendar dates in the tenant's time zone. A date past the
//! last one there is (9999-12-31) stays at that last one.

mod business_days;
mod classify;
mod expiration;
mod fields;
mod month_day;
mod options;
pub mod package;
mod parse;
pub mod price;
mod relative;
mod update_dates;

pub use business_days::minus_business_days;
pub use classify::{Classification, classify};
pub use expiration::{Term, expiration, next_term, term_from};
pub use fields::Problem;
pub(crate) use fields::{Fields, read};
pub use month_day::MonthDay;
pub use options::{
    AnniversaryExpirationOptions, CalendarExpirationOptions, ExpirationOptions, ExpirationType,
    FixedExpirationDate, ReinstatementOptions, TermLength,
};
pub use relative::{Period, Position, RelativeDate, RelativeTo, UnitOfTime};
pub use update_dates::UpdateDatesWhen;

#[cfg(test)]
mod properties;
