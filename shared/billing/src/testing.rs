//! What the unit tests of the pure functions start from.

use crate::eligibility::Facts;
use crate::member::DueMembership;
use crate::selection::{ActionSpec, RunSelection};
use jiff::civil::date;
use ledger::purchase::Buyer;
use ledger::tenant::Retries;
pub use ledger::testing::{TODAY, packages, record};
use model::money::Currency;
use model::resources::billing_run_action::ActionType;
use model::resources::membership::{Origin, OwnerType, Status};
use terms::package::Packages;

/// An active member whose year ends on 2026-03-31.
pub fn member() -> DueMembership {
    DueMembership {
        id: "contact:a".into(),
        name: "Ada".into(),
        email_address: "ada@example.org".into(),
        origin: Origin::Principal,
        status: Status::Active,
        status_reason_id: String::new(),
        type_id: "regular".into(),
        package_id: "year".into(),
        expiration_date: Some(date(2026, 3, 31)),
        do_not_renew: false,
        do_not_drop: false,
        renew_automatically: false,
        has_payment_info: false,
        has_payment_account: false,
        card_expiration: None,
        billed: false,
        covered_through: None,
        billed_elsewhere: None,
        open_order: None,
        forecast_through: None,
        refused_charge: None,
        mails_sent: Vec::new(),
        rest: None,
        locked: false,
        owner_type: OwnerType::Contact,
        contact_id: "a".into(),
        organization_id: String::new(),
        bill_organization: false,
        buyer: Buyer {
            package_id: "year".into(),
            expiration_date: Some(date(2026, 3, 31)),
            ..Buyer::default()
        },
    }
}

/// A spec over March 2026 without restrictions.
pub fn spec(kind: ActionType) -> ActionSpec {
    ActionSpec {
        kind,
        reminder: 0,
        later: Vec::new(),
        from: date(2026, 3, 1),
        to: date(2026, 3, 31),
        types: None,
        packages: None,
        reasons: None,
        new_reason: None,
        success_notice: None,
        failure_notice: None,
        pro_forma: false,
    }
}

pub fn selection(specs: Vec<ActionSpec>) -> RunSelection {
    RunSelection {
        run_id: "run".into(),
        series: "run".into(),
        batch_id: None,
        specs,
    }
}

pub fn usd() -> Currency {
    "USD".parse().expect("a currency")
}

pub fn facts(packages: &Packages) -> Facts<'_> {
    Facts {
        packages,
        currency: usd(),
        today: TODAY,
        series: "run",
        retries: Retries::default(),
        auto_renewals: None,
    }
}
