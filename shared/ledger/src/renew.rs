//! What billing does to a membership: pure changes of its record (rules
//! DATE-1, DATE-4, MEM-13).

use crate::head::BillingHead;
use crate::order::{ClaimState, Order, Payment, PaymentClaim, RenewalKind};
use jiff::civil::Date;
use model::money::Currency;
use model::resources::membership::affiliations;
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{self as m, BillMethod, DateStatus, Status};
use model::{Record, WriteContext};

/// Who does something and when: the moment, and the tenant's calendar day.
#[derive(Clone, Debug)]
pub struct When {
    pub by: WriteContext,
    pub today: Date,
}

/// The membership's copy of its last order.
pub fn copy_order(member: &mut Record, order: &Order) {
    member.set(m::ORDER_ID, order.id.clone());
    member.put(
        m::ORDER_LINE_ITEM_ID,
        order.lines.first().map(|line| line.id.clone()),
    );
    member.set(m::ORDER_NUMBER, order.number);
    member.set(m::ORDER_TOTAL, order.total.normalize());
    member.set(m::ORDER_AMOUNT_PAID, order.paid.normalize());
    member.set(
        m::ORDER_BALANCE_DUE,
        if order.is_void() {
            Default::default()
        } else {
            order.balance().normalize()
        },
    );
    member.set(m::ORDER_CURRENCY_CODE, order.currency.clone());
    let symbol = order
        .currency
        .parse::<Currency>()
        .ok()
        .and_then(Currency::symbol);
    member.put(m::ORDER_CURRENCY_SYMBOL, symbol.map(str::to_owned));
    member.set(m::ORDER_STATUS, order.status);
}

/// The term has been billed by `order`.
pub fn billed(member: &mut Record, order: &Order, method: BillMethod, when: &When) {
    copy_order(member, order);
    member.set(m::BILL_METHOD, method);
    member.set(m::LAST_BILL_DATE, when.by.now);
    if order.pro_forma {
        member.put(m::PRO_FORMA_FOR, order.renewal.old_expiration);
        return;
    }
    member.set(m::BILLED, true);
    member.set(m::DATE_STATUS, DateStatus::NotYetUpdated);
    member.set(m::OPEN_ORDER, order.id.clone());
    member.set(
        m::COVERED_THROUGH,
        order.renewal.term_expiration.unwrap_or(Date::MAX),
    );
}

/// The order has moved the dates: the membership is renewed.
pub fn renewed(member: &mut Record, order: &Order, when: &When) {
    let before = member.clone();
    let renewal = &order.renewal;
    member.set(m::TERM_START_DATE, renewal.term_start);
    // Never shorten what somebody has moved further in the meantime.
    let held = member
        .get(m::EXPIRATION_DATE)
        .filter(|held| Some(*held) != renewal.old_expiration);
    member.put(
        m::EXPIRATION_DATE,
        renewal
            .term_expiration
            .map(|new| held.map_or(new, |held| held.max(new))),
    );
    member.set(m::JOIN_OR_RENEWAL_DATE, renewal.effective);
    let event = match renewal.kind {
        RenewalKind::Renewal => {
            member.set(m::RENEWAL_DATE, renewal.effective);
            Event::Renewal
        }
        RenewalKind::Reinstatement => {
            member.set(m::REINSTATEMENT_DATE, renewal.effective);
            Event::Reinstatement
        }
        RenewalKind::Join => {
            member.set(m::JOIN_DATE, renewal.effective);
            member.set(m::MEMBERSHIP_JOIN_DATE, renewal.effective);
            Event::Join
        }
    };
    member.clear(m::TERMINATION_DATE);
    member.set(m::PACKAGE_ID, renewal.package_id.clone());
    if let Some(type_id) = &renewal.type_id {
        member.set(m::TYPE_ID, type_id.clone());
    }
    member.set(m::IS_NEW, renewal.kind == RenewalKind::Join);
    member.set(m::DATE_STATUS, DateStatus::Updated);
    member.set(m::BILLED, false);
    forget_reminders(member);
    record_event(&when.by, event, Some(&before), member);
}

/// Reminders count for a term.
fn forget_reminders(member: &mut Record) {
    member.clear(m::LAST_REMINDER);
    member.clear(m::LAST_REMINDER_DATE);
    member.clear(m::LAST_CARD_WARNING);
    member.clear(m::LAST_CARD_WARNING_DATE);
    member.clear(m::REMINDERS_SENT);
    member.clear(m::NOTICE_SENT_FOR);
    member.clear(m::PRO_FORMA_FOR);
}

