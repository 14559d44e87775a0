//! An order on the wire. The card's token stays inside.

use crate::order::{Line, Order, Payment};
use crate::receipt::Receipt;
use crate::schema::QUOTE;
use model::field::{moment, number};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

fn amount(amount: Decimal) -> Value {
    number(&amount.to_string())
}

pub fn order(order: &Order) -> Map<String, Value> {
    let renewal = &order.renewal;
    let shown = json!({
        "id": order.id,
        "number": order.number,
        "membership_id": order.membership_id,
        "application_id": order.application.as_ref().map(|application| &application.id),
        "customer_type": order.customer_type,
        "customer_id": order.customer_id,
        "status": order.status,
        "pro_forma": order.pro_forma,
        "currency": order.currency,
        "line_items": order.lines.iter().map(line).collect::<Vec<_>>(),
        "total": amount(order.total),
        "amount_paid": amount(order.paid),
        "balance_due": amount(if order.is_void() { Decimal::ZERO } else { order.balance() }),
        "renewal": {
            "type": renewal.kind,
            "package_id": renewal.package_id,
            "term_start_date": renewal.term_start,
            "expiration_date": renewal.term_expiration,
            "previous_expiration_date": renewal.old_expiration,
            "update_dates_when": renewal.update_dates_when.when,
            "dates_updated": renewal.dates_moved,
        },
        "charge": order.claim.as_ref().map(|claim| json!({
            "attempt": claim.attempt,
            "state": claim.state,
            "amount": amount(claim.amount),
            "provider_payment_id": claim.provider_id,
            "declined_date": claim.declined_on,
            "hard_decline": claim.hard,
        })),
        "payments": order.payments.iter().map(payment).collect::<Vec<_>>(),
        "billing_run_id": order.billing_run_id,
        "billing_run_action_id": order.billing_run_action_id,
        "batch_id": order.batch_id,
        "created_at": moment(order.created_at),
        "created_by_id": order.created_by,
        "voided_at": order.voided_at.map(moment),
        "voided_by_id": order.voided_by,
        "void_reason": order.void_reason,
        "notes": order.notes,
    });
    match shown {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// An order that is not saved: without what only a saved one has.
pub fn quote(quoted: &Order) -> Map<String, Value> {
    let mut shown = order(quoted);
    shown.retain(|name, _| QUOTE.field(name).is_some());
    let lines = shown.get_mut("line_items").and_then(Value::as_array_mut);
    for line in lines.into_iter().flatten().filter_map(Value::as_object_mut) {
        line.remove("id");
    }
    shown
}

fn line(line: &Line) -> Value {
    json!({
        "id": line.id, "type": line.kind, "product_id": line.product_id, "name": line.name,
        "quantity": line.quantity, "unit_price": amount(line.unit_price), "total": amount(line.total),
    })
}

fn payment(payment: &Payment) -> Value {
    json!({
        "id": payment.id, "type": payment.kind, "amount": amount(payment.amount),
        "received_at": moment(payment.received_at), "recorded_by_id": payment.recorded_by,
        "reference_number": payment.reference, "unapplied": payment.unapplied,
    })
}

/// A payment, wherever its money is.
pub fn receipt(receipt: &Receipt) -> Value {
    let applied = receipt
        .applied
        .iter()
        .map(|applied| json!({ "order_id": applied.order_id, "amount": amount(applied.amount) }));
    let refunds = receipt.refunds.iter().map(|refund| {
        json!({
            "id": refund.id, "amount": amount(refund.amount), "reason": refund.reason,
            "recorded_at": moment(refund.at), "recorded_by_id": refund.by,
        })
    });
    let reversal = receipt.reversal.as_ref().map(|reversal| {
        json!({
            "id": reversal.id, "amount": amount(reversal.amount), "date": reversal.date,
            "reason": reversal.reason, "recorded_at": moment(reversal.at), "recorded_by_id": reversal.by,
        })
    });
    json!({
        "id": receipt.id,
        "order_id": receipt.order_id,
        "membership_id": receipt.membership_id,
        "type": receipt.kind,
        "amount": amount(receipt.amount),
        "currency": receipt.currency,
        "received_at": moment(receipt.received_at),
        "recorded_by_id": receipt.recorded_by,
        "reference_number": receipt.reference,
        "applied": applied.collect::<Vec<_>>(),
        "credit": amount(receipt.credit()),
        "refunds": refunds.collect::<Vec<_>>(),
        "reversal": reversal,
    })
}
