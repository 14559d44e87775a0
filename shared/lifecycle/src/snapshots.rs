//! What a tenant's memberships were when each past month ended, computed from their
//! histories by a job (rule FILE-4), and the figures of it (rule FILE-5).

mod count;
mod job;
mod months;
mod series;
pub mod statistics;

pub use count::count;
pub use job::{finish, newest, prepare, work};
pub use months::{MONTHS, Months};
pub use series::Series;
