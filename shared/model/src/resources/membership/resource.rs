//! Memberships as a resource.

use super::computed::principal_id;
use super::fields::{AFFILIATIONS, BILLING, IDENTITY, LIFE, ORDER, ORIGINS, OTHER, OwnerType};
use super::{affiliations, history, indexes, inherited, packing, rules};
use crate::error::Problems;
use crate::index::{Index, IndexKey, Table};
use crate::lookup::Lookup;
use crate::record::Record;
use crate::resource::{Layout, Overflow, Resource};
use crate::schema::Schema;
use jiff::Timestamp;
use std::collections::BTreeSet;

pub enum Memberships {}

impl Resource for Memberships {
    const NAME: &'static str = "memberships";
    const TABLE: Table = Table::Memberships;
    const LAYOUT: Layout = Layout::ByOwner;
    const INDEXES: &'static [Index] = &[
        indexes::DUE,
        indexes::OWING,
        indexes::BY_NUMBER,
        indexes::BY_PARENT,
        indexes::BY_ORDER,
        indexes::DUE_FLOWDOWN,
    ];
    const SCHEMA: &'static Schema = &Schema {
        title: "Membership",
        groups: &[
            IDENTITY,
            ORIGINS,
            LIFE,
            ORDER,
            BILLING,
            AFFILIATIONS,
            OTHER,
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        rules::check(before, after, problems);
    }

    fn mark(before: Option<&Record>, after: &mut Record, at: Timestamp) {
        inherited::mark(before, after, at);
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        indexes::index_keys(after)
    }

    fn links(record: &Record) -> BTreeSet<String> {
        affiliations::links(record)
    }

    fn packed(after: &Record) -> Vec<(&'static str, String)> {
        packing::packed(after)
    }

    fn overflow(after: &mut Record) -> Vec<Overflow> {
        history::overflow(after)
    }

    fn overflow_partition(record: &Record) -> Option<String> {
        Some(history::partition(record))
    }
}

/// The memberships of an owner, the principal one first: they stand in one
/// partition, and the principal's id is the start of the others'.
pub fn of_owner(owner_type: OwnerType, owner: &str) -> Lookup {
    Lookup::beside::<Memberships>(&principal_id(owner_type, owner))
}
