//! What a resource is: constants and one rule.

use crate::error::Problems;
use crate::field::{Field, FieldDef, Kind, Pattern, Writer};
use crate::ids::ID_MAX;
use crate::index::{Index, IndexKey, Table};
use crate::record::Record;
use crate::schema::Schema;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub static ID: Pattern = Pattern::new(r"^[\w|-]+$");
pub static ANY_ID: Pattern = Pattern::new(r"^[\w\-|:#]+$");

/// Every record's `id`.
pub const ID_FIELD: Field<String> = Field::with(id_field(&ID));

/// An `id` line with a resource's own pattern.
pub const fn id_field(pattern: &'static Pattern) -> FieldDef {
    FieldDef::new(
        "id",
        Kind::Text {
            max: ID_MAX,
            pattern: Some(pattern),
        },
    )
    .required()
    .writer(Writer::Server)
    .about("Identifies the record within its tenant; generated.")
}

/// How a collection's items are keyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One partition for the tenant: small collections, listed whole.
    Small,
    /// 32 partitions by the id: large collections.
    Sharded,
    /// A partition for each owner: `contact:1` and `contact:1:2` stand together.
    ByOwner,
    /// 32 partitions for each run, a membership's actions together.
    ByRun,
}

/// A kind of record. An empty enum implements it.
pub trait Resource: Send + Sync + 'static {
    /// The first segment of its paths, as in `billingRuns`.
    const NAME: &'static str;
    const TABLE: Table;
    const LAYOUT: Layout;
    const SCHEMA: &'static Schema;
    /// The indexes of its own that it is found by.
    const INDEXES: &'static [Index] = &[];

    /// The rule beyond single fields, for every writer: whether `before` may
    /// become `after`. Adds what is violated.
    fn check(_before: Option<&Record>, _after: &Record, _problems: &mut Problems) {}

    /// Marks what has to follow a change, for every writer: `at` is the machine's time.
    fn mark(_before: Option<&Record>, _after: &mut Record, _at: Timestamp) {}

    /// The record's keys in its indexes. An index that is left out does not hold
    /// it.
    fn index_keys(_after: &Record) -> Vec<IndexKey> {
        Vec::new()
    }

    /// Under what else the record is found, many to many: the partitions, after
    /// the tenant, of link items that are written with it and hold its id.
    /// Stored, so a name once given must keep its meaning.
    fn links(_record: &Record) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// What the item carries for indexes that hold more than keys: attributes,
    /// each a JSON object of some of the record's fields.
    fn packed(_after: &Record) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Takes out of a record that is about to be written what is to stand beside
    /// it: were all of what only grows in the record, each write would cost more.
    fn overflow(_after: &mut Record) -> Vec<Overflow> {
        Vec::new()
    }

    /// The partition, after the tenant, of all that has been taken out of a record.
    fn overflow_partition(_record: &Record) -> Option<String> {
        None
    }
}

/// An item that is written with its record, and deleted with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Overflow {
    /// Its sort key in [`Resource::overflow_partition`].
    pub sort: String,
    pub fields: Map<String, Value>,
}

/// A resource as a value: where its records stand and what they hold.
#[derive(Clone, Copy)]
pub struct Home {
    pub name: &'static str,
    pub table: Table,
    pub layout: Layout,
    pub schema: &'static Schema,
    pub indexes: &'static [Index],
    pub index_keys: fn(&Record) -> Vec<IndexKey>,
    pub packed: fn(&Record) -> Vec<(&'static str, String)>,
}

impl Home {
    pub const fn of<R: Resource>() -> Home {
        Home {
            name: R::NAME,
            table: R::TABLE,
            layout: R::LAYOUT,
            schema: R::SCHEMA,
            indexes: R::INDEXES,
            index_keys: R::index_keys,
            packed: R::packed,
        }
    }

    /// The partition key of a record, without the tenant.
    pub fn partition(&self, id: &str) -> String {
        let name = self.name;
        match self.layout {
            Layout::Small => name.to_owned(),
            Layout::Sharded => format!("{name}#{:02}", crate::ids::shard(id)),
            Layout::ByOwner => owner_of(id).to_owned(),
            Layout::ByRun => {
                let (run, rest) = id.split_once('|').unwrap_or((id, ""));
                // From the end, because a membership's id may hold `|`. By the membership alone,
                // so that its actions stand in the shard in which planning meets it.
                let membership = rest.rsplitn(3, '|').nth(2).unwrap_or("");
                run_partition(run, crate::ids::shard(membership))
            }
        }
    }
}

/// The partition of one shard of a run's actions, without the tenant.
pub(crate) fn run_partition(run: &str, shard: u32) -> String {
    format!("{run}#{shard:02}")
}

/// `contact:<id>` of `contact:<id>:<parent organization id>`.
fn owner_of(id: &str) -> &str {
    id.match_indices(':')
        .nth(1)
        .map_or(id, |(second, _)| &id[..second])
}

#[cfg(test)]
mod tests {
    use super::owner_of;

    #[test]
    fn derived_memberships_stand_beside_their_owners_principal() {
        assert_eq!(owner_of("contact:1"), "contact:1");
        assert_eq!(owner_of("contact:1:9"), "contact:1");
        assert_eq!(owner_of("odd"), "odd");
    }
}
