//! The indexes, each with the look-up it serves. Their definitions stand in
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

/// An index and the attributes it is keyed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    pub table: Table,
    pub name: &'static str,
    pub hash: &'static str,
    pub range: &'static str,
    pub serves: &'static str,
}

/// Memberships of a tenant by expiration date, a shard at a time, with only
/// what planning reads.
pub const DUE: Index = Index {
    table: Table::Memberships,
    name: "due",
    hash: "_due_shard",
    range: "_due_on",
    serves: "planning, and POST /memberships/{tenantId}/search: expiration dates in a range",
};

/// Memberships of a tenant by number, in 32 parts, with all that they are
/// searched by.
pub const BY_NUMBER: Index = Index {
    table: Table::Memberships,
    name: "by_number",
    hash: "_number_shard",
    range: "_number",
    serves: "POST /memberships/{tenantId}/search: numbers in a range, and all that no index narrows",
};

pub const BY_PARENT: Index = Index {
    table: Table::Memberships,
    name: "by_parent",
    hash: "_parent",
    range: "_sk",
    serves: "GET /memberships/{tenantId}/parentMembership/{parent_membership_id}",
};

pub const APPLICATIONS_BY_OWNER: Index = Index {
    table: Table::Applications,
    name: "by_owner",
    hash: "_owner",
    range: "_sk",
    serves: "GET /applications/{tenantId}/contact/{contact_id} and /organization/{organization_id}",
};

/// Applications of a tenant by date, a shard at a time, with all that they are
/// searched by. One without a date is not in it.
pub const APPLICATIONS_BY_DATE: Index = Index {
    table: Table::Applications,
    name: "by_date",
    hash: "_date_shard",
    range: "_date",
    serves: "POST /applications/{tenantId}/search",
};

/// Sparse: only what has been billed is in it.
pub const BY_ORDER: Index = Index {
    table: Table::Memberships,
    name: "by_order",
    hash: "_order",
    range: "_sk",
    serves: "GET /memberships/{tenantId}/order/{order_id}",
};

/// The one index that is not keyed by tenant: tenant, id and moment only,
/// readable by the scheduler alone.
pub const DUE_WORK: Index = Index {
    table: Table::BillingRuns,
    name: "due_work",
    hash: "_due_shard",
    range: "_due_at",
    serves: "the scheduler: runs that are to be planned, executed or looked after",
};

pub const RUNS_BY_RECURRING: Index = Index {
    table: Table::BillingRuns,
    name: "by_recurring",
    hash: "_recurring",
    range: "_sk",
    serves: "GET /billingRuns/{tenantId}/recurringBillingRun/{recurring_billing_run_id}",
};

pub const ACTIONS_BY_MEMBERSHIP: Index = Index {
    table: Table::BillingRunActions,
    name: "by_membership",
    hash: "_membership",
    range: "_sk",
    serves: "GET /billingRunActions/{tenantId}/membership/{membership_id}",
};

pub const LEDGER_BY_MEMBERSHIP: Index = Index {
    table: Table::Ledger,
    name: "by_membership",
    hash: "_membership",
    range: "_sk",
    serves: "GET /orders/{tenantId}/membership/{membership_id}",
};

pub const ALL: [Index; 10] = [
    DUE,
    BY_NUMBER,
    BY_PARENT,
    BY_ORDER,
    APPLICATIONS_BY_OWNER,
    APPLICATIONS_BY_DATE,
    DUE_WORK,
    RUNS_BY_RECURRING,
    ACTIONS_BY_MEMBERSHIP,
    LEDGER_BY_MEMBERSHIP,
];
