//! The fields, a file for each group or two.

mod affiliations;
mod billing;
mod identity;
mod internal;
mod life;
mod order;
mod other;

pub use affiliations::*;
pub use billing::*;
pub use identity::*;
pub use internal::*;
pub use life::*;
pub use order::*;
pub use other::*;

pub use crate::resources::owner::{CONTACT_ID, ORGANIZATION_ID, OWNER_TYPE, OwnerType};