/// A charge of the order was tried: how the member was last billed.
pub fn charged(member: &mut Record, order: &Order, when: &When) {
    copy_order(member, order);
    member.set(m::BILL_METHOD, BillMethod::AutoRenewalOrder);
    member.set(m::LAST_BILL_DATE, when.by.now);
}

/// The order, paid by the charge of `claim`, and what that does to the
/// membership and its head.
pub fn paid_by_card(
    member: &mut Record,
    order: &Order,
    claim: &PaymentClaim,
    head: &BillingHead,
    when: &When,
) -> (Order, BillingHead) {
    let dropped = member.get(m::STATUS) == Some(Status::Inactive);
    let mut paid = order.with_payment(Payment {
        id: claim.provider_id.clone().unwrap_or_default(),
        kind: "credit card".into(),
        amount: claim.amount,
        received_at: when.by.now,
        recorded_by: when.by.user.clone(),
        reference: None,
        unapplied: dropped,
    });
    paid.claim = Some(PaymentClaim {
        state: ClaimState::Succeeded,
        ..claim.clone()
    });
    charged(member, &paid, when);
    let head = apply_payment(member, &mut paid, head, !dropped, when);
    (paid, head)
}

/// The order, which the card of `claim` did not pay: it stays open.
pub fn refused_by_card(
    member: &mut Record,
    order: &Order,
    claim: &PaymentClaim,
    when: &When,
) -> Order {
    let refused = Order {
        claim: Some(PaymentClaim {
            state: ClaimState::Declined,
            ..claim.clone()
        }),
        ..order.clone()
    };
    charged(member, &refused, when);
    refused
}

/// What a payment on `order` does to the membership and its head: the dates
/// move when the package says so, and a paid order makes room for the next.
pub fn apply_payment(
    member: &mut Record,
    order: &mut Order,
    head: &BillingHead,
    may_move: bool,
    when: &When,
) -> BillingHead {
    if order.moves_dates() && may_move {
        order.renewal.dates_moved = true;
        renewed(member, order, when);
    }
    copy_order(member, order);
    if !order.is_paid() {
        return head.clone();
    }
    order_closed(member, order);
    head.close_order(&order.id)
}

/// The order needs nothing more: another may be made for the next term.
pub fn order_closed(member: &mut Record, order: &Order) {
    if member.text(m::OPEN_ORDER) == order.id {
        member.clear(m::OPEN_ORDER);
    }
}

/// The order has been voided: the term is open again as `released` says, and
/// dates that the order had moved before it was paid go back. A pro forma order
/// held nothing; another may be made.
pub fn order_voided(member: &mut Record, order: &Order, released: &BillingHead) {
    if member.text(m::ORDER_ID) == order.id {
        copy_order(member, order);
    }
    if order.pro_forma {
        member.clear(m::PRO_FORMA_FOR);
        return;
    }
    order_closed(member, order);
    member.put(m::COVERED_THROUGH, released.covered_through);
    member.set(m::BILLED, false);
    member.set(m::DATE_STATUS, DateStatus::Updated);
    if order.renewal.dates_moved && member.get(m::EXPIRATION_DATE) == order.renewal.term_expiration
    {
        member.put(m::EXPIRATION_DATE, order.renewal.old_expiration);
        member.put(m::TERM_START_DATE, order.renewal.old_term_start);
    }
}

/// A renewal notice has been mailed; it covers nothing.
pub fn notified(member: &mut Record, when: &When) {
    member.set(m::BILL_METHOD, BillMethod::RenewalNotice);
    member.set(m::LAST_BILL_DATE, when.by.now);
    member.put(m::NOTICE_SENT_FOR, member.get(m::EXPIRATION_DATE));
    let before = member.clone();
    record_event(&when.by, Event::RenewalNotice, Some(&before), member);
}

/// The member has been dropped (rule MEM-13).
pub fn dropped(member: &mut Record, when: &When) {
    let before = member.clone();
    member.set(m::STATUS, Status::Inactive);
    member.clear(m::STATUS_REASON_ID);
    member.set(m::TERMINATION_DATE, when.today);
    member.set(m::LAPSE_DATE, when.today);
    member.set(m::RENEW_AUTOMATICALLY, false);
    member.clear(m::PAYMENT_INFO);
    affiliations::leave_all(member, when.by.now, "drop");
    model::resources::membership::computed::fill_computed(member);
    record_event(&when.by, Event::Drop, Some(&before), member);
}

#[cfg(test)]
mod tests;
