//! Look-ups as values: which partitions of which table or index are read, in
//! which order. Resources define them; the store carries them out.

use crate::index::{Index, Table};
use crate::resource::{Home, Layout, Resource};

/// A restriction of the sort key, inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    Between(String, String),
    BeginsWith(String),
}

/// Partitions in order, of a table or of one of its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    pub table: Table,
    pub index: Option<Index>,
    /// Partition keys without the tenant, which the store adds, unless the index
    /// is one across tenants.
    pub partitions: Vec<String>,
    pub range: Option<Range>,
    /// Items in a page, where it is not the usual number.
    pub limit: Option<i32>,
    pub consistent: bool,
    /// Each partition from its end.
    pub backwards: bool,
}

impl Lookup {
    fn new(table: Table, index: Option<Index>, partitions: Vec<String>) -> Self {
        Lookup {
            table,
            index,
            partitions,
            range: None,
            limit: None,
            consistent: false,
            backwards: false,
        }
    }

    /// Every record of a resource. Memberships and actions stand with their
    /// owner or run, so there is no list of their partitions, and such a call
    /// does not compile:
    ///
    /// ```compile_fail
    /// model::lookup::Lookup::all::<model::resources::Memberships>();
    /// ```
    ///
    /// ```
    /// model::lookup::Lookup::all::<model::resources::Contacts>();
    /// ```
    pub fn all<R: Resource>() -> Self {
        const {
            assert!(
                matches!(R::LAYOUT, Layout::Small | Layout::Sharded),
                "this resource's partitions are not known beforehand: use one of its look-ups"
            );
        }
        let partitions = match R::LAYOUT {
            Layout::Small => vec![R::NAME.to_owned()],
            _ => (0..crate::ids::SHARDS)
                .map(|shard| format!("{}#{shard:02}", R::NAME))
                .collect(),
        };
        Lookup::new(R::TABLE, None, partitions)
    }

    /// What stands in the partition of the record with this id.
    pub fn beside<R: Resource>(id: &str) -> Self {
        Lookup::table::<R>(vec![Home::of::<R>().partition(id)])
    }

    /// Partitions of the resource's table, in their order.
    pub fn table<R: Resource>(partitions: Vec<String>) -> Self {
        Lookup::new(R::TABLE, None, partitions)
    }

    /// The records linked to any of these, see [`Resource::links`].
    pub fn linked<R: Resource>(links: &[String]) -> Self {
        Lookup::table::<R>(links.to_vec())
    }

    /// What an index holds under several keys, in their order.
    pub fn index(index: Index, keys: Vec<String>) -> Self {
        Lookup::new(index.table, Some(index), keys)
    }

    pub fn range(self, range: Range) -> Self {
        Lookup {
            range: Some(range),
            ..self
        }
    }

    pub fn limit(self, limit: i32) -> Self {
        Lookup {
            limit: Some(limit),
            ..self
        }
    }

    pub fn backwards(self) -> Self {
        Lookup {
            backwards: true,
            ..self
        }
    }

    /// Reads what was written last. An index has no such read.
    pub fn consistent(self) -> Self {
        Lookup {
            consistent: true,
            ..self
        }
    }
}
