//! Billing runs from planning to the last mail.

mod actions;
mod agreement;
mod approval;
mod breaker;
mod budget;
mod deletion;
mod drops;
mod life;
mod once;
mod parked;
mod payments;
mod planning;
mod previews;
mod pro_forma;
mod receivables;
mod recipients;
mod recurring;
mod reminders;
mod report;
mod review;
mod runs;
mod schedule;
mod support;
mod templates;
mod terms;
mod unusable;
