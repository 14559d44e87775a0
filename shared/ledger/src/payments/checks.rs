//! What a payment and a void are refused for.

use super::Received;
use crate::books::Disposal;
use crate::order::{ClaimState, Order};
use crate::receipt::Receipt;
use jiff::Timestamp;
use model::{Error, Result};
use rust_decimal::Decimal;

/// # Errors
/// `Conflict` that says where the payment of this id stands.
pub(super) fn check_repeated(known: &Receipt, order: &str, received: &Received) -> Result<()> {
    let elsewhere = match known.order_id == order {
        true => String::new(),
        false => format!(" on order {}", known.order_id),
    };
    let same = known.amount == received.amount && known.kind == received.kind;
    match same && elsewhere.is_empty() {
        true => Ok(()),
        false => Err(Error::conflict(
            "/id",
            format!(
                "payment {} is recorded with {} {}{elsewhere}",
                known.id, known.amount, known.kind
            ),
        )),
    }
}

pub(super) fn check_payment(order: &Order, received: &Received) -> Result<()> {
    if order.pro_forma {
        let why = "the order is pro forma: it can be paid once a run has made it a real one";
        return Err(Error::conflict("/pro_forma", why));
    }
    check_charge(order)?;
    check_amount(received)
}

pub(super) fn check_amount(received: &Received) -> Result<()> {
    match received.amount > Decimal::ZERO {
        true => Ok(()),
        false => Err(Error::invalid("/amount", "must be more than 0")),
    }
}

pub(super) fn check_charge(order: &Order) -> Result<()> {
    let under_way = order.claim.as_ref().is_some_and(|claim| match claim.state {
        ClaimState::Sent | ClaimState::Unknown => true,
        ClaimState::Open => claim.held_until > Timestamp::now(),
        ClaimState::Succeeded | ClaimState::Declined => false,
    });
    match under_way {
        true => Err(Error::conflict(
            "/id",
            "a charge of the stored card is under way on this order: wait for its outcome",
        )),
        false => Ok(()),
    }
}

/// # Errors
/// `Conflict` for an order that can take no money.
pub(super) fn check_takes(order: &Order) -> Result<()> {
    if order.is_void() {
        return Err(Error::conflict(
            "/status",
            format!("order {} is void", order.id),
        ));
    }
    if order.pro_forma {
        return Err(Error::conflict(
            "/pro_forma",
            format!("order {} is pro forma", order.id),
        ));
    }
    check_charge(order)
}

pub(super) fn check_not_reversed(receipt: &Receipt) -> Result<()> {
    match &receipt.reversal {
        Some(reversal) => Err(Error::conflict(
            "/id",
            format!(
                "payment {} was reversed by {} on {}",
                receipt.id, reversal.id, reversal.date
            ),
        )),
        None => Ok(()),
    }
}

/// A payment is one: where it also pays another order, or was made on a group's, it is
/// moved and reversed whole by itself, and not by voiding one of its orders.
///
/// # Errors
/// `Conflict` unless what the order has of it becomes credit.
pub(super) fn check_part(
    order: &Order,
    receipt: &Receipt,
    disposal: Option<&Disposal>,
) -> Result<()> {
    let of = order.application.as_ref();
    let group = of.and_then(|of| of.group_order.as_ref());
    if !matches!(disposal, Some(Disposal::Move(_) | Disposal::Reverse(_))) {
        return Ok(());
    }
    let credit = |why: String| {
        let why = format!("must be credit: payment {} {why}", receipt.id);
        Err(Error::conflict("/payments", why))
    };
    if let Some(group) = group.filter(|group| receipt.order_id == **group) {
        return credit(format!(
            "was made on the group's order {group}, where it is moved or reversed whole"
        ));
    }
    let mut others = receipt.applied.iter();
    match others.find(|applied| applied.order_id != order.id && !applied.amount.is_zero()) {
        Some(other) => credit(format!(
            "pays order {}, too, which would be unpaid: move or reverse the payment itself",
            other.order_id
        )),
        None => Ok(()),
    }
}

/// What a group has paid stays the group's: its order takes of it for those that it
/// bills.
///
/// # Errors
/// `Conflict` for a move of a group's payment to one of its own orders.
pub(super) fn check_move(target: &Order, receipt: &Receipt) -> Result<()> {
    let of = target.application.as_ref();
    let group = of.and_then(|of| of.group_order.as_ref());
    match group.filter(|group| receipt.order_id == **group) {
        Some(group) => Err(Error::conflict(
            "/order_id",
            format!(
                "is of the group's order {group}, on which payment {} was made",
                receipt.id
            ),
        )),
        None => Ok(()),
    }
}

/// # Errors
/// `Conflict` where something is paid on the order, or may be, and nobody says
/// what becomes of it.
pub fn check_void(order: &Order, disposal: Option<&Disposal>) -> Result<()> {
    if order.has_payments() && disposal.is_none() || order.is_being_charged() {
        let why = format!(
            "order {} has a payment, or a charge whose outcome is not a refusal: it cannot be voided",
            order.id
        );
        return Err(Error::conflict("/status", why));
    }
    Ok(())
}
