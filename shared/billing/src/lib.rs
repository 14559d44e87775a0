//! Billing runs: who is concerned, what is done, and what has happened. Pure
//! functions first, thin drivers after.

pub mod announce;
pub mod approve;
pub mod census;
pub mod claim;
pub mod eligibility;
pub mod execute;
pub mod member;
pub mod plan;
pub mod post;
pub mod preview;
pub mod recurring;
pub mod refresh;
pub mod report;
pub mod schedule;
pub mod scope;
pub mod template;
#[cfg(test)]
mod testing;
