//! Executing a run, one way: the worker decides what each action of a page does,
//! commits it, charges, delivers the mail, and concludes. What is recorded in
//! one transaction with an action's effect decides how the action goes on after
//! a crash, so every step can run twice with the same result.

mod breaker;
mod charge;
mod claim_page;
mod commit;
mod conclude;
mod context;
mod cursor;
mod decide;
mod deliver;
mod derived;
mod effect;
mod member_work;
mod outcome;
mod page;
mod progress;
mod rules;
mod send_again;
mod state;
mod steps;
mod view;
mod worker;

pub(crate) use decide::marked;
pub(crate) use effect::Mail;
pub use send_again::send_again;
pub use steps::{finish, prepare, work};
