//! One member against their scenario.

use super::Findings;
use super::facts::Facts;
use crate::scenarios::{Order, Scenario, a_year_later, shown};
use ledger::order::{self, ClaimState};
use model::resources::Memberships;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership::OrderStatus;
use model::{Record, Resource};
use serde_json::Value;

pub fn check(scenario: &Scenario, facts: &Facts, findings: &mut Findings) {
    let mut own = Findings::default();
    actions(scenario, facts, &mut own);
    match (scenario.order, facts.orders.as_slice()) {
        (Order::None, []) => {}
        (wanted, [(order, charges)]) if wanted != Order::None => {
            of_order(scenario, order, *charges, &mut own);
            links(scenario, facts, order, &mut own);
        }
        (wanted, found) => own.same("orders", found.len(), usize::from(wanted != Order::None)),
    }
    membership(scenario, facts, &mut own);
    history(scenario, &facts.member, &mut own);
    let named = own
        .0
        .into_iter()
        .map(|what| format!("{}: {what}", facts.id));
    findings.0.extend(named);
}

fn actions(scenario: &Scenario, facts: &Facts, own: &mut Findings) {
    let ended = facts.actions.iter().filter_map(|record| {
        let (kind, status) = (record.get(action::TYPE)?, record.get(action::STATUS)?);
        Some((kind, status))
    });
    own.same("actions", ended.collect(), scenario.actions.to_vec());
    for record in &facts.actions {
        let message = record.text(action::ERROR_MESSAGE);
        let (said, note) = message
            .split_once("notice perhaps sent")
            .map_or((message, false), |(before, _)| {
                (before.trim_end_matches("; "), true)
            });
        let refused = record.get(action::STATUS) == Some(ActionStatus::PaymentFailure);
        let wanted = if refused {
            "payment refused: card declined"
        } else {
            ""
        };
        own.same(&format!("message (note: {note})"), said, wanted);
        let claimed = record.has(action::CLAIM_LEASE) || record.has(action::EFFECT);
        own.same("claimed for ever", claimed, false);
    }
}

fn of_order(scenario: &Scenario, order: &order::Order, charges: u32, own: &mut Findings) {
    let by_card = scenario.card.is_some() && scenario.order == Order::Paid;
    let status = match scenario.order {
        Order::Paid => OrderStatus::Completed,
        Order::Void => OrderStatus::Void,
        Order::Open | Order::None => OrderStatus::AwaitingPayment,
    };
    own.same("order status", order.status, status);
    own.same("charges", charges, u32::from(by_card));
    own.same("payments", order.payments.len(), usize::from(by_card));
    let state = scenario.card.map(|_| match by_card {
        true => ClaimState::Succeeded,
        false => ClaimState::Declined,
    });
    let claim = order.claim.as_ref();
    own.same("the claim", claim.map(|claim| claim.state), state);
    own.same(
        "attempts",
        claim.map(|claim| claim.attempt),
        state.map(|_| 1),
    );
    own.same("dates moved", order.renewal.dates_moved, scenario.moved);
}

/// Head, membership and actions name the same order and the same term.
fn links(scenario: &Scenario, facts: &Facts, order: &order::Order, own: &mut Findings) {
    let id = order.id.clone();
    let open = (scenario.order == Order::Open).then(|| id.clone());
    let kept = scenario.order != Order::Void;
    let through = order.renewal.term_expiration.filter(|_| kept);
    let head = &facts.head;
    own.same("head's open order", &head.open_order, &open);
    own.same("head's term", head.covered_through, through);
    own.same("head's order", &head.last_order, &Some(id.clone()));
    let member = |name: &str| shown(&facts.member, name);
    let text = |date: Option<jiff::civil::Date>| date.map(|d| d.to_string()).unwrap_or_default();
    own.same(
        "open order",
        member("_open_order"),
        open.unwrap_or_default(),
    );
    own.same("covered term", member("_covered_through"), text(through));
    own.same("order", member("order_id"), id.clone());
    own.same(
        "order's status",
        member("order_status"),
        order.status.to_string(),
    );
    for record in facts.actions.iter().filter(|record| bills(record)) {
        own.same("action's order", record.text(action::ORDER_ID), &id);
    }
}

fn bills(record: &Record) -> bool {
    let kind = record.get(action::TYPE);
    matches!(
        kind,
        Some(ActionType::RenewalOrder | ActionType::AutoRenewalOrder)
    )
}

fn membership(scenario: &Scenario, facts: &Facts, own: &mut Findings) {
    let member = |name: &str| shown(&facts.member, name);
    let expiration = if scenario.moved {
        a_year_later(scenario.expiration)
    } else {
        scenario.expiration.to_owned()
    };
    own.same("expiration", member("expiration_date"), expiration);
    let billed = scenario.order == Order::Open && !scenario.moved;
    own.same("billed", member("billed") == "true", billed);
    let has = |kind| scenario.actions.iter().any(|(own, _)| *own == kind);
    let status = if has(ActionType::Drop) {
        "inactive"
    } else {
        "active"
    };
    own.same("status", member("status").as_str(), status);
    let links = Memberships::links(&facts.member);
    own.same("links", &facts.links, &links);
    own.same(
        "links of who left",
        links.len(),
        usize::from(has(ActionType::Drop)),
    );
    let reminded = has(ActionType::RenewalReminder) || has(ActionType::AutoRenewalReminder);
    own.same("reminded", member("last_reminder") == "1", reminded);
    let warned = has(ActionType::ExpiringCardReminder);
    let warning = member("last_expired_card_warning") == "1";
    own.same("warned", warning, warned);
}

/// A row for each thing that happened, once.
fn history(scenario: &Scenario, member: &Record, own: &mut Findings) {
    let rows = member.raw("history").and_then(Value::as_array);
    let events = rows
        .into_iter()
        .flatten()
        .filter_map(|row| row["event"].as_str());
    let mut found: Vec<String> = events.map(str::to_owned).collect();
    let told = |kind: &ActionType| {
        !matches!(
            kind,
            ActionType::RenewalOrder | ActionType::AutoRenewalOrder
        )
    };
    let kinds = scenario.actions.iter().map(|(kind, _)| *kind).filter(told);
    let mut wanted: Vec<String> = kinds.map(|kind| kind.to_string()).collect();
    wanted.extend(scenario.moved.then(|| "renewal".to_owned()));
    found.sort_unstable();
    wanted.sort_unstable();
    own.same("history", found, wanted);
}
