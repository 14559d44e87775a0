//! What billing does to a membership: pure changes of its record (rules
//! DATE-1, DATE-4, MEM-13).

use crate::head::BillingHead;
use crate::order::{
    ClaimState, Order, Payment, PaymentClaim, ReasonDue, Renewal, RenewalKind, SetField,
};
use jiff::civil::Date;
use jiff::{Span, Unit};
use model::money::Currency;
use model::resources::membership::affiliations;
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::rests::{self, Rest};
use model::resources::membership::{self as m, BillMethod, DateStatus, Status};
use model::{Record, WriteContext};
use serde_json::{Value, json};
use terms::Term;

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
    let through = order.renewal.term_expiration.unwrap_or(Date::MAX);
    if order.pro_forma {
        member.set(m::FORECAST_THROUGH, through);
        return;
    }
    // A forecast of the term, if there was one, is this order now.
    m::sent::clear_forecast(member);
    member.set(m::DATE_STATUS, DateStatus::NotYetUpdated);
    member.set(m::OPEN_ORDER, order.id.clone());
    let covered = member.get(m::COVERED_THROUGH).max(Some(through));
    member.put(m::COVERED_THROUGH, covered);
    derive_billed(member, &order.renewal.term());
}

/// What an order sets on a membership when it moves the dates.
const SET_BY_ORDERS: [&str; 13] = [
    m::STATUS.name(),
    m::TERM_START_DATE.name(),
    m::EXPIRATION_DATE.name(),
    m::JOIN_OR_RENEWAL_DATE.name(),
    m::RENEWAL_DATE.name(),
    m::REINSTATEMENT_DATE.name(),
    m::JOIN_DATE.name(),
    m::MEMBERSHIP_JOIN_DATE.name(),
    m::TERMINATION_DATE.name(),
    m::PACKAGE_ID.name(),
    m::TYPE_ID.name(),
    m::IS_NEW.name(),
    m::STATUS_REASON_ID.name(),
];

/// What is remembered for a term, and forgotten when dates move.
const OF_A_TERM: [&str; 4] = [
    m::LAST_REMINDER.name(),
    m::LAST_REMINDER_DATE.name(),
    m::LAST_CARD_WARNING.name(),
    m::LAST_CARD_WARNING_DATE.name(),
];

/// The order moves the dates, once, and notes what it has set, so that a void
/// can put it back.
pub fn move_dates(member: &mut Record, order: &mut Order, when: &When) {
    order.renewal.dates_moved = true;
    let before = member.clone();
    if let Err(why) = renewed(member, order, when) {
        order.notes.push(why);
    }
    let names = SET_BY_ORDERS.iter().chain(&OF_A_TERM);
    let set = names.map(|name| SetField {
        name: (*name).to_owned(),
        before: before.raw(name).map(kept),
        after: member.raw(name).cloned(),
    });
    order.renewal.set = set.filter(|set| set.before != set.after).collect();
    note_rest(member, order);
}

/// The membership is renewed by the order. What staff have changed since the
/// bill stays: package and type, and a date is extended from what it is now.
///
/// # Errors
/// One line for staff where the term lies behind the expiration date: then the
/// dates are left.
fn renewed(member: &mut Record, order: &Order, when: &When) -> Result<(), String> {
    let before = member.clone();
    let renewal = &order.renewal;
    member.set(m::DATE_STATUS, DateStatus::Updated);
    let (start, expiration) = match extended(renewal, member.get(m::EXPIRATION_DATE)) {
        Ok(term) => term,
        Err(why) => {
            derive_billed(member, &renewal.term());
            return Err(why);
        }
    };
    member.set(m::TERM_START_DATE, start);
    member.put(m::EXPIRATION_DATE, expiration);
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
            let application = order.application.as_ref();
            let given = application.and_then(|application| application.join_date);
            let joined = given.unwrap_or(renewal.effective);
            member.set(m::JOIN_DATE, joined);
            member.set(m::MEMBERSHIP_JOIN_DATE, joined);
            Event::Join
        }
        RenewalKind::ChangeAffiliations => Event::ChangeAffiliations,
    };
    member.clear(m::TERMINATION_DATE);
    if is_as_billed(&renewal.old_package_id, before.get(m::PACKAGE_ID)) {
        member.set(m::PACKAGE_ID, renewal.package_id.clone());
        // The type goes with the package.
        if let Some(type_id) = &renewal.type_id
            && is_as_billed(&renewal.old_type_id, before.get(m::TYPE_ID))
        {
            member.set(m::TYPE_ID, type_id.clone());
        }
    }
    member.set(m::IS_NEW, renewal.kind == RenewalKind::Join);
    give_reason(member, renewal.reason_due.clone());
    give_standing(member, order);
    derive_billed(member, &renewal.term());
    forget_reminders(member, &before, &renewal.term());
    record_event(&when.by, event, Some(&before), member);
    Ok(())
}

