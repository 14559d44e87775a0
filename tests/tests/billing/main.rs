//! Billing runs from planning to the last mail.

mod actions;
mod approval;
mod drops;
mod life;
mod once;
mod parked;
mod planning;
mod reminders;
mod support;
