//! Applications as a resource, and the indexes that they are found by.

use super::criteria::SEARCHED;
use super::fields::{ADD_ONS, DATE, IDENTITY, OTHER, PROGRESS, WANTED};
use crate::error::Problems;
use crate::field::moment;
use crate::ids::shard;
use crate::index::{Index, IndexKey, Projection, Table};
use crate::lookup::Lookup;
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::resources::lists::check_distinct;
use crate::resources::owner::{OWNER_TYPE, OwnerType, check_owner, owner_field};
use crate::schema::Schema;
use serde_json::Value;

/// The attribute that holds what is searched by.
const PACKED: &str = "_search";

pub enum Applications {}

impl Resource for Applications {
    const NAME: &'static str = "applications";
    const TABLE: Table = Table::Applications;
    const LAYOUT: Layout = Layout::Sharded;
    const INDEXES: &'static [Index] = &[BY_OWNER, BY_DATE];
    const SCHEMA: &'static Schema = &Schema {
        title: "Application",
        groups: &[IDENTITY, PROGRESS, WANTED, OTHER, crate::sys::GROUP],
    };

    fn check(_before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_owner(after, problems);
        check_distinct(after, ADD_ONS, "add_on_id", problems);
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        let owner = after.get(OWNER_TYPE).zip(after.get(owner_field(after)));
        let owner = owner.map(|(owner_type, id)| BY_OWNER.key(owner_partition(owner_type, &id)));
        let date = after.get(DATE).map(|date| {
            let part = date_partition(shard(after.text(ID_FIELD)));
            BY_DATE.sorted(part, moment(date))
        });
        [owner, date].into_iter().flatten().collect()
    }

    fn packed(after: &Record) -> Vec<(&'static str, String)> {
        vec![(PACKED, Value::Object(after.pick(SEARCHED)).to_string())]
    }
}

pub const BY_OWNER: Index = Index {
    table: Table::Applications,
    name: "by_owner",
    hash: "_owner",
    range: "_sk",
    projection: Projection::All,
    across_tenants: false,
    serves: "GET /applications/{tenantId}/contact/{contact_id} and /organization/{organization_id}",
};

/// Applications of a tenant by date, a shard at a time, with all that they are
/// searched by. One without a date is not in it.
pub const BY_DATE: Index = Index {
    table: Table::Applications,
    name: "by_date",
    hash: "_date_shard",
    range: "_date",
    projection: Projection::Packed(PACKED),
    across_tenants: false,
    serves: "POST /applications/{tenantId}/search",
};

/// The applications of one owner.
pub fn of_owner(owner_type: OwnerType, owner: &str) -> Lookup {
    Lookup::index(BY_OWNER, vec![owner_partition(owner_type, owner)])
}

fn owner_partition(owner_type: OwnerType, owner: &str) -> String {
    format!("{owner_type}:{owner}")
}

/// The part of [`BY_DATE`] that holds a shard.
pub(super) fn date_partition(shard: u32) -> String {
    format!("{shard:02}")
}
