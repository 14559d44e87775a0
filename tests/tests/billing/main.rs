//! Billing runs from planning to the last mail.

mod life;
mod review;
