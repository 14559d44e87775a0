//! Billing run actions: the unit of a run's work, (run, membership, type,
//! reminder number).

use crate::field::{Field, FieldDef, FieldType, Kind, Writer};
use crate::index::{Index, IndexKey, Projection, Table};
use crate::lookup::Lookup;
use crate::record::Record;
use crate::resource::{ANY_ID, Layout, Resource, id_field, run_partition};
use crate::schema::{Group, Schema};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value;

crate::choice! {
    /// What is done to one member. Ordered as the work is.
    pub enum ActionType {
        RenewalNotice = "renewal notice",
        RenewalOrder = "renewal order",
        AutoRenewalOrder = "auto renewal order",
        RenewalReminder = "renewal reminder",
        AutoRenewalReminder = "auto renewal reminder",
        ExpiringCardReminder = "expiring card reminder",
        Drop = "drop",
    }
}

impl ActionType {
    /// Its place in the order of work, from 1.
    pub fn position(self) -> usize {
        1 + self as usize
    }
}

crate::choice! {
    pub enum ActionStatus {
        Pending = "pending",
        /// Taken out by staff; may be brought back until the run starts.
        Excluded = "excluded",
        /// Claimed by a worker, with a lease.
        Processing = "processing",
        /// The order or charge has been sent and its answer is awaited.
        ProcessingOrder = "processing order",
        Completed = "completed",
        /// The order stands, the charge was refused.
        PaymentFailure = "payment failure",
        Error = "error",
        NoLongerEligible = "no longer eligible",
        ExpirationDateChanged = "expiration date changed",
    }
}

impl ActionStatus {
    /// The bucket of a run's statistics that counts it (rule RUN-19).
    pub fn bucket(self) -> &'static str {
        use ActionStatus::{
            Completed, Error, Excluded, ExpirationDateChanged, NoLongerEligible, PaymentFailure,
            Pending, Processing, ProcessingOrder,
        };
        match self {
            Pending => "pending",
            Processing | ProcessingOrder => "processing",
            Completed => "successful",
            Error | PaymentFailure => "error",
            Excluded | NoLongerEligible | ExpirationDateChanged => "excluded",
        }
    }

    /// Nothing more will happen by itself.
    pub fn is_settled(self) -> bool {
        !matches!(
            self,
            ActionStatus::Pending | ActionStatus::Processing | ActionStatus::ProcessingOrder
        )
    }
}

crate::choice! {
    pub enum RefreshOutcome {
        Added = "added",
        NoChange = "no change",
        Removed = "removed",
    }
}

/// What an approval rests on: whom an action concerns and what it does are
/// nobody's to rewrite (rule ACT-11).
const fn server<T: FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(
        FieldDef::new(name, T::KIND)
            .writer(Writer::ServerAlone)
            .about(about),
    )
}

const fn needed<T: FieldType>(name: &'static str, about: &'static str) -> Field<T> {
    Field::with(server::<T>(name, about).def.required())
}

pub const RUN_ID: Field<String> = needed("billing_run_id", "The run it belongs to.");
pub const MEMBERSHIP_ID: Field<String> = needed("membership_id", "The membership it is about.");
pub const TYPE: Field<ActionType> = needed("type", "What is done.");
pub const NAME: Field<String> = needed("name", "The member's name when last planned.");
pub const DATE: Field<Timestamp> = needed(
    "date",
    "When it is planned for; once worked, when that was.",
);
pub const STATUS: Field<ActionStatus> = Field::with(
    FieldDef::new("status", ActionStatus::KIND)
        .required()
        .about("Where it stands. Clients may exclude, bring back and retry."),
);
pub const EXPIRATION_DATE: Field<Date> = server(
    "membership_expiration_date",
    "The expiration date it was planned for: the guard at execution.",
);
pub const REMINDER_NUMBER: Field<i64> =
    server("reminder_number", "The reminder's id, for reminders.");
pub const ORDER_ID: Field<String> = server(
    "order_id",
    "The order it made or charged, or that a reminder of a rest is about.",
);
pub const ERROR_MESSAGE: Field<String> = server(
    "error_message",
    "One line for staff: why it failed or was skipped, or that its notice cannot be sent.",
);
/// The most characters of a reason.
const REASON_MAX: usize = 2_000;

