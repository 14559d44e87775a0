//! Tables, and what an index of one is. Each resource defines its own indexes;
//! `resources::indexes` lists all. Their definitions for AWS stand in
//! `template.yaml`; a contract test holds the two together.

/// A table of `template.yaml`, by the part of its name after the stack's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    Memberships,
    Applications,
    BillingNotices,
    BillingRuns,
    BillingRunActions,
    Configuration,
    /// Orders, billing heads, claims, counters: plain structs, never records.
    Ledger,
}

impl Table {
    pub const ALL: [Table; 7] = [
        Table::Memberships,
        Table::Applications,
        Table::BillingNotices,
        Table::BillingRuns,
        Table::BillingRunActions,
        Table::Configuration,
        Table::Ledger,
    ];

    /// The environment variable that holds the table's name in a function.
    pub const fn variable(self) -> &'static str {
        match self {
            Table::Memberships => "MEMBERSHIPS_TABLE",
            Table::Applications => "APPLICATIONS_TABLE",
            Table::BillingNotices => "BILLING_NOTICES_TABLE",
            Table::BillingRuns => "BILLING_RUNS_TABLE",
            Table::BillingRunActions => "BILLING_RUN_ACTIONS_TABLE",
            Table::Configuration => "CONFIGURATION_TABLE",
            Table::Ledger => "LEDGER_TABLE",
        }
    }
}

/// What an index holds of an item beside its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Only the keys: records are read by them.
    Keys,
    All,
    /// One attribute, a JSON object of some of the record's fields.
    Packed(&'static str),
}

/// An index and the attributes it is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    pub table: Table,
    pub name: &'static str,
    pub hash: &'static str,
    pub range: &'static str,
    pub projection: Projection,
    /// Whether its keys begin with no tenant: only the scheduler reads such one.
    pub across_tenants: bool,
    pub serves: &'static str,
}

/// An item's key in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexKey {
    pub index: Index,
    /// Without the tenant, which the store adds, unless the index is one across
    /// tenants.
    pub partition: String,
    /// `None` where the index is sorted by the item's own sort key.
    pub sort: Option<String>,
}

impl Index {
    /// The key of an item in an index that is sorted by the item's sort key.
    pub fn key(self, partition: impl Into<String>) -> IndexKey {
        IndexKey {
            index: self,
            partition: partition.into(),
            sort: None,
        }
    }

    /// The key of an item in an index with a sort key of its own.
    pub fn sorted(self, partition: impl Into<String>, sort: impl Into<String>) -> IndexKey {
        IndexKey {
            sort: Some(sort.into()),
            ..self.key(partition)
        }
    }

    /// The attribute that it carries beside the keys.
    pub fn packed(self) -> Option<&'static str> {
        match self.projection {
            Projection::Packed(name) => Some(name),
            Projection::Keys | Projection::All => None,
        }
    }

    /// The attributes that items carry for it.
    pub fn attributes(self) -> impl Iterator<Item = &'static str> {
        [self.hash, self.range].into_iter().chain(self.packed())
    }
}

/// Orders and claims of a membership. The ledger holds plain structs, so no
/// resource defines it.
pub const LEDGER_BY_MEMBERSHIP: Index = Index {
    table: Table::Ledger,
    name: "by_membership",
    hash: "_membership",
    range: "_sk",
    projection: Projection::Keys,
    across_tenants: false,
    serves: "GET /orders/{tenantId}/membership/{membership_id}",
};
