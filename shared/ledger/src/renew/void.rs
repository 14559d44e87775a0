//! What a void takes back of what its order did to the membership.

use super::{OF_A_TERM, When, copy_order, derive_billed, note_rest, order_closed};
use crate::head::BillingHead;
use crate::order::{Order, SetField};
use model::Record;
use model::field::number;
use model::resources::membership::history::{event_of, record_event};
use model::resources::membership::{self as m, DateStatus};
use serde_json::Value;

/// The order has been voided: the term is open again as `released` says, and
/// every field that the order had set is as before, if it still holds what the
/// order set; answers the others. A pro forma order held nothing; another may be
/// made.
pub fn order_voided(
    member: &mut Record,
    order: &Order,
    released: &BillingHead,
    when: &When,
) -> Vec<String> {
    if member.text(m::ORDER_ID) == order.id {
        copy_order(member, order);
    }
    if order.pro_forma {
        m::sent::clear_forecast(member);
        return Vec::new();
    }
    if !order.is_for_a_term() {
        return Vec::new();
    }
    order_closed(member, order);
    note_rest(member, order);
    member.put(m::COVERED_THROUGH, released.covered_through);
    member.set(m::DATE_STATUS, DateStatus::Updated);
    let kept = match order.renewal.dates_moved {
        true => taken_back(member, order, when),
        false => Vec::new(),
    };
    derive_billed(member, &order.renewal.term());
    kept
}

/// What the void puts back is an event of its own: what a member was in between is
/// told by their history (rule MEM-12).
fn taken_back(member: &mut Record, order: &Order, when: &When) -> Vec<String> {
    let before = member.clone();
    let kept = put_back(member, order);
    if let Some(event) = event_of(&before, member) {
        record_event(&when.by, event, Some(&before), member);
    }
    kept
}

fn put_back(member: &mut Record, order: &Order) -> Vec<String> {
    let renewal = &order.renewal;
    if renewal.set.is_empty() && member.get(m::EXPIRATION_DATE) == renewal.term_expiration {
        // An order from before it noted what it set.
        member.put(m::EXPIRATION_DATE, renewal.old_expiration);
        member.put(m::TERM_START_DATE, renewal.old_term_start);
    }
    let mut kept = Vec::new();
    let (of_term, set): (Vec<&SetField>, Vec<&SetField>) = renewal
        .set
        .iter()
        .partition(|set| OF_A_TERM.contains(&set.name.as_str()));
    for set in set {
        match member.raw(&set.name) == set.after.as_ref() {
            true => put_before(member, set),
            false => kept.push(set.name.clone()),
        }
    }
    // Absent says little by itself: it is the term's only if the term is back.
    if !kept.iter().any(|name| *name == m::EXPIRATION_DATE.name()) {
        let absent = |set: &&SetField| member.raw(&set.name).is_none();
        let absent: Vec<&SetField> = of_term.into_iter().filter(absent).collect();
        absent.into_iter().for_each(|set| put_before(member, set));
    }
    kept
}

fn put_before(member: &mut Record, set: &SetField) {
    let is_number = [m::LAST_REMINDER.name(), m::LAST_CARD_WARNING.name()];
    match &set.before {
        Some(Value::String(digits)) if is_number.contains(&set.name.as_str()) => {
            member.set_raw(&set.name, number(digits));
        }
        Some(before) => member.set_raw(&set.name, before.clone()),
        None => {
            member.remove_raw(&set.name);
        }
    }
}
