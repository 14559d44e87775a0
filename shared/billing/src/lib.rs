//! Billing runs: who is concerned, what is done, and what has happened. Pure
//! functions first, thin drivers after.

pub mod action_counts;
pub mod approve;
pub mod claim;
pub mod deletion;
mod due;
pub mod eligibility;
pub mod execute;
pub mod known;
mod mails_ahead;
pub mod member;
pub mod newcomers;
pub mod notice_mail;
pub mod outlook;
mod owing;
pub mod plan;
pub mod planning;
pub mod preview;
pub mod recurring;
pub mod report;
pub mod run_end;
pub mod schedule;
pub mod selection;
mod source;
pub mod staff_mail;
pub mod template;
#[cfg(test)]
mod testing;