/// A reason as it is kept: one that quotes a member's value could be longer than its
/// field, and nobody's value keeps an action from being recorded.
pub fn reason(why: impl Into<String>) -> String {
    let why = why.into();
    match why.char_indices().nth(REASON_MAX) {
        Some((end, _)) => format!("{}…", &why[..end]),
        None => why,
    }
}

pub const ERROR_STACK: Field<String> = server("error_stack", "Detail for operators.");
pub const LAST_REFRESH: Field<Timestamp> =
    server("last_refresh_date", "When planning last looked at it.");
pub const OUTCOME: Field<RefreshOutcome> =
    server("outcome_of_last_refresh", "What that planning did with it.");
pub const EXECUTION_ARN: Field<String> = server(
    "step_function_execution_arn",
    "The execution that worked it.",
);
pub const AMOUNT: Field<Decimal> = Field::with(
    server::<Decimal>(
        "amount",
        "What it is to bill or charge as planned and approved; once worked, what it did.",
    )
    .def
    .guessed(),
);
pub const CURRENCY: Field<String> = Field::with(
    server::<String>("currency", "The amount's currency, ISO 4217.")
        .def
        .guessed(),
);
pub const SUCCESS_NOTICE: Field<String> = Field::with(
    FieldDef::new("success_notice_id", crate::field::TEXT)
        .refers_to("billingNotices")
        .about("Mailed when it succeeds; copied from the run, may be changed."),
);
pub const FAILURE_NOTICE: Field<String> = Field::with(
    FieldDef::new("failure_notice_id", crate::field::TEXT)
        .refers_to("billingNotices")
        .about("Mailed when the charge is refused; copied from the run, may be changed."),
);

pub const EXCLUDED_BY: Field<String> = Field::with(
    server::<String>("excluded_by", "Who has excluded it.")
        .def
        .guessed(),
);
pub const EXCLUDED_AT: Field<Timestamp> =
    Field::with(server::<Timestamp>("excluded_at", "When.").def.guessed());
pub const EXCLUSION_REASON: Field<String> = Field::with(
    FieldDef::new("exclusion_reason", crate::field::TEXT)
        .guessed()
        .about("Why it was excluded, in staff's words."),
);

pub const NOTICE_REQUESTS: Field<Value> = Field::with(
    FieldDef::new("notice_requests", REQUESTS)
        .writer(Writer::ServerAlone)
        .about("When staff had a notice sent that had not gone, and what came of it. *An addition of this project.*"),
);

const REQUESTS: Kind = Kind::List {
    of: &Kind::Object(&[
        FieldDef::new("requested_by_id", crate::field::TEXT),
        FieldDef::new("requested_at", Kind::Timestamp),
        FieldDef::new("result", crate::field::TEXT).about("`sent`, or why not."),
    ]),
    min: 0,
    max: 1_000,
};

/// The run's generation in which planning last wrote it.
pub const PLANNED_GENERATION: Field<i64> =
    Field::with(FieldDef::new("_planned_generation", i64::KIND));
/// The run's generation that claimed it: a write by an older one is refused.
pub const CLAIM_GENERATION: Field<i64> = Field::with(FieldDef::new("_claim_generation", i64::KIND));
/// Until when the claim holds.
pub const CLAIM_LEASE: Field<Timestamp> =
    Field::with(FieldDef::new("_claim_lease", Kind::Timestamp));
/// Set when it ended with a charge of unknown outcome: not to be tried again
/// before the provider has answered.
pub const UNKNOWN_SINCE: Field<Timestamp> =
    Field::with(FieldDef::new("_unknown_since", Kind::Timestamp));
