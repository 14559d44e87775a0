//! The fields of an order as it is answered, see `shape`.

use crate::payments::ALL_KINDS;
use model::choice::Choice;
use model::field::{FieldDef, Kind, NUMBER, TEXT};
use model::resources::membership::OrderStatus;
use model::{Schema, schema::Group};

const fn text(name: &'static str) -> FieldDef {
    FieldDef::new(name, TEXT)
}

const fn date(name: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Date)
}

const fn moment(name: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Timestamp)
}

const fn money(name: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Money)
}

const fn flag(name: &'static str) -> FieldDef {
    FieldDef::new(name, Kind::Bool)
}

const fn list(name: &'static str, of: &'static Kind) -> FieldDef {
    FieldDef::new(
        name,
        Kind::List {
            of,
            min: 0,
            max: 10_000,
        },
    )
}

/// Amounts are in `currency`, with its number of decimals.
pub const ORDER: Schema = Schema {
    title: "Order",
    groups: &[Group {
        title: "Order",
        fields: &[
            text("id").required(),
            FieldDef::new("number", NUMBER),
            text("membership_id"),
            text("application_id").about("The application it is for, if any."),
            text("group_order_id")
                .about("The order of the application's group, if it is one of a group."),
            text("application_group_id")
                .about("Of a group's order: the group. It has no membership, renewal and charge of its own."),
            list("orders", &PART).about("Of a group's order: what it is made of, as payments go by it."),
            FieldDef::new("customer_type", Kind::Choice(&["contact", "organization"]))
                .about("Who is billed."),
            text("customer_id"),
            FieldDef::new("status", Kind::Choice(<OrderStatus as Choice>::NAMES)),
            flag("pro_forma").about("A forecast: it holds no term."),
            text("currency").about("ISO 4217."),
            list("line_items", &LINE),
            money("total"),
            money("amount_paid"),
            money("balance_due"),
            FieldDef::new("renewal", RENEWAL).about("The term it is for."),
            FieldDef::new("charge", CHARGE).about("The last charge of a card, if any."),
            list("payments", &PAYMENT),
            text("billing_run_id"),
            text("billing_run_action_id"),
            text("batch_id").about("The accounting batch."),
            moment("created_at"),
            text("created_by_id"),
            moment("voided_at"),
            text("voided_by_id"),
            text("void_reason"),
            list("notes", &TEXT).about("What staff have to know, as a payment that moved no dates."),
            FieldDef::new("recorded_payment", Kind::Object(RECEIPT_FIELDS))
                .about("What became of the payment; in the answer to recording one."),
            list("kept_fields", &TEXT)
                .about("What the order had set on the membership and was changed since; in the answer to a void."),
        ],
    }],
};

/// What an application would be billed; nothing of it is saved.
pub const QUOTE: Schema = Schema {
    title: "OrderQuote",
    groups: &[Group {
        title: "Order",
        fields: &[
            text("membership_id"),
            FieldDef::new("customer_type", Kind::Choice(&["contact", "organization"]))
                .about("Who is billed."),
            text("customer_id"),
            FieldDef::new("status", Kind::Choice(<OrderStatus as Choice>::NAMES)),
            text("currency").about("ISO 4217."),
            list("line_items", &LINE),
            money("total"),
            money("amount_paid"),
            money("balance_due"),
            FieldDef::new("renewal", RENEWAL).about("The term it is for."),
        ],
    }],
};

/// The order of one application in that of its group.
const PART: Kind = Kind::Object(&[
    text("id"),
    FieldDef::new("number", NUMBER),
    text("application_id"),
    text("membership_id"),
    FieldDef::new("status", Kind::Choice(<OrderStatus as Choice>::NAMES)),
    money("total"),
    money("amount_paid"),
    money("balance_due"),
]);

const LINE: Kind = Kind::Object(&[
    text("id"),
    text("type").about("`package`, `chapter dues`, `section dues`, `add-on`, `bundled product`, `change fee` or `coupon`."),
    text("product_id"),
    text("name"),
    FieldDef::new("quantity", NUMBER),
    money("unit_price"),
    money("total"),
]);

const RENEWAL: Kind = Kind::Object(&[
    FieldDef::new(
        "type",
        Kind::Choice(&["renewal", "reinstatement", "join", "change affiliations"]),
    ),
    text("package_id"),
    date("term_start_date"),
    date("expiration_date").about("None for life."),
    date("previous_expiration_date"),
    text("update_dates_when").about("What has to be paid before dates move."),
    flag("dates_updated"),
]);

const CHARGE: Kind = Kind::Object(&[
    FieldDef::new("attempt", NUMBER),
    FieldDef::new(
        "state",
        Kind::Choice(&["open", "sent", "unknown", "succeeded", "declined"]),
    ),
    money("amount"),
    text("provider_payment_id"),
    date("declined_date").about("The tenant's day on which the card was refused."),
    flag("hard_decline")
        .about("The card is lost, stolen or unknown: it is not charged again before it changes."),
]);

/// A payment, wherever its money is: amount = applied + credit + refunded + reversed.
pub const RECEIPT: Schema = Schema {
    title: "RecordedPayment",
    groups: &[Group {
        title: "Payment",
        fields: RECEIPT_FIELDS,
    }],
};

const RECEIPT_FIELDS: &[FieldDef] = &[
    text("id").required(),
    text("order_id").about("The order it was recorded with."),
    text("membership_id").about("Whose credit it is."),
    FieldDef::new("type", Kind::Choice(ALL_KINDS)),
    money("amount"),
    text("currency").about("ISO 4217."),
    moment("received_at"),
    text("recorded_by_id"),
    text("reference_number"),
    list("applied", &APPLIED).about("What orders have taken of it."),
    money("credit").about("What is left of it: the membership's."),
    list("refunds", &REFUND).about("Credit that was paid back."),
    FieldDef::new("reversal", REVERSAL)
        .about("Returned debit, bounced cheque, chargeback, wrong entry."),
];

const APPLIED: Kind = Kind::Object(&[text("order_id"), money("amount")]);

const REFUND: Kind = Kind::Object(&[
    text("id"),
    money("amount"),
    text("reason"),
    moment("recorded_at"),
    text("recorded_by_id"),
]);

const REVERSAL: Kind = Kind::Object(&[
    text("id"),
    money("amount"),
    date("date"),
    text("reason"),
    moment("recorded_at"),
    text("recorded_by_id"),
]);

const PAYMENT: Kind = Kind::Object(&[
    text("id"),
    FieldDef::new("type", Kind::Choice(ALL_KINDS)),
    money("amount"),
    moment("received_at"),
    text("recorded_by_id"),
    text("reference_number"),
    flag("unapplied").about("It moved nothing: the member had been dropped."),
]);
