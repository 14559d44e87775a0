//! Memberships as a resource.

use super::fields::{AFFILIATIONS, BILLING, IDENTITY, LIFE, ORDER, ORIGINS, OTHER};
use super::{affiliations, indexes, packing, rules};
use crate::error::Problems;
use crate::ids::TenantId;
use crate::index::Table;
use crate::record::Record;
use crate::resource::{Layout, Resource};
use crate::schema::Schema;
use std::collections::BTreeSet;

pub enum Memberships {}

impl Resource for Memberships {
    const NAME: &'static str = "memberships";
    const TABLE: Table = Table::Memberships;
    const LAYOUT: Layout = Layout::ByOwner;
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

    fn index_keys(tenant: &TenantId, after: &Record) -> Vec<(&'static str, Option<String>)> {
        indexes::index_keys(tenant, after)
    }

    fn links(record: &Record) -> BTreeSet<String> {
        affiliations::links(record)
    }

    fn packed(after: &Record) -> Vec<(&'static str, String)> {
        packing::packed(after)
    }
}
