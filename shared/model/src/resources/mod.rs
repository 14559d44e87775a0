//! The resources: fields, enumerations and rules of each.

pub mod add_ons;
pub mod application;
pub mod application_setup;
pub mod billing_notice;
mod billing_options;
pub mod billing_run;
pub mod billing_run_action;
pub mod billing_template;
pub mod catalogue;
pub mod chapters;
pub mod common;
pub mod csv_style;
pub mod id_card_template;
pub mod joining;
mod lists;
pub mod membership;
pub mod named;
pub mod owner;
pub mod people;
pub mod products;
pub mod reasons;
pub mod recurring_billing_run;
pub mod sections;
pub mod settings;
mod settings_resource;
pub mod tenant_settings;
pub mod voting;

pub use add_ons::{AddOnTypes, AddOns};
pub use application::Applications;
pub use application_setup::{
    ApplicationGroups, ApplicationProcesses, ApplicationStatusReasons, GroupApplicationProcesses,
};
pub use billing_notice::BillingNotices;
pub use billing_run::BillingRuns;
pub use billing_run_action::BillingRunActions;
pub use billing_template::BillingTemplates;
pub use catalogue::{Packages, StatusReasons, Types};
pub use chapters::{ChapterTypes, Chapters};
pub use id_card_template::IdCardTemplates;
pub use membership::Memberships;
pub use named::{AppReferenceTypes, Directories, QueryDefinitions};
pub use people::{Contacts, Organizations};
pub use products::{AddOnProducts, ChangeFees, ChapterDuesProducts, Coupons, SectionDuesProducts};

pub use recurring_billing_run::RecurringBillingRuns;
pub use sections::{SectionTypes, Sections};
pub use settings::Settings;
pub use voting::{Ballots, Elections};

use crate::index::{Index, LEDGER_BY_MEMBERSHIP};
use crate::resource::Home;

/// Every resource there is, so that whatever refers to one finds its place.
pub const ALL: &[Home] = &[
    Home::of::<Memberships>(),
    Home::of::<Applications>(),
    Home::of::<BillingNotices>(),
    Home::of::<BillingRuns>(),
    Home::of::<BillingRunActions>(),
    Home::of::<BillingTemplates>(),
    Home::of::<RecurringBillingRuns>(),
    Home::of::<Types>(),
    Home::of::<Packages>(),
    Home::of::<StatusReasons>(),
    Home::of::<ApplicationStatusReasons>(),
    Home::of::<ApplicationProcesses>(),
    Home::of::<ApplicationGroups>(),
    Home::of::<GroupApplicationProcesses>(),
    Home::of::<IdCardTemplates>(),
    Home::of::<Chapters>(),
    Home::of::<ChapterTypes>(),
    Home::of::<ChapterDuesProducts>(),
    Home::of::<Sections>(),
    Home::of::<SectionTypes>(),
    Home::of::<SectionDuesProducts>(),
    Home::of::<AddOns>(),
    Home::of::<AddOnTypes>(),
    Home::of::<AddOnProducts>(),
    Home::of::<ChangeFees>(),
    Home::of::<Coupons>(),
    Home::of::<Directories>(),
    Home::of::<Ballots>(),
    Home::of::<Elections>(),
    Home::of::<AppReferenceTypes>(),
    Home::of::<QueryDefinitions>(),
    Home::of::<Contacts>(),
    Home::of::<Organizations>(),
    Home::of::<Settings>(),
];

/// Every index there is. Two resources of one table may share one.
pub fn indexes() -> Vec<Index> {
    let mut all: Vec<Index> = Vec::new();
    for index in ALL.iter().flat_map(|home| home.indexes) {
        if !all.contains(index) {
            all.push(*index);
        }
    }
    all.push(LEDGER_BY_MEMBERSHIP);
    all
}

/// Orders, which fields refer to though they are no records: items of the ledger,
/// which are never deleted.
pub const ORDERS: LedgerItems = LedgerItems {
    name: "orders",
    partition: "order#",
    sort: "order",
};

/// Items of the ledger that fields refer to.
pub struct LedgerItems {
    /// As `refers_to` gives it.
    pub name: &'static str,
    /// What their partitions begin with, after the tenant; the id follows.
    pub partition: &'static str,
    pub sort: &'static str,
}

/// The home of a resource by its name, as `refers_to` gives it.
pub fn home(name: &str) -> Option<&'static Home> {
    ALL.iter().find(|home| home.name == name)
}

#[cfg(test)]
mod tests {
    use super::{ALL, home};
    use crate::field::{FieldDef, Kind};
    use crate::resource::Layout;
    use std::collections::BTreeSet;

    fn targets(kind: &Kind, found: &mut BTreeSet<&'static str>) {
        match kind {
            Kind::Object(fields) => fields.iter().for_each(|field| target(field, found)),
            Kind::List { of, .. } => targets(of, found),
            _ => {}
        }
    }

    fn target(field: &FieldDef, found: &mut BTreeSet<&'static str>) {
        found.extend(field.refers_to);
        targets(&field.kind, found);
    }

    #[test]
    fn every_reference_leads_to_a_resource_found_by_its_id_alone() {
        let mut found = BTreeSet::new();
        for field in ALL.iter().flat_map(|home| home.schema.fields()) {
            target(field, &mut found);
        }
        assert!(
            found.contains("packages") && found.contains("chapters"),
            "{found:?}"
        );
        found.remove(super::ORDERS.name);
        for name in found {
            let home = home(name).unwrap_or_else(|| panic!("{name} is no resource"));
            assert_ne!(home.layout, Layout::ByRun, "{name}");
        }
    }

    /// An item's keys and packed attributes are taken out of what is read by the
    /// list of indexes, so one that is not listed would show up in records.
    #[test]
    fn each_resource_lists_the_indexes_that_it_fills() {
        for home in ALL {
            let sample = home.schema.sample();
            for key in (home.index_keys)(&sample) {
                assert!(
                    home.indexes.contains(&key.index),
                    "add {} to INDEXES of {}",
                    key.index.name,
                    home.name
                );
                let is_sorted = key.index.range != "_sk";
                assert_eq!(key.sort.is_some(), is_sorted, "{}", key.index.name);
            }
            let packed: BTreeSet<&str> = (home.packed)(&sample).iter().map(|(n, _)| *n).collect();
            let listed = home.indexes.iter().filter_map(|index| index.packed());
            assert_eq!(
                packed,
                listed.collect(),
                "what {} packs, and what the projections of its INDEXES carry",
                home.name
            );
        }
    }

    #[test]
    fn each_resource_stands_once() {
        let names: BTreeSet<&str> = ALL.iter().map(|home| home.name).collect();
        let titles: BTreeSet<&str> = ALL.iter().map(|home| home.schema.title).collect();
        assert_eq!((names.len(), titles.len()), (ALL.len(), ALL.len()));
    }
}