/// Not to be tried before: growing pauses while an outcome is unknown.
pub const NOT_BEFORE: Field<Timestamp> = Field::with(FieldDef::new("_not_before", Kind::Timestamp));
/// Set once the action's effect is recorded: how the action will end
/// (`completed` or `payment failure`). Only its mail is still to go.
pub const EFFECT: Field<ActionStatus> = Field::with(FieldDef::new("_effect", ActionStatus::KIND));
/// How often a passing failure has been tried again.
pub const TRIES: Field<i64> = Field::with(FieldDef::new("_tries", i64::KIND));
/// `unsent` when the mail is known not to have gone yet.
pub const MAIL: Field<String> = Field::with(FieldDef::new("_mail", crate::field::TEXT));
/// Set once staff have chosen a notice for this action: planning keeps it.
pub const OWN_NOTICES: Field<bool> = Field::with(FieldDef::new("_own_notices", Kind::Bool));
/// The attempt at charging that was refused: its mail is one of its own.
pub const ATTEMPT: Field<i64> = Field::with(FieldDef::new("_attempt", i64::KIND));
/// Set on an `error` that was found before anything was tried: the next planning
/// judges it again.
pub const PLANNED_ERROR: Field<bool> = Field::with(FieldDef::new("_planned_error", Kind::Bool));
/// Set on an action that was planned without an amount and is tried again all the
/// same: nobody has approved what it comes to.
pub const UNPRICED: Field<bool> = Field::with(FieldDef::new("_unpriced", Kind::Bool));
/// The amount and its currency on actions from before they were planned.
pub const BILLED_AMOUNT: Field<String> = Field::with(FieldDef::new("_amount", crate::field::TEXT));
pub const BILLED_CURRENCY: Field<String> =
    Field::with(FieldDef::new("_currency", crate::field::TEXT));

pub enum BillingRunActions {}

impl Resource for BillingRunActions {
    const NAME: &'static str = "billingRunActions";
    const TABLE: Table = Table::BillingRunActions;
    const LAYOUT: Layout = Layout::ByRun;
    const INDEXES: &'static [Index] = &[BY_MEMBERSHIP];
    const SCHEMA: &'static Schema = &Schema {
        title: "BillingRunAction",
        groups: &[
            Group {
                title: "Action",
                fields: &[
                    id_field(&ANY_ID),
                    RUN_ID.def,
                    MEMBERSHIP_ID.def,
                    NAME.def,
                    TYPE.def,
                    REMINDER_NUMBER.def,
                    STATUS.def,
                    DATE.def,
                    EXPIRATION_DATE.def,
                    AMOUNT.def,
                    CURRENCY.def,
                    SUCCESS_NOTICE.def,
                    FAILURE_NOTICE.def,
                    EXCLUDED_BY.def,
                    EXCLUDED_AT.def,
                    EXCLUSION_REASON.def,
                ],
            },
            Group {
                title: "What happened",
                fields: &[
                    ORDER_ID.def,
                    ERROR_MESSAGE.def,
                    ERROR_STACK.def,
                    LAST_REFRESH.def,
                    OUTCOME.def,
                    EXECUTION_ARN.def,
                    NOTICE_REQUESTS.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        vec![BY_MEMBERSHIP.key(after.text(MEMBERSHIP_ID))]
    }
}

pub const BY_MEMBERSHIP: Index = Index {
    table: Table::BillingRunActions,
    name: "by_membership",
    hash: "_membership",
    range: "_sk",
    projection: Projection::Keys,
    across_tenants: false,
    serves: "GET /billingRunActions/{tenantId}/membership/{membership_id}",
};

/// A run's actions in the given shards, a membership's together and in order.
pub fn of_run(run: &str, shards: impl Iterator<Item = u32>) -> Lookup {
    let partitions = shards.map(|shard| run_partition(run, shard)).collect();
    Lookup::table::<BillingRunActions>(partitions)
}

/// A membership's actions in all runs.
pub fn of_membership(membership: &str) -> Lookup {
    Lookup::index(BY_MEMBERSHIP, vec![membership.to_owned()])
}

/// The moves a client may make (rule ACT-12): exclude, bring back, retry.
pub fn client_may_move(from: ActionStatus, to: ActionStatus) -> bool {
    use ActionStatus::{Error, Excluded, PaymentFailure, Pending};
    from == to
        || matches!(
            (from, to),
            (Pending, Excluded) | (Excluded | Error | PaymentFailure, Pending)
        )
}
