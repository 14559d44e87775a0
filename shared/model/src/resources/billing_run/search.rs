//! What billing runs are searched by. A tenant has few, so none has an index.

use super::fields::{NAME, RUN_DATE, SCHEDULED_RUN, STATUS, SWITCHES};
use super::resource::BillingRuns;
use crate::lookup::Lookup;
use crate::resource::ID_FIELD;
use crate::schema::{Group, Schema};
use crate::search::{Criterion, Everything, Search, Searchable, lines};

const CRITERIA: [Criterion; 12] = [
    Criterion::any_of(ID_FIELD).named("ids"),
    Criterion::contains(NAME),
    Criterion::any_of(STATUS),
    Criterion::range(RUN_DATE),
    Criterion::range(SCHEDULED_RUN),
    Criterion::any_of(SWITCHES[0].flag),
    Criterion::any_of(SWITCHES[1].flag),
    Criterion::any_of(SWITCHES[2].flag),
    Criterion::any_of(SWITCHES[3].flag),
    Criterion::any_of(SWITCHES[4].flag),
    Criterion::any_of(SWITCHES[5].flag),
    Criterion::any_of(SWITCHES[6].flag),
];

impl Searchable for BillingRuns {
    const SEARCH: &'static Search = &Search {
        criteria: &CRITERIA,
        body: &Schema {
            title: "BillingRunSearch",
            groups: &[Group {
                title: "Criteria",
                fields: &lines(CRITERIA),
            }],
        },
        indexes: &[],
        everything: Everything::Table(Lookup::all::<BillingRuns>),
        shown: Some(
            "id,name,status,run_date,scheduled_run_date,generate_renewal_notices,\
             generate_renewal_orders,perform_auto_renewals,send_renewal_reminders,\
             send_auto_renewal_reminders,send_expiring_credit_card_reminders,perform_drops,\
             statistics",
        ),
    };
}
