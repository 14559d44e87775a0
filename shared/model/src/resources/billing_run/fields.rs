//! The fields of a billing run.

use crate::field::{Field, FieldDef, FieldType, Kind, TEXT, Writer};
use crate::resources::billing_options::{
    auto_renewal_options, drop_options, order_options, reminder, reminder_options,
    renewal_notice_options,
};
use crate::resources::billing_run_action::ActionType;
use crate::resources::common::{COUNT, client, flag, own, server, text};
use jiff::Timestamp;
use serde_json::Value;

crate::choice! {
    /// Where a run stands (rule RUN-8).
    pub enum RunStatus {
        Draft = "draft",
        Scheduled = "scheduled",
        Preprocessing = "preprocessing",
        ReadyForExecution = "ready for execution",
        ScheduledForExecution = "scheduled for execution",
        Running = "running",
        Completed = "completed",
        Error = "error",
        TimedOut = "timed out",
        Cancelled = "cancelled",
    }
}

pub use crate::resources::common::NAME;
pub const STATUS: Field<RunStatus> = Field::with(
    FieldDef::new("status", RunStatus::KIND)
        .filled()
        .about("Where it stands; draft when not given."),
);
pub const NOTIFICATION_EMAIL: Field<String> = Field::with(
    text(
        "notification_email",
        "Who is told of its progress; several separated by comma or semicolon.",
    )
    .example("billing@association.example"),
);
pub const BATCH_ID: Field<String> = client(
    "batch_id",
    "The accounting batch its orders and payments go into.",
);
pub const TEMPLATE_ID: Field<String> = Field::with(
    text(
        "template_id",
        "The billing template it was made from; reminders of one template are one series.",
    )
    .refers_to("billingTemplates"),
);
pub const RECURRING_ID: Field<String> = Field::with(
    server(text(
        "recurring_billing_run_id",
        "The recurring run that made it.",
    ))
    .refers_to("recurringBillingRuns"),
);
pub const SCHEDULED_PREPROCESSING: Field<Timestamp> = Field::with(
    FieldDef::new("scheduled_preprocessing_date", Kind::Timestamp)
        .when_is("status", "scheduled")
        .about("When it is to be planned."),
);
pub const SCHEDULED_RUN: Field<Timestamp> = Field::with(
    FieldDef::new("scheduled_run_date", Kind::Timestamp)
        .when_is("status", "scheduled for execution")
        .about("When it is to be executed, once approved."),
);
pub const PREPROCESSING_DATE: Field<Timestamp> =
    own("preprocessing_date", "When it was last planned.");
pub const RUN_DATE: Field<Timestamp> = own("run_date", "When execution started.");
pub const LAST_REFRESH: Field<Timestamp> = own("last_refresh_date", "When it was last planned.");
pub const ZONE_DATA: Field<String> = own(
    "time_zone_data",
    "The release of the IANA time zone data by which it was last planned or executed, such as 2026f.",
);
pub const ERROR: Field<String> = own("error", "Why it stopped, one line.");
pub const ERROR_STACK: Field<String> = own("error_stack", "Detail for operators.");
pub const STATISTICS: Field<Value> = Field::with(
    FieldDef::new("statistics", STATISTICS_KIND)
        .writer(Writer::Server)
        .about("How many actions stand where, in all and by type."),
);
pub const TOTALS: Field<Value> = Field::with(
    FieldDef::new("totals", TOTALS_KIND)
        .writer(Writer::Server)
        .guessed()
        .about("What the run bills and charges, by currency; forecasts are left out."),
);

pub const PLANNED_BY: Field<String> = Field::with(
    own::<String>("planned_by", "Who last asked for its planning.")
        .def
        .writer(Writer::ServerAlone)
        .guessed(),
);
pub const APPROVAL: Field<Value> = Field::with(
    own::<Value>(
        "approval",
        "Who approved which plan, and when: `by`, `at`, `plan_hash`, and what the plan came to.",
    )
    .def
    .writer(Writer::ServerAlone)
    .guessed(),
);
pub const APPROVALS: Field<Value> = Field::with(
    FieldDef::new("approvals", APPROVALS_KIND)
        .writer(Writer::ServerAlone)
        .guessed()
        .about("Every approval it was given, the newest last, also those that are void by now."),
);
/// How many approvals a run keeps, the newest.
pub const APPROVALS_MAX: usize = 100;
/// Where the approval of a run stood when it was internal.
pub const FORMER_APPROVAL: Field<Value> = Field::with(FieldDef::new("_approval", Kind::Open));