/// Orders from before this was noted set what they were made for.
fn is_as_billed(billed: &Option<String>, held: Option<String>) -> bool {
    billed.is_none() || *billed == held
}

/// The dates that the order's term gives a membership which expires on `held`:
/// the term itself, or, where staff have moved the date since the bill, as much
/// more from what is there.
///
/// # Errors
/// One line for staff where nothing makes sense but leaving the dates.
fn extended(renewal: &Renewal, held: Option<Date>) -> Result<(Date, Option<Date>), String> {
    let term = (renewal.term_start, renewal.term_expiration);
    let (Some(held), Some(old), Some(new)) = (held, renewal.old_expiration, term.1) else {
        return Ok(term);
    };
    if held == old {
        return Ok(term);
    }
    if held >= new {
        return Err(format!(
            "the term through {new} lies behind the expiration date {held}: the dates were left"
        ));
    }
    // A lapsed member's term begins on its own day, not where the last one ended.
    let follows = renewal.kind == RenewalKind::Renewal || held >= renewal.term_start;
    if !follows {
        return Ok(term);
    }
    let last = renewal.term_start.yesterday().unwrap_or(old);
    let longer = later(held, last, new);
    let start = held.tomorrow().unwrap_or(Date::MAX);
    Ok((start, Some(longer.max(held))))
}

/// `held` as much later as `new` is later than `old`; where both end their
/// months, and `held` does, in whole months.
fn later(held: Date, old: Date, new: Date) -> Date {
    let ends = |date: Date| date == date.last_of_month();
    let months = (i32::from(new.year()) - i32::from(old.year())) * 12 + i32::from(new.month())
        - i32::from(old.month());
    let span = match ends(old) && ends(new) {
        true => Ok(Span::new().months(months)),
        false => old.until((Unit::Year, new)),
    };
    let moved = span.and_then(|span| held.checked_add(span));
    let moved = moved.unwrap_or(Date::MAX);
    match ends(old) && ends(new) && ends(held) {
        true => moved.last_of_month(),
        false => moved,
    }
}

/// Whether the coming term is billed, by what the ledger covers. The coming
/// term is as long as the one at hand.
fn derive_billed(member: &mut Record, like: &Term) {
    let coming = member.get(m::EXPIRATION_DATE).map(|expiration| {
        let start = expiration.tomorrow().unwrap_or(Date::MAX);
        let before = like.start.yesterday().unwrap_or(like.start);
        let expiration = like.expiration.map(|end| later(expiration, before, end));
        Term { start, expiration }
    });
    terms::coverage::derive_billed(member, coming);
}

