//! Those whom an earlier run has billed and who have not paid yet: they are
//! what reminders are for. Made by the same functions that runs use.

use super::association::{Association, morning};
use super::catalogue::CURRENCY;
use super::dates::{days_between, plus};
use super::random::Random;
use jiff::civil::Date;
use ledger::head::BillingHead;
use ledger::order::Order;
use ledger::purchase::{Occasion, renewal_order};
use ledger::renew::{When, billed};
use model::money::Currency;
use model::resources::membership::{
    BillMethod, CUSTOMER_ID, DO_NOT_RENEW, EXPIRATION_DATE, OWNER_TYPE, PACKAGE_ID, STATUS, Status,
};
use model::{Record, WriteContext};
use terms::package::Packages;

impl Association {
    /// The day an earlier run has billed the coming term of a membership, if
    /// it has: most of those overdue, few of those whose term ends soon.
    pub(super) fn billed_on(&self, random: &mut Random, membership: &Record) -> Option<Date> {
        let billable = matches!(
            membership.get(STATUS),
            Some(Status::Active | Status::ActiveWithoutBenefits)
        );
        let left = days_between(self.day, membership.get(EXPIRATION_DATE)?);
        let share = match left {
            -170..=-1 => 700,
            0..=30 => 60,
            _ => 0,
        };
        let chosen = random.per_mille(share);
        let pays = membership.text(PACKAGE_ID) != "student";
        if !(chosen && billable && pays) || membership.is(DO_NOT_RENEW) {
            return None;
        }
        // The overdue were billed a month before their term ended, the others a few days ago.
        let days_before = if left < 0 { 30 - left } else { 5 };
        Some(plus(self.day, -(days_before as i32)))
    }
}

/// The order that has billed the coming term; the membership is told of it.
///
/// # Errors
/// One line: why it cannot be billed.
pub fn open_order(
    membership: &mut Record,
    number: u32,
    on: Date,
    packages: &Packages,
) -> Result<Order, String> {
    let when = When {
        by: WriteContext {
            user: "import".into(),
            via: "import".into(),
            now: morning(on),
        },
        today: on,
    };
    let owner_type = membership.get(OWNER_TYPE).map(|kind| kind.to_string());
    let occasion = Occasion {
        id: format!("earlier-{number:06}"),
        number: i64::from(number) + 1,
        run: None,
        action: None,
        batch_id: None,
        by: "import".into(),
        pro_forma: false,
        new_reason: None,
        customer: (
            owner_type.unwrap_or_default(),
            membership.text(CUSTOMER_ID).to_owned(),
        ),
    };
    let currency: Currency = CURRENCY.parse().map_err(|error| format!("{error}"))?;
    let order = renewal_order(
        membership,
        &BillingHead::default(),
        packages,
        currency,
        &when,
        occasion,
    )?;
    billed(membership, &order, BillMethod::RenewalOrder, &when);
    Ok(order)
}