/// Raised with every claim: a worker of an older generation is refused.
pub const GENERATION: Field<i64> = Field::with(FieldDef::new("_generation", i64::KIND));
/// What the current or last claim is: `refresh` or `execution`.
pub const CLAIMED_FOR: Field<String> = Field::with(FieldDef::new("_claimed_for", TEXT));
/// When it was claimed: an execution's start date as callers see it.
pub const CLAIMED_AT: Field<Timestamp> = Field::with(FieldDef::new("_claimed_at", Kind::Timestamp));
/// The execution that works the current generation.
pub const EXECUTION_ARN: Field<String> = Field::with(FieldDef::new("_execution_arn", TEXT));
/// The generation whose planning completed.
pub const PLANNED_GENERATION: Field<i64> =
    Field::with(FieldDef::new("_planned_generation", i64::KIND));
/// The scheduled date that staff have been told has passed without approval.
pub const TOLD_PAST_DUE: Field<Timestamp> =
    Field::with(FieldDef::new("_told_past_due", Kind::Timestamp));
/// A hash over the options and the actions not excluded.
pub const PLAN_HASH: Field<String> = Field::with(FieldDef::new("_plan_hash", TEXT));
/// The tenant's modes of mail and charges when it was last executed.
pub const MODES: Field<Value> = Field::with(FieldDef::new("_modes", Kind::Open));
/// Set for ever once any action was claimed: such a run is not deleted.
pub const EVER_CLAIMED: Field<bool> = Field::with(FieldDef::new("_ever_claimed", Kind::Bool));

/// Set while a cancelled run has actions that were begun: an execution settles them.
pub const SETTLING: Field<bool> = Field::with(FieldDef::new("_settling", Kind::Bool));

/// When it was claimed for its deletion: from then on nothing of it changes.
pub const DELETING_SINCE: Field<Timestamp> =
    Field::with(FieldDef::new("_deleting_since", Kind::Timestamp));

