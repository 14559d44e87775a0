//! Billing runs as a resource, and the indexes that they are found by.

use super::fields::*;
use super::rules;
use crate::error::Problems;
use crate::index::{Index, IndexKey, Projection, Table};
use crate::lookup::{Lookup, Range};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use jiff::Timestamp;

pub enum BillingRuns {}

impl Resource for BillingRuns {
    const NAME: &'static str = "billingRuns";
    const TABLE: Table = Table::BillingRuns;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_WORK, BY_RECURRING];
    const SCHEMA: &'static Schema = &Schema {
        title: "BillingRun",
        groups: &[
            Group {
                title: "Run",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    STATUS.def,
                    NOTIFICATION_EMAIL.def,
                    BATCH_ID.def,
                    TEMPLATE_ID.def,
                    RECURRING_ID.def,
                    SCHEDULED_PREPROCESSING.def,
                    SCHEDULED_RUN.def,
                    PREPROCESSING_DATE.def,
                    RUN_DATE.def,
                    LAST_REFRESH.def,
                    ZONE_DATA.def,
                    ERROR.def,
                    ERROR_STACK.def,
                    STATISTICS.def,
                    TOTALS.def,
                    PLANNED_BY.def,
                    APPROVAL.def,
                    APPROVALS.def,
                ],
            },
            Group {
                title: "What it does",
                fields: &[
                    SWITCHES[0].flag.def,
                    SWITCHES[0].options.def,
                    SWITCHES[1].flag.def,
                    SWITCHES[1].options.def,
                    SWITCHES[2].flag.def,
                    SWITCHES[2].options.def,
                    SWITCHES[3].flag.def,
                    SWITCHES[3].options.def,
                    SWITCHES[4].flag.def,
                    SWITCHES[4].options.def,
                    SWITCHES[5].flag.def,
                    SWITCHES[5].options.def,
                    SWITCHES[6].flag.def,
                    SWITCHES[6].options.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        rules::check(before, after, problems);
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        let part = crate::ids::shard(after.text(ID_FIELD)) % DUE_WORK_SHARDS;
        let due = due_at(after).map(|at| due_work_key(part, at));
        let recurring = after.get(RECURRING_ID).map(|id| BY_RECURRING.key(id));
        [due, recurring].into_iter().flatten().collect()
    }
}

/// The one index that is not keyed by tenant: tenant, id and moment only,
/// readable by the scheduler alone.
pub const DUE_WORK: Index = Index {
    table: Table::BillingRuns,
    name: "due_work",
    hash: "_due_shard",
    range: "_due_at",
    projection: Projection::Keys,
    across_tenants: true,
    serves: "the scheduler: runs that are to be planned, executed or looked after",
};

pub const BY_RECURRING: Index = Index {
    table: Table::BillingRuns,
    name: "by_recurring",
    hash: "_recurring",
    range: "_sk",
    projection: Projection::Keys,
    across_tenants: false,
    serves: "GET /billingRuns/{tenantId}/recurringBillingRun/{recurring_billing_run_id}",
};

/// The runs that a recurring run has made.
pub fn of_recurring(recurring: &str) -> Lookup {
    Lookup::index(BY_RECURRING, vec![recurring.to_owned()])
}

/// What the scheduler has to look at until a moment, of all tenants.
pub fn due_work(until: &str) -> Lookup {
    let partitions = (0..DUE_WORK_SHARDS).map(due_work_partition).collect();
    // Below every moment, so that what was due while the scheduler stood still is found.
    Lookup::index(DUE_WORK, partitions).range(Range::Between("0000".into(), until.into()))
}

/// Few runs are due at a time; few partitions keep the scheduler's polling cheap.
pub(crate) const DUE_WORK_SHARDS: u32 = 4;

pub(crate) fn due_work_key(shard: u32, at: Timestamp) -> IndexKey {
    DUE_WORK.sorted(due_work_partition(shard), crate::field::moment(at))
}

fn due_work_partition(shard: u32) -> String {
    format!("due#{shard:02}")
}

/// When the scheduler has to look at a run: its planning or execution moment,
/// or, for one being worked, settled or deleted, soon after its claim, so that a
/// crash is mended.
fn due_at(run: &Record) -> Option<Timestamp> {
    // First, because such a run is `cancelled`, which otherwise is never due.
    if run.has(DELETING_SINCE) {
        return run.get(DELETING_SINCE);
    }
    match run.get(STATUS)? {
        RunStatus::Scheduled => run.get(SCHEDULED_PREPROCESSING),
        RunStatus::ScheduledForExecution => run.get(SCHEDULED_RUN),
        RunStatus::ReadyForExecution => run
            .get(SCHEDULED_RUN)
            // Planned and not approved: looked at once more, to tell staff that the date has
            // passed.
            .filter(|at| run.get(TOLD_PAST_DUE) != Some(*at)),
        RunStatus::Preprocessing | RunStatus::Running => run.get(CLAIMED_AT),
        RunStatus::Cancelled if run.is(SETTLING) => run.get(CLAIMED_AT),
        _ => None,
    }
}
