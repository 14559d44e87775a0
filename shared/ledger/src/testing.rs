//! What the unit tests of the pure functions start from.

use crate::order::{ClaimState, Order, PaymentClaim, Renewal, RenewalKind, UpdateRule};
use crate::renew::When;
use jiff::civil::{Date, date};
use model::resources::membership::OrderStatus;
use model::{Record, WriteContext};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use terms::package::Packages;

/// The day on which the tests' tenant lives.
pub const TODAY: Date = date(2026, 3, 10);

pub fn record(fields: Value) -> Record {
    match fields {
        Value::Object(fields) => Record::new(fields),
        other => panic!("{other} is no object"),
    }
}

/// `year`: a year from the old expiration, 100.50 for who renews.
pub fn packages() -> Packages {
    Packages::new([package(json!({}))])
}

pub fn package(changes: Value) -> Record {
    let mut fields = json!({ "id": "year", "name": "Year", "price": 120, "member_price": 100.50,
        "expiration_options": { "expiration_type": "anniversary", "grace_period": 30, "anniversary_expiration_options": {
            "term_length": 1, "term_type": "years", "allow_mid_month_expirations": true } } });
    for (name, value) in changes.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    record(fields)
}

pub fn when() -> When {
    When {
        by: WriteContext {
            user: "billing".into(),
            via: "test".into(),
            now: "2026-03-10T12:00:00Z".parse().expect("a moment"),
        },
        today: TODAY,
    }
}

/// The first attempt at charging [`order`], held by nobody any more.
pub fn claim(state: ClaimState) -> PaymentClaim {
    PaymentClaim {
        attempt: 1,
        state,
        provider_id: None,
        amount: order().total,
        account: "tok".into(),
        holder: "other".into(),
        held_until: jiff::Timestamp::UNIX_EPOCH,
        unknown_since: None,
        declined_on: None,
        hard: false,
        new_reason: None,
    }
}

/// An unpaid renewal of 100 through 2027-03-31.
pub fn order() -> Order {
    Order {
        id: "o-1".into(),
        number: 7,
        membership_id: "contact:a".into(),
        customer_type: "contact".into(),
        customer_id: "a".into(),
        status: OrderStatus::AwaitingPayment,
        pro_forma: false,
        currency: "USD".into(),
        lines: Vec::new(),
        total: Decimal::ONE_HUNDRED,
        paid: Decimal::ZERO,
        renewal: Renewal {
            kind: RenewalKind::Renewal,
            package_id: "year".into(),
            type_id: None,
            term_start: date(2026, 4, 1),
            term_expiration: Some(date(2027, 3, 31)),
            effective: TODAY,
            old_term_start: Some(date(2025, 4, 1)),
            old_expiration: Some(date(2026, 3, 31)),
            old_package_id: Some("year".into()),
            old_type_id: Some("regular".into()),
            update_dates_when: UpdateRule {
                when: "invoice paid in full".into(),
                value: None,
            },
            dates_moved: false,
            covered_before: Some(date(2026, 3, 31)),
            reason_due: None,
            set: Vec::new(),
        },
        application: None,
        claim: None,
        payments: Vec::new(),
        billing_run_id: None,
        billing_run_action_id: None,
        batch_id: None,
        created_at: "2026-03-10T12:00:00Z".parse().expect("a moment"),
        created_by: "billing".into(),
        voided_at: None,
        voided_by: None,
        void_reason: None,
        notes: Vec::new(),
    }
}