/// Reminders count for a term. What was sent for the one that begins now is
/// remembered while it may be moved back.
fn forget_reminders(member: &mut Record, before: &Record, term: &Term) {
    for name in OF_A_TERM {
        member.remove_raw(name);
    }
    m::sent::clear_forecast(member);
    terms::sent::begin(member, before, term);
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
    let inactive = member.get(m::STATUS) == Some(Status::Inactive);
    let dropped = inactive && order.waits_for_return();
    let mut paid = order.with_payment(Payment {
        // No caller can give such an id, so it is the tenant's only one.
        id: order.payment_key(claim.attempt),
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
    // The charge has succeeded now, whatever the reason was when it was begun.
    if let Some(due) = reason_due(member, claim.new_reason.as_deref()) {
        paid.renewal.reason_due = Some(due);
    }
    charged(member, &paid, when);
    let head = apply_payment(member, &mut paid, head, !dropped, when);
    (paid, head)
}

/// The order, which the card of `claim` did not pay: it stays open.
pub fn refused_by_card(
    member: &mut Record,
    order: &Order,
    claim: &PaymentClaim,
    hard: bool,
    when: &When,
) -> Order {
    let refused = Order {
        claim: Some(PaymentClaim {
            state: ClaimState::Declined,
            declined_on: Some(when.today),
            hard,
            ..claim.clone()
        }),
        ..order.clone()
    };
    charged(member, &refused, when);
    note_refusal(member, &refused);
    refused
}

/// Planning reads memberships, not orders: that a charge was refused, or taken
/// back.
pub(crate) fn note_refusal(member: &mut Record, order: &Order) {
    if let Some(claim) = &order.claim {
        let charge = json!({ "order": order.id, "attempt": claim.attempt,
            "on": claim.declined_on, "hard": claim.hard, "account": claim.account });
        member.set(m::REFUSED_CHARGE, charge);
    }
}

/// What is paid on `order` by now, and what that does to the membership and its
/// head: the dates move when the package says so, a paid order needs nothing
/// more, and one that is unpaid again waits for money.
pub fn apply_payment(
    member: &mut Record,
    order: &mut Order,
    head: &BillingHead,
    may_move: bool,
    when: &When,
) -> BillingHead {
    if order.moves_dates() && may_move {
        move_dates(member, order, when);
    }
    copy_if_shown(member, order);
    note_rest(member, order);
    if order.is_paid() {
        order_closed(member, order);
        return head.close_order(&order.id);
    }
    if order.is_void() || order.pro_forma {
        return head.clone();
    }
    let head = head.reopen_order(&order.id);
    if head.last_order.as_deref() == Some(&order.id) {
        member.set(m::OPEN_ORDER, order.id.clone());
    }
    head
}

/// What is left to be paid on an order that has moved the dates: it is reminded of.
fn note_rest(member: &mut Record, order: &Order) {
    let renewal = &order.renewal;
    let owed = renewal.dates_moved && !order.is_void() && !order.is_paid();
    let billed_for = renewal.old_expiration.filter(|_| owed);
    let rest = billed_for.map(|billed_for| Rest {
        order: order.id.clone(),
        billed_for,
        start: renewal.term_start,
        through: renewal.term_expiration,
    });
    rests::note_rest(member, &order.id, rest);
}

/// The membership shows the order that was made last, so what becomes of another is not
/// copied. Numbers do not tell: processes take them in blocks.
fn copy_if_shown(member: &mut Record, order: &Order) {
    if member.text(m::ORDER_ID) == order.id || !member.has(m::ORDER_ID) {
        copy_order(member, order);
    }
}

/// The order needs nothing more: another may be made for the next term.
pub fn order_closed(member: &mut Record, order: &Order) {
    if member.text(m::OPEN_ORDER) == order.id {
        member.clear(m::OPEN_ORDER);
    }
}

/// A value as an order keeps it: what the table would take a number of any
/// precision for can't be read again.
fn kept(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        other => other.clone(),
    }
}

/// A status reason that the membership is to have once dates move, if one is
/// named.
pub(crate) fn reason_due(member: &Record, reason: Option<&str>) -> Option<ReasonDue> {
    let reason = reason.filter(|reason| !reason.is_empty())?;
    Some(ReasonDue {
        reason: reason.to_owned(),
        in_place_of: member.get(m::STATUS_REASON_ID),
    })
}

/// Gives the status reason that was waiting for the dates to move, unless the
/// membership has got another since. Reasons of renewals are for the active.
fn give_reason(member: &mut Record, due: Option<ReasonDue>) {
    let active = matches!(
        member.get(m::STATUS),
        Some(Status::Active | Status::ActiveWithoutBenefits)
    );
    let held = member.get(m::STATUS_REASON_ID);
    if let Some(due) = due.filter(|due| active && due.in_place_of == held) {
        member.set(m::STATUS_REASON_ID, due.reason);
    }
}

/// Who has waited for the payment is a member now.
fn give_standing(member: &mut Record, order: &Order) {
    let application = order.application.as_ref();
    let due = application.and_then(|application| application.standing.clone());
    let waits = member.get(m::STATUS) == Some(Status::Inactive);
    if let Some(due) = due.filter(|_| waits) {
        member.set(m::STATUS, due.status);
        member.put(m::STATUS_REASON_ID, due.reason);
    }
}

/// A forecast that no order will come of any more is void, and nobody is told.
pub fn forecast_ended(
    member: &mut Record,
    forecast: &Order,
    head: &BillingHead,
    when: &When,
) -> (Order, BillingHead) {
    let void = forecast.voided(&when.by);
    let released = head.release_term(&void.id, void.renewal.covered_before);
    order_voided(member, &void, &released, when);
    (void, released)
}

/// A renewal notice has been mailed for a term; it covers nothing.
pub fn notified(member: &mut Record, term: &Term, when: &When) {
    member.set(m::BILL_METHOD, BillMethod::RenewalNotice);
    member.set(m::LAST_BILL_DATE, when.by.now);
    terms::sent::note(member, NOTICE, term);
}

/// What a renewal notice is remembered as.
pub const NOTICE: &str = "renewal notice";

/// The member has been dropped, for this status reason (rule MEM-13).
pub fn dropped(member: &mut Record, reason: Option<String>, when: &When) {
    let before = member.clone();
    member.set(m::STATUS, Status::Inactive);
    member.put(m::STATUS_REASON_ID, reason);
    member.set(m::TERMINATION_DATE, when.today);
    member.set(m::LAPSE_DATE, when.today);
    member.set(m::RENEW_AUTOMATICALLY, false);
    member.clear(m::PAYMENT_INFO);
    affiliations::leave_all(member, when.by.now, "drop");
    model::resources::membership::computed::fill_computed(member);
    record_event(&when.by, Event::Drop, Some(&before), member);
}

mod void;

pub use void::order_voided;

#[cfg(test)]
mod tests;
