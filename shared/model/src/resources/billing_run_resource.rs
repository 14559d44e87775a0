//! Billing runs as a resource: their table, fields, rules and index keys.

use super::billing_run::{
    BATCH_ID, BillingRuns, CLAIMED_AT, DELETING_SINCE, DUE_WORK_SHARDS, ERROR, ERROR_STACK,
    LAST_REFRESH, NAME, NOTIFICATION_EMAIL, PREPROCESSING_DATE, RECURRING_ID, RUN_DATE, RunStatus,
    SCHEDULED_PREPROCESSING, SCHEDULED_RUN, STATISTICS, STATUS, SWITCHES, TEMPLATE_ID,
    TOLD_PAST_DUE, due_work_shard,
};
use super::billing_run_rules;
use crate::error::Problems;
use crate::ids::TenantId;
use crate::index::{DUE_WORK, RUNS_BY_RECURRING, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use jiff::Timestamp;

impl Resource for BillingRuns {
    const NAME: &'static str = "billingRuns";
    const TABLE: Table = Table::BillingRuns;
    const LAYOUT: Layout = Layout::Small;
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
                    ERROR.def,
                    ERROR_STACK.def,
                    STATISTICS.def,
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
        billing_run_rules::check(before, after, problems);
    }

    fn index_keys(tenant: &TenantId, after: &Record) -> Vec<(&'static str, Option<String>)> {
        let due = due_at(after);
        let id = after.text(ID_FIELD);
        vec![
            (
                DUE_WORK.hash,
                due.map(|_| due_work_shard(crate::ids::shard(id) % DUE_WORK_SHARDS)),
            ),
            (DUE_WORK.range, due.map(crate::field::moment)),
            (
                RUNS_BY_RECURRING.hash,
                after
                    .get(RECURRING_ID)
                    .map(|recurring| format!("{tenant}#{recurring}")),
            ),
        ]
    }
}

/// When the scheduler has to look at a run: its planning or execution moment,
/// or, for one being worked or deleted, soon after its claim, so that a crash is
/// mended.
fn due_at(run: &Record) -> Option<Timestamp> {
    if run.has(DELETING_SINCE) {
        return run.get(DELETING_SINCE);
    }
    match run.get(STATUS)? {
        RunStatus::Scheduled => run.get(SCHEDULED_PREPROCESSING),
        RunStatus::ScheduledForExecution => run.get(SCHEDULED_RUN),
        RunStatus::ReadyForExecution => run
            .get(SCHEDULED_RUN)
            .filter(|at| run.get(TOLD_PAST_DUE) != Some(*at)),
        RunStatus::Preprocessing | RunStatus::Running => run.get(CLAIMED_AT),
        _ => None,
    }
}
