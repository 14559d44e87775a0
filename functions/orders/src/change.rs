//! Bodies of what is done with a payment afterwards, and of a void.

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::books::Disposal;
use ledger::payments::PaidBack;
use ledger::receipt::Reversal;
use model::field::{Field, FieldDef, FieldType, Kind};
use model::money::{Currency, Money};
use model::{Error, Record, Result, Schema, schema::Group};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::body::{PAYMENT_ID, checked};

const ID: FieldDef = FieldDef::new("id", PAYMENT_ID)
    .about("The caller's own id: recorded once, however often it is sent.");
const DATE: Field<Date> = Field::with(
    FieldDef::new("date", Kind::Date).about("When the money went back; today when absent."),
);
const REASON: FieldDef = FieldDef::new("reason", String::KIND).about("For those who ask later.");
const ORDER_ID: FieldDef =
    FieldDef::new("order_id", String::KIND).about("The order that it pays from now on.");
const AMOUNT: Field<Decimal> = Field::with(
    FieldDef::new("amount", Kind::Money)
        .required()
        .about("In the payment's currency, at most the credit that is left of it."),
);
const PAYMENTS: FieldDef = FieldDef::new("payments", Kind::Choice(&["credit", "move", "reverse"]))
    .about(
        "What becomes of what is paid on it: credit of the membership, moved to `order_id`, or reversed.",
    );

const fn text(def: FieldDef) -> Field<String> {
    Field::with(def)
}

/// A reversal as it is sent.
pub const REVERSAL: Schema = Schema {
    title: "PaymentReversal",
    groups: &[Group {
        title: "Reversal",
        fields: &[ID.required(), DATE.def, REASON.required()],
    }],
};

/// Credit paid back, as it is sent.
pub const REFUND: Schema = Schema {
    title: "PaymentRefund",
    groups: &[Group {
        title: "Refund",
        fields: &[ID.required(), AMOUNT.def, REASON.required()],
    }],
};

/// Where a payment is moved.
pub const MOVE: Schema = Schema {
    title: "PaymentMove",
    groups: &[Group {
        title: "Move",
        fields: &[ORDER_ID.required()],
    }],
};

/// What becomes of the payments of an order that is voided.
pub const VOID: Schema = Schema {
    title: "OrderVoid",
    groups: &[Group {
        title: "Void",
        fields: &[PAYMENTS, ORDER_ID, ID, DATE.def, REASON],
    }],
};

/// Who does it, and when.
pub struct By {
    pub user: String,
    pub now: Timestamp,
    pub today: Date,
}

pub fn reversal(body: Map<String, Value>, by: &By) -> Result<Reversal> {
    Ok(read_reversal(&checked(&REVERSAL, body)?, by))
}

fn read_reversal(record: &Record, by: &By) -> Reversal {
    Reversal {
        id: record.text(text(ID)).to_owned(),
        date: record.get(DATE).unwrap_or(by.today),
        reason: record.text(text(REASON)).to_owned(),
        at: by.now,
        by: by.user.clone(),
        amount: Decimal::ZERO,
    }
}

pub fn refund(body: Map<String, Value>, currency: &str) -> Result<PaidBack> {
    let record = checked(&REFUND, body)?;
    let currency: Currency = currency.parse().map_err(Error::internal)?;
    let amount = Money::new(record.get(AMOUNT).unwrap_or_default(), currency)
        .map_err(|error| Error::invalid("/amount", error.to_string()))?;
    if amount.is_zero() || amount.is_negative() {
        return Err(Error::invalid("/amount", "must be more than 0"));
    }
    Ok(PaidBack {
        id: record.text(text(ID)).to_owned(),
        amount: amount.amount(),
        reason: record.text(text(REASON)).to_owned(),
    })
}

pub fn target(body: Map<String, Value>) -> Result<String> {
    Ok(checked(&MOVE, body)?.text(text(ORDER_ID)).to_owned())
}

/// What becomes of the payments, and why the order is void; each `None` where the body
/// does not say.
pub fn void(body: Map<String, Value>, by: &By) -> Result<(Option<Disposal>, Option<String>)> {
    let record = checked(&VOID, body)?;
    Ok((disposal(&record, by)?, record.get(text(REASON))))
}

fn disposal(record: &Record, by: &By) -> Result<Option<Disposal>> {
    let needed = |field: FieldDef| match record.has(text(field)) {
        true => Ok(()),
        false => {
            let says = record.text(text(PAYMENTS));
            let rule = format!("is required when payments is {says}");
            Err(Error::invalid(format!("/{}", field.name), rule))
        }
    };
    Ok(match record.text(text(PAYMENTS)) {
        "credit" => Some(Disposal::Credit),
        "move" => {
            needed(ORDER_ID)?;
            Some(Disposal::Move(record.text(text(ORDER_ID)).to_owned()))
        }
        "reverse" => {
            needed(ID)?;
            needed(REASON)?;
            Some(Disposal::Reverse(read_reversal(record, by)))
        }
        _ => None,
    })
}
