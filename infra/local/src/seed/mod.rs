//! A made-up association to try things on: believable, and the same every time
//! from its seed. Each member is computed from the seed and a number alone, so
//! that a million of them need no more memory than one.

mod association;
mod billed;
mod card;
mod catalogue;
mod dates;
mod fill;
mod generate;
mod member;
mod notices;
mod people;
mod places;
mod random;
#[cfg(test)]
mod tests;

pub use association::Association;
pub use catalogue::{CURRENCY, LAPSED, SENDER};
pub use fill::fill;
