//! Applications: what somebody applies for, and what became of it (rule APPL-1).

mod criteria;
mod fields;
mod resource;
mod search;

pub use fields::*;
pub use resource::{Applications, BY_DATE, BY_OWNER, of_owner};
