//! Billing: who is concerned, what is made, and what has happened. Pure
//! functions first, thin drivers after.

pub mod census;
pub mod claim;
pub mod eligibility;
pub mod engine;
pub mod head;
pub mod member;
pub mod order;
pub mod package;
pub mod plan;
pub mod refresh;
pub mod renew;
pub mod scope;
pub mod tenant;
pub mod term;
