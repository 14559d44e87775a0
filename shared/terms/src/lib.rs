//! Membership terms: when they start and end, and what a late renewal counts as.
//! Pure functions of calendar dates in the tenant's time zone. A date past the
//! last one there is (9999-12-31) stays at that last one.

pub mod application;
mod business_days;
mod classify;
pub mod coverage;
mod expiration;
pub mod package;
pub mod price;
mod relative;
pub mod sent;
pub mod standing;

pub use business_days::minus_business_days;
pub use classify::{Classification, classify};
pub use expiration::{Term, expiration, next_term, term_from};
pub use model::Problem;
pub use model::package::{
    AnniversaryExpirationOptions, CalendarExpirationOptions, ExpirationOptions, ExpirationType,
    FixedExpirationDate, MonthDay, ReinstatementOptions, TermLength, UpdateDatesWhen,
};
pub use relative::{Period, Position, RelativeDate, RelativeTo, UnitOfTime};

#[cfg(test)]
mod properties;
