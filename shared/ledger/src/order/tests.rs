use super::*;
use crate::testing::{claim, order};

fn payment(amount: i64) -> Payment {
    Payment {
        id: format!("p-{amount}"),
        kind: "cash".into(),
        amount: Decimal::from(amount),
        received_at: Timestamp::UNIX_EPOCH,
        recorded_by: "user".into(),
        reference: None,
        unapplied: false,
    }
}

fn charged(state: ClaimState) -> Order {
    Order {
        claim: Some(claim(state)),
        ..order()
    }
}

#[test]
fn payments_add_up_until_the_order_is_completed() {
    let part = order().with_payment(payment(40));
    assert_eq!(part.balance(), Decimal::from(60));
    assert_eq!(part.status, OrderStatus::AwaitingPayment);
    let paid = part.with_payment(payment(60));
    assert!(paid.is_paid());
    assert_eq!(paid.status, OrderStatus::Completed);
    assert_eq!(paid.payments.len(), 2);
}

#[test]
fn what_may_have_been_charged_is_money() {
    for (state, money) in [
        (ClaimState::Open, false),
        (ClaimState::Sent, true),
        (ClaimState::Unknown, true),
        (ClaimState::Succeeded, true),
        (ClaimState::Declined, false),
    ] {
        assert_eq!(charged(state).has_money(), money, "{state:?}");
    }
    assert!(!order().has_money());
    assert!(order().with_payment(payment(1)).has_money());
}

#[test]
fn a_void_order_is_never_paid_and_moves_nothing() {
    let mut void = order();
    void.status = OrderStatus::Void;
    void.paid = void.total;
    assert!(!void.is_paid() && !void.moves_dates());
}

#[test]
fn dates_move_by_the_rule_the_order_was_made_with() {
    for (when, value, paid, moves) in [
        ("immediately", None, 0, true),
        ("invoice paid in full", None, 99, false),
        ("invoice paid in full", None, 100, true),
        ("percentage paid", Some(50), 49, false),
        ("percentage paid", Some(50), 50, true),
        ("amount paid", Some(30), 29, false),
        ("amount paid", Some(30), 30, true),
    ] {
        let mut order = order();
        order.renewal.update_dates_when = UpdateRule {
            when: when.into(),
            value: value.map(Decimal::from),
        };
        order.paid = Decimal::from(paid);
        assert_eq!(order.moves_dates(), moves, "{when} {paid}");
        order.renewal.dates_moved = true;
        assert!(!order.moves_dates(), "once");
        order.renewal.dates_moved = false;
        order.pro_forma = true;
        assert!(!order.moves_dates(), "never by a forecast");
    }
}

#[test]
fn each_attempt_has_a_key_of_its_own() {
    assert_eq!(order().payment_key(1), "o-1:1");
    assert_ne!(order().payment_key(1), order().payment_key(11));
}
