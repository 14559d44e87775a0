//! What holds of any tenant, whatever has happened in it: its ledger adds up to the last
//! minor unit, a term is billed once, and what derives follows its parent.

use super::Findings;
use crate::TestApp;
use ledger::order::Order;
use ledger::receipt::Receipt;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::Memberships;
use model::resources::membership::indexes::every;
use model::resources::membership::{self as m, NUMBER_FIELD, Origin};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Reads everything anew and lists every difference.
pub async fn tenant(app: &TestApp) -> Findings {
    let mut findings = Findings::default();
    let members = app.store.query_all::<Memberships>(&every()).await;
    let members = members.expect("memberships");
    let (mut numbers, mut orders_known) = (BTreeSet::new(), 0);
    for member in &members {
        let id = member.text(ID_FIELD);
        let of = |what: &str| format!("{id}: {what}");
        let is_new = numbers.insert(member.get(NUMBER_FIELD));
        findings.same(&of("another has its number"), !is_new, false);
        findings.same(&of("flowdown is due"), member.has(m::FLOWDOWN_DUE), false);
        if !is_principal(member) {
            continue;
        }
        let orders = app.store.documents_of::<Order>(id, "order#").await;
        let orders: Vec<Order> = values(orders.expect("orders"));
        orders_known += orders.len();
        let receipts = app.store.documents_of::<Receipt>(id, "receipt#").await;
        let receipts: Vec<Receipt> = values(receipts.expect("receipts"));
        let mut own = Findings::default();
        money(&orders, &receipts, &mut own);
        terms(&orders, &mut own);
        copies(member, &orders, &mut own);
        findings.0.extend(own.0.iter().map(|what| of(what)));
    }
    let (orders, _) = super::ledger::stored(app).await;
    findings.same("orders of memberships", orders_known, orders);
    derived(&members, &mut findings);
    findings
}

fn is_principal(member: &Record) -> bool {
    member
        .get(m::ORIGIN)
        .is_none_or(|of| of == Origin::Principal)
}

fn values<T>(found: Vec<store::Versioned<T>>) -> Vec<T> {
    found.into_iter().map(|found| found.value).collect()
}

/// What was received is on orders, credit, paid back or reversed; what is on orders was
/// received.
fn money(orders: &[Order], receipts: &[Receipt], own: &mut Findings) {
    for order in orders {
        let number = order.number;
        let lines: Decimal = order.lines.iter().map(|line| line.total).sum();
        own.same(&format!("total of {number}"), order.total, lines);
        let paid: Decimal = order.payments.iter().map(|one| one.amount).sum();
        own.same(&format!("paid on {number}"), order.paid, paid);
        let open = !order.is_void() && order.balance() > Decimal::ZERO;
        let says_open = order.status == m::OrderStatus::AwaitingPayment;
        own.same(&format!("{number} is open"), says_open, open);
        let nothing = !order.is_void() || order.payments.is_empty();
        own.same(
            &format!("nothing is paid on {number}, if void"),
            nothing,
            true,
        );
    }
    let on_orders = orders.iter().flat_map(|order| {
        // A charge's payment is on its order alone.
        let of_charge = format!("{}:", order.id);
        let given = order
            .payments
            .iter()
            .filter(move |one| !one.id.starts_with(&of_charge));
        let paid = given.filter(|one| !one.amount.is_zero());
        paid.map(|one| ((one.id.clone(), order.id.clone()), one.amount))
    });
    let on_orders: BTreeMap<_, _> = on_orders.collect();
    let applied = receipts.iter().flat_map(|receipt| {
        let applied = receipt.applied.iter();
        applied.map(|one| ((receipt.id.clone(), one.order_id.clone()), one.amount))
    });
    own.same("payments on orders", on_orders, applied.collect());
    for receipt in receipts {
        let id = &receipt.id;
        let whole = receipt.applied() + receipt.refunded() + receipt.reversed() + receipt.credit();
        own.same(&format!("amount of {id}"), receipt.amount, whole);
        own.same(
            &format!("credit of {id} < 0"),
            receipt.credit() < Decimal::ZERO,
            false,
        );
    }
}

/// No day is billed twice.
fn terms(orders: &[Order], own: &mut Findings) {
    let holds = |order: &&Order| order.is_for_a_term() && !order.is_void() && !order.pro_forma;
    let billed = orders.iter().filter(holds);
    let mut terms: Vec<_> = billed.map(|order| order.renewal.term()).collect();
    terms.sort_by_key(|term| term.start);
    for two in terms.windows(2) {
        let apart = two[0].expiration.is_some_and(|end| end < two[1].start);
        own.same(&format!("apart: {two:?}"), apart, true);
    }
}

/// A membership shows the order that was made last.
fn copies(member: &Record, orders: &[Order], own: &mut Findings) {
    let Some(newest) = orders.iter().max_by_key(|order| order.created_at) else {
        return own.same("an order", member.has(m::ORDER_ID), false);
    };
    let due = if newest.is_void() {
        Decimal::ZERO
    } else {
        newest.balance()
    };
    own.same("order", member.text(m::ORDER_ID), newest.id.as_str());
    own.same(
        "order's total",
        member.get(m::ORDER_TOTAL),
        Some(newest.total.normalize()),
    );
    own.same(
        "order's balance",
        member.get(m::ORDER_BALANCE_DUE),
        Some(due.normalize()),
    );
    own.same(
        "order's status",
        member.get(m::ORDER_STATUS),
        Some(newest.status),
    );
}

/// What derives is as its parent is, but for what has been overridden.
fn derived(members: &[Record], findings: &mut Findings) {
    let by_id: BTreeMap<&str, &Record> = members
        .iter()
        .map(|one| (one.text(ID_FIELD), one))
        .collect();
    for one in members.iter().filter(|one| !is_principal(one)) {
        let id = one.text(ID_FIELD);
        let Some(parent) = by_id.get(one.text(m::PARENT_ID_FIELD)) else {
            findings.0.push(format!("{id}: its parent is not there"));
            continue;
        };
        // Whoever has left, or was taken out, has ended by themselves.
        if one.get(m::STATUS) == Some(m::Status::Inactive) {
            continue;
        }
        let overridden = one.get(m::OVERRIDDEN_FIELDS).unwrap_or_default();
        for name in m::INHERITED_AS_THEY_ARE.iter().chain([&m::STATUS.name()]) {
            if !overridden.iter().any(|other| other == name) {
                findings.same(&format!("{id}: {name}"), one.raw(name), parent.raw(name));
            }
        }
    }
}
