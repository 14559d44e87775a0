//! Recurring billing runs: a template and when to make a run from it
//! (rule REC-1). They stand in the runs' table, so that one index tells the
//! scheduler what is due of either.

use super::billing_run::{DUE_WORK, DUE_WORK_SHARDS, due_work_key};
pub use super::catalogue::{IS_ACTIVE, NAME, is_active};
use super::common::{COUNT, server, text};
use crate::error::Problems;
use crate::field::{Field, FieldDef, Kind};
use crate::ids::shard;
use crate::index::{Index, IndexKey, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schedule::Schedule;
use crate::schema::{Group, Schema};
use jiff::Timestamp;

pub const LEAD_TIME: Field<i64> = Field::with(
    FieldDef::new(
        "pre_processing_lead_time",
        Kind::Number {
            min: 1.0,
            max: 365.0,
            whole: true,
        },
    )
    .required()
    .about("Business days before the run's date on which it is planned; at most 365 is our bound."),
);
pub const TEMPLATE_ID: Field<String> = Field::with(
    text("template_id", "What its runs are made from.")
        .required()
        .refers_to("billingTemplates"),
);
pub const SCHEDULE: Field<String> = Field::with(
    text(
        "schedule",
        "When its runs execute, in the tenant's time zone: cron of 6 or 7 fields as Quartz writes it (seconds first, \
         1 is Sunday; ?, L, LW, L-3, 15W, 6L, 6#3), or of 5 fields (minutes first, 0 is Sunday).",
    )
    .required()
    .example("0 0 9 1 * ?"),
);
pub const HUMAN_READABLE: Field<String> = Field::with(text(
    "human_readable_schedule",
    "The same in words; generated when absent.",
));

const fn moment(name: &'static str, about: &'static str) -> Field<Timestamp> {
    Field::with(server(FieldDef::new(name, Kind::Timestamp).about(about)))
}

pub const NEXT_PROCESSING: Field<Timestamp> = moment(
    "sys_next_processing_date",
    "When the next run is made and planned; absent while inactive.",
);
pub const LAST_RUN_DATE: Field<Timestamp> =
    moment("last_run_date", "The run date of the last run it made.");
pub const LAST_ERROR: Field<String> =
    Field::with(server(text("last_error", "Why a run could not be made.")));
pub const LAST_ERROR_DATE: Field<Timestamp> = moment("last_error_date", "When that was.");
pub const ERRORS: Field<i64> = Field::with(server(
    FieldDef::new("errors_since_last_run", COUNT)
        .about("Attempts that failed since a run was last made."),
));

/// The run date of the run that is made next.
pub const NEXT_RUN: Field<Timestamp> = Field::with(FieldDef::new("_next_run", Kind::Timestamp));
/// Until when a failed attempt is not repeated.
pub const RETRY_AT: Field<Timestamp> = Field::with(FieldDef::new("_retry_at", Kind::Timestamp));

pub enum RecurringBillingRuns {}

impl Resource for RecurringBillingRuns {
    const NAME: &'static str = "recurringBillingRuns";
    const TABLE: Table = Table::BillingRuns;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_WORK];
    const SCHEMA: &'static Schema = &Schema {
        title: "RecurringBillingRun",
        groups: &[
            Group {
                title: "Recurring run",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    LEAD_TIME.def,
                    TEMPLATE_ID.def,
                    IS_ACTIVE.def,
                    SCHEDULE.def,
                    HUMAN_READABLE.def,
                    NEXT_PROCESSING.def,
                    LAST_RUN_DATE.def,
                    LAST_ERROR.def,
                    LAST_ERROR_DATE.def,
                    ERRORS.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        let schedule = after.raw(SCHEDULE.name());
        // Any other kind of value the schema has told already; a stored one that a
        // newer rule refuses must not keep the server from noting so.
        if schedule.is_some_and(serde_json::Value::is_string)
            && before.is_none_or(|before| before.raw(SCHEDULE.name()) != schedule)
            && let Err(why) = Schedule::parse(after.text(SCHEDULE))
        {
            problems.add("/schedule", why);
        }
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        let part = shard(after.text(ID_FIELD)) % DUE_WORK_SHARDS;
        let due = due_at(after).map(|at| due_work_key(part, at));
        due.into_iter().collect()
    }
}

/// When the scheduler has to look at it.
pub fn due_at(recurring: &Record) -> Option<Timestamp> {
    let next = recurring.get(NEXT_PROCESSING)?;
    let retry = recurring.get(RETRY_AT);
    is_active(recurring).then_some(retry.map_or(next, |retry| retry.max(next)))
}
