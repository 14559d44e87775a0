//! What a package says about terms and prices, read by the same functions when
//! it is saved and when it is used.

mod month_day;
mod options;
mod parse;
mod proration;
mod update_dates;

pub use month_day::MonthDay;
pub use options::{
    AnniversaryExpirationOptions, CalendarExpirationOptions, ExpirationOptions, ExpirationType,
    FixedExpirationDate, ReinstatementOptions, TermLength,
};
pub use parse::{MAX_DAYS, MAX_YEARS};
pub use proration::{AppliesTo, DuesProration};
pub use update_dates::UpdateDatesWhen;
