//! Applications as a resource, and the indexes that they are found by.

use super::criteria::SEARCHED;
use super::fields::{
    ADD_ONS, ADDITIONAL_CHAPTER_IDS, CHAPTER_ID, DATE, GROUP_ID, GROUP_PROCESS_ID, IDENTITY, OTHER,
    PROGRESS, SECTION_IDS, WANTED,
};
use crate::error::Problems;
use crate::field::{Field, moment};
use crate::ids::shard;
use crate::index::{Index, IndexKey, Projection, Table};
use crate::lookup::Lookup;
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::resources::lists::check_named;
use crate::resources::owner::{OWNER_TYPE, OwnerType, check_owner, owner_field};
use crate::schema::Schema;
use serde_json::Value;
use std::collections::BTreeSet;

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

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_owner(after, problems);
        check_group(after, problems);
        check_named(before, after, ADD_ONS, "add_on_id", problems);
        check_chosen(before, after, problems);
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

/// An application of a group says by which process, and is of a person.
fn check_group(after: &Record, problems: &mut Problems) {
    for (field, other) in [(GROUP_ID, GROUP_PROCESS_ID), (GROUP_PROCESS_ID, GROUP_ID)] {
        if !after.has(field) && after.has(other) {
            let rule = format!("is required with {}", other.name());
            problems.add(format!("/{}", field.name()), rule);
        }
    }
    if after.has(GROUP_ID) && after.get(OWNER_TYPE) == Some(OwnerType::Organization) {
        problems.add("/owner_type", "must be contact: a group is of people");
    }
}

/// Each chapter and section is applied for once, if the lists are new.
fn check_chosen(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let chapters = |of: &Record| (of.get(CHAPTER_ID), of.get(ADDITIONAL_CHAPTER_IDS));
    let sections = |of: &Record| of.get(SECTION_IDS);
    if before.map(chapters) != Some(chapters(after)) {
        let (primary, further) = chapters(after);
        let primary: Vec<String> = primary.into_iter().collect();
        check_once(ADDITIONAL_CHAPTER_IDS, &primary, further, problems);
    }
    if before.map(sections) != Some(sections(after)) {
        check_once(SECTION_IDS, &[], sections(after), problems);
    }
}

fn check_once(
    field: Field<Vec<String>>,
    known: &[String],
    ids: Option<Vec<String>>,
    problems: &mut Problems,
) {
    let mut seen: BTreeSet<String> = known.iter().cloned().collect();
    for (at, id) in ids.unwrap_or_default().into_iter().enumerate() {
        let path = format!("/{}/{at}", field.name());
        if known.contains(&id) {
            problems.add(path, "is the primary chapter: it is named once");
        } else if !seen.insert(id) {
            problems.add(path, "stands twice in the list");
        }
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
