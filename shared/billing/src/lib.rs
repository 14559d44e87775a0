//! Billing: who is concerned, what is made, and what has happened. Pure
//! functions first, thin drivers after.

pub mod announce;
pub mod approve;
pub mod census;
pub mod claim;
pub mod eligibility;
pub mod engine;
pub mod execute;
pub mod head;
pub mod member;
pub mod order;
pub mod package;
pub mod payments;
pub mod plan;
pub mod post;
pub mod preview;
pub mod price;
pub mod purchase;
pub mod recurring;
pub mod refresh;
pub mod renew;
pub mod report;
pub mod schedule;
pub mod scope;
pub mod template;
pub mod tenant;
pub mod term;
#[cfg(test)]
mod testing;
