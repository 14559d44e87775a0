//! A payment's body.

use crate::body::{PAYMENT_ID, checked};
use jiff::Timestamp;
use ledger::payments::{PAYMENT_KINDS, Received};
use model::field::{Field, FieldDef, FieldType, Kind};
use model::money::{Currency, Money, MoneyError};
use model::{Error, Result, Schema, schema::Group};
use rust_decimal::Decimal;
use serde_json::Value;
use web::body::object;

const ID: Field<String> = Field::with(
    FieldDef::new("id", PAYMENT_ID)
        .required()
        .about("The caller's own id, unique in the tenant: a payment is recorded once, however often it is sent."),
);
const KIND: Field<String> = Field::with(
    FieldDef::new("type", Kind::Choice(PAYMENT_KINDS))
        .required()
        .about("How it was paid."),
);
const AMOUNT: Field<Decimal> = Field::with(
    FieldDef::new("amount", Kind::Money)
        .required()
        .about("In the order's currency."),
);
const RECEIVED_AT: Field<Timestamp> = Field::with(
    FieldDef::new("received_at", Kind::Timestamp).about("When it was received; now when absent."),
);
const REFERENCE: Field<String> = Field::with(
    FieldDef::new("reference_number", String::KIND).about("As on the cheque or transfer."),
);

/// A payment as it is sent.
pub const PAYMENT: Schema = Schema {
    title: "Payment",
    groups: &[Group {
        title: "Payment",
        fields: &[ID.def, KIND.def, AMOUNT.def, RECEIVED_AT.def, REFERENCE.def],
    }],
};

pub fn read(body: Value, currency: &str, now: Timestamp) -> Result<Received> {
    let record = checked(&PAYMENT, object(body)?)?;
    let amount = record.get(AMOUNT).unwrap_or_default();
    let money = currency
        .parse::<Currency>()
        .map_err(MoneyError::from)
        .and_then(|currency| Money::new(amount, currency))
        .map_err(|error| Error::invalid("/amount", error.to_string()))?;
    Ok(Received {
        id: record.text(ID).to_owned(),
        kind: record.text(KIND).to_owned(),
        // With the decimals of its currency, as every amount of an order.
        amount: money.amount(),
        received_at: record.get(RECEIVED_AT).unwrap_or(now),
        reference: record.get(REFERENCE),
    })
}
