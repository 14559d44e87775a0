//! Applications: what one asks for, what it costs, and what it does to a
//! membership.

pub mod activate;
mod activated;
pub mod approval;
pub mod assigned;
mod catalogue;
pub mod draft;
pub mod group;
pub mod mail;
pub mod order;
pub mod parties;
pub mod quote;
pub mod rules;
mod sold;
mod wanted;
