//! Billing templates: runs to be, their dates relative to the day of the run
//! (rule TPL-1).

use super::billing_options::{
    auto_renewal_options, drop_options, order_options, reminder, reminder_options,
    renewal_notice_options,
};
pub use super::billing_run::NOTIFICATION_EMAIL;
use super::billing_run::SWITCHES;
use super::billing_run::rules::check_switches;
pub use super::catalogue::{IS_ACTIVE, NAME, is_active};
use super::common::text;
use crate::address;
use crate::error::Problems;
use crate::field::{FieldDef, Kind};
use crate::index::Table;
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

/// Most units a relative date may count. The bound is ours, against slips of the keyboard.
pub const UNITS_MAX: u16 = 10_000;

const RELATIVE: Kind = Kind::Object(&[
    FieldDef::new("position", Kind::Choice(&["after", "before", "on"]))
        .required()
        .about("On which side of relative_to; `on` makes the number meaningless."),
    FieldDef::new(
        "number",
        Kind::Number {
            min: 0.0,
            max: UNITS_MAX as f64,
            whole: true,
        },
    )
    .required()
    .about("How many units from there."),
    FieldDef::new(
        "unit_of_time",
        Kind::Choice(&["days", "weeks", "months", "years"]),
    )
    .required()
    .about("What is counted."),
    FieldDef::new(
        "relative_to",
        Kind::Choice(&[
            "the reference date",
            "the beginning of the week",
            "the beginning of the month",
            "the beginning of the quarter",
            "the beginning of the year",
            "the end of the week",
            "the end of the month",
            "the end of the quarter",
            "the end of the year",
        ]),
    )
    .required()
    .about("Where counting begins; the reference date is the day of the run."),
]);
const NOTICE_OPTIONS: Kind = Kind::Object(&renewal_notice_options(RELATIVE));
const ORDER_OPTIONS: Kind = Kind::Object(&order_options(RELATIVE));
const AUTO_OPTIONS: Kind = Kind::Object(&auto_renewal_options(RELATIVE));
const DROP_OPTIONS: Kind = Kind::Object(&drop_options(RELATIVE));
const REMINDER_OPTIONS: Kind = Kind::Object(&reminder_options(&REMINDER));
const REMINDER: Kind = Kind::Object(&reminder(RELATIVE));

/// A run's options with relative dates. Only one of the seven is documented in
/// full; the others are by analogy with it and with the run's.
const fn options(at: usize, kind: Kind) -> FieldDef {
    SWITCHES[at].options.def.kind(kind).guessed()
}

pub enum BillingTemplates {}

impl Resource for BillingTemplates {
    const NAME: &'static str = "billingTemplates";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "BillingTemplate",
        groups: &[
            Group {
                title: "Template",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    text("description", "For staff."),
                    IS_ACTIVE.def,
                    NOTIFICATION_EMAIL.def,
                ],
            },
            Group {
                title: "What its runs do",
                fields: &[
                    SWITCHES[0].flag.def,
                    options(0, NOTICE_OPTIONS),
                    SWITCHES[1].flag.def,
                    options(1, ORDER_OPTIONS),
                    SWITCHES[2].flag.def,
                    SWITCHES[2].options.def.kind(AUTO_OPTIONS),
                    SWITCHES[3].flag.def,
                    options(3, REMINDER_OPTIONS),
                    SWITCHES[4].flag.def,
                    options(4, REMINDER_OPTIONS),
                    SWITCHES[5].flag.def,
                    options(5, REMINDER_OPTIONS),
                    SWITCHES[6].flag.def,
                    options(6, DROP_OPTIONS),
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_switches(after, problems);
        address::check(NOTIFICATION_EMAIL, before, after, problems);
    }
}
