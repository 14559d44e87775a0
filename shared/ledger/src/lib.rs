//! What is owed and paid: the billing head, orders, payments and claims, and
//! what they do to a membership.

pub mod books;
pub mod brought;
pub mod commit;
pub mod context;
pub mod customers;
pub mod group;
pub mod head;
pub mod members;
pub mod order;
pub mod payments;
pub mod purchase;
pub mod receipt;
pub mod renew;
pub mod schema;
pub mod shape;
mod staff_mail;
pub mod steps;
pub mod tenant;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
