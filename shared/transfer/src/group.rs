//! What can be brought in and taken out.

use model::choice::Choice;
use model::lookup::Lookup;
use model::resources::membership::indexes;
use model::resources::{Contacts, Organizations, Packages, Types};
use std::path::Path;

model::choice! {
    /// A group of records that has a file of its own.
    pub enum Group {
        Contacts = "contacts",
        Organizations = "organizations",
        Types = "types",
        Packages = "packages",
        Memberships = "memberships",
    }
}

impl Group {
    /// Every record of the group.
    pub fn every(self) -> Lookup {
        match self {
            Group::Contacts => Lookup::all::<Contacts>().consistent(),
            Group::Organizations => Lookup::all::<Organizations>().consistent(),
            Group::Types => Lookup::all::<Types>().consistent(),
            Group::Packages => Lookup::all::<Packages>().consistent(),
            // They stand with their owners, so only an index leads to all.
            Group::Memberships => indexes::every(),
        }
    }

    /// The group that was asked for, or else the one the file is named after.
    ///
    /// # Errors
    /// One line, when neither says it.
    pub fn choose(asked: Option<Group>, file: &Path) -> Result<Group, String> {
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        let named = stem.and_then(|stem| Group::parse(&stem.to_lowercase()));
        asked.or(named).ok_or_else(|| {
            format!(
                "the name of {} does not say what it holds: add --group with one of {}",
                file.display(),
                Group::NAMES.join(", ")
            )
        })
    }
}

/// Runs `$body` with `$resource` as the group's type.
macro_rules! with_group {
    ($group:expr, $resource:ident => $body:expr) => {
        match $group {
            Group::Contacts => {
                type $resource = model::resources::Contacts;
                $body
            }
            Group::Organizations => {
                type $resource = model::resources::Organizations;
                $body
            }
            Group::Types => {
                type $resource = model::resources::Types;
                $body
            }
            Group::Packages => {
                type $resource = model::resources::Packages;
                $body
            }
            Group::Memberships => {
                type $resource = model::resources::Memberships;
                $body
            }
        }
    };
}
pub(crate) use with_group;