/// What an action that moves from one bucket to another adds to which figures of
/// its run's statistics: each figure's path, and the amount.
pub fn moves(
    kind: ActionType,
    from: &'static str,
    to: &'static str,
) -> impl Iterator<Item = ([&'static str; 3], i64)> {
    added(kind, from, -1).chain(added(kind, to, 1))
}

/// What an amount in one bucket adds to which figures.
pub fn added(
    kind: ActionType,
    bucket: &'static str,
    amount: i64,
) -> impl Iterator<Item = ([&'static str; 3], i64)> {
    let switch = SWITCHES.iter().find(move |switch| switch.kind == kind);
    let groups = switch
        .into_iter()
        .flat_map(|switch| ["all_actions", switch.bucket]);
    groups.map(move |group| ([STATISTICS.name(), group, bucket], amount))
}

/// A switch, its options and the field names they go by.
#[derive(Clone, Copy)]
pub struct Switch {
    pub kind: ActionType,
    pub flag: Field<bool>,
    pub options: Field<Value>,
    /// The bucket of the statistics.
    pub bucket: &'static str,
}

macro_rules! switch {
    ($kind:ident, $flag:literal, $options:literal, $shape:expr, $bucket:literal, $about:literal) => {
        Switch {
            kind: ActionType::$kind,
            flag: Field::with(flag($flag, $about)),
            options: Field::with(
                FieldDef::new($options, $shape)
                    .when_true($flag)
                    .about(concat!("How, when ", $flag, " is true.")),
            ),
            bucket: $bucket,
        }
    };
}

/// The seven switches in the order of work (rule RUN-17).
pub const SWITCHES: [Switch; 7] = [
    switch!(
        RenewalNotice,
        "generate_renewal_notices",
        "renewal_notice_options",
        NOTICE_OPTIONS,
        "renewal_notices",
        "Mail a notice that renewal is due; no order is made."
    ),
    switch!(
        RenewalOrder,
        "generate_renewal_orders",
        "renewal_order_options",
        ORDER_OPTIONS,
        "renewal_orders",
        "Make renewal orders for members who have not opted into automatic renewal."
    ),
    switch!(
        AutoRenewalOrder,
        "perform_auto_renewals",
        "auto_renewal_options",
        AUTO_OPTIONS,
        "auto_renewals",
        "Charge members who renew automatically."
    ),
    switch!(
        RenewalReminder,
        "send_renewal_reminders",
        "renewal_reminder_options",
        REMINDER_OPTIONS,
        "renewal_reminders",
        "Remind members who were billed and have not renewed."
    ),
    switch!(
        AutoRenewalReminder,
        "send_auto_renewal_reminders",
        "auto_renewal_reminder_options",
        REMINDER_OPTIONS,
        "auto_renewal_reminders",
        "Tell members that they will be renewed automatically."
    ),
    switch!(
        ExpiringCardReminder,
        "send_expiring_credit_card_reminders",
        "expiring_credit_card_reminders_options",
        REMINDER_OPTIONS,
        "expiring_credit_card_reminders",
        "Warn members whose card expires before their renewal."
    ),
    switch!(
        Drop,
        "perform_drops",
        "drop_options",
        DROP_OPTIONS,
        "drops",
        "Make expired members inactive."
    ),
];

const NOTICE_OPTIONS: Kind = Kind::Object(&renewal_notice_options(Kind::Date));
const ORDER_OPTIONS: Kind = Kind::Object(&order_options(Kind::Date));
const AUTO_OPTIONS: Kind = Kind::Object(&auto_renewal_options(Kind::Date));
const DROP_OPTIONS: Kind = Kind::Object(&drop_options(Kind::Date));
const REMINDER_OPTIONS: Kind = Kind::Object(&reminder_options(&REMINDER));
const REMINDER: Kind = Kind::Object(&reminder(Kind::Date));

const BUCKET: Kind = Kind::Object(&[
    FieldDef::new("total", COUNT).about("All of them."),
    FieldDef::new("pending", COUNT).about("Waiting for execution."),
    FieldDef::new("processing", COUNT).about("Being worked."),
    FieldDef::new("successful", COUNT).about("Done."),
    FieldDef::new("error", COUNT).about("Failed, refused charges among them."),
    FieldDef::new("not_possible", COUNT)
        .guessed()
        .about("Of the errors, those found before anything was tried: planning judges them again."),
    FieldDef::new("excluded", COUNT).about("Taken out by staff, or no longer concerned."),
]);
const TOTALS_KIND: Kind = Kind::List {
    of: &Kind::Object(&[
        FieldDef::new("currency", TEXT).about("ISO 4217."),
        FieldDef::new("pending", Kind::Money).about("Still to be billed or charged."),
        FieldDef::new("successful", Kind::Money).about("Billed or charged."),
    ]),
    min: 0,
    max: 200,
};
const APPROVALS_KIND: Kind = Kind::List {
    of: &Kind::Object(&[
        FieldDef::new("by", TEXT).about("Who approved: a user, or `scheduler`."),
        FieldDef::new("at", Kind::Timestamp).about("When."),
        FieldDef::new("plan_hash", TEXT).about("Of the plan as it was approved."),
        FieldDef::new("number", COUNT)
            .about("The same as that of no other approval that anything was worked under."),
        FieldDef::new("totals", TOTALS_KIND).about("What the plan came to, by currency."),
        FieldDef::new("not_possible", COUNT)
            .about("Actions that were known to fail, and are not worked."),
    ]),
    min: 0,
    max: APPROVALS_MAX,
};
const STATISTICS_KIND: Kind = Kind::Object(&[
    FieldDef::new("all_actions", BUCKET).about("All types together."),
    FieldDef::new("renewal_notices", BUCKET).about("Renewal notices."),
    FieldDef::new("renewal_orders", BUCKET).about("Renewal orders."),
    FieldDef::new("auto_renewals", BUCKET).about("Auto renewal orders."),
    FieldDef::new("renewal_reminders", BUCKET).about("Renewal reminders."),
    FieldDef::new("auto_renewal_reminders", BUCKET).about("Auto renewal reminders."),
    FieldDef::new("expiring_credit_card_reminders", BUCKET).about("Expiring card reminders."),
    FieldDef::new("drops", BUCKET).about("Drops."),
]);
