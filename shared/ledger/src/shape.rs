//! An order on the wire. The card's token stays inside.

use crate::group::Group;
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
    let of = order.application.as_ref();
    let shown = json!({
        "id": order.id,
        "number": order.number,
        "membership_id": order.membership_id,
        "application_id": of.map(|application| &application.id),
        "group_order_id": of.and_then(|application| application.group_order.as_ref()),
        "customer_type": order.customer_type,
        "customer_id": order.customer_id,
        "status": order.status,
        "pro_forma": order.pro_forma,
        "currency": order.currency,
        "line_items": order.lines.iter().map(line).collect::<Vec<_>>(),
        "total": amount(order.total),
        "amount_paid": amount(order.paid),
        "balance_due": amount(due(order)),
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

fn due(order: &Order) -> Decimal {
    match order.is_void() {
        true => Decimal::ZERO,
        false => order.balance(),
    }
}

/// The order of a group: lines and payments are those of the orders that stand.
pub fn group(group: &Group) -> Map<String, Value> {
    let own = &group.order.value;
    let lines = group.standing().flat_map(|order| &order.value.lines);
    let orders = group.orders.iter().map(|order| part(&order.value));
    let shown = json!({
        "id": own.id,
        "number": own.number,
        "application_group_id": own.application_group_id,
        "customer_type": own.customer_type,
        "customer_id": own.customer_id,
        "status": group.status(),
        "pro_forma": false,
        "currency": own.currency,
        "orders": orders.collect::<Vec<_>>(),
        "line_items": lines.map(line).collect::<Vec<_>>(),
        "total": amount(group.total()),
        "amount_paid": amount(group.paid()),
        "balance_due": amount(group.balance()),
        "payments": payments(group).iter().map(payment).collect::<Vec<_>>(),
        "created_at": moment(own.created_at),
        "created_by_id": own.created_by,
    });
    match shown {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn part(order: &Order) -> Value {
    json!({
        "id": order.id, "number": order.number,
        "application_id": order.application.as_ref().map(|application| &application.id),
        "membership_id": order.membership_id, "status": order.status,
        "total": amount(order.total), "amount_paid": amount(order.paid), "balance_due": amount(due(order)),
    })
}

/// What is paid on a group's order: each payment once, with all that its orders have
/// of it.
fn payments(group: &Group) -> Vec<Payment> {
    let mut all: Vec<Payment> = Vec::new();
    for part in group.standing().flat_map(|order| &order.value.payments) {
        match all.iter_mut().find(|known| known.id == part.id) {
            Some(known) => {
                known.amount += part.amount;
                known.unapplied |= part.unapplied;
            }
            None => all.push(part.clone()),
        }
    }
    all
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
