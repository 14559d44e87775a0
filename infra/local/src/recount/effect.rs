//! What an action that is done has left in its membership and its order.

use billing::eligibility::reminder_key;
use billing::selection::series_of;
use jiff::civil::Date;
use ledger::order::Order;
use ledger::renew::NOTICE;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership as m;
use terms::sent::is_known;

/// # Errors
/// What the action's type and status promise is not there.
pub fn check(
    run: &Record,
    record: &Record,
    member: &Record,
    order: Option<&Order>,
) -> Result<(), String> {
    let id = record.text(ID_FIELD);
    let planned = record.get(action::EXPIRATION_DATE);
    let sent = m::sent::mails_sent(member);
    let is_mine = |order: &Order| order.billing_run_action_id.as_deref() == Some(id);
    let kind = record.get(action::TYPE).ok_or("has no type")?;
    let done = match (kind, record.get(action::STATUS)) {
        (ActionType::RenewalNotice, _) => is_known(&sent, NOTICE),
        (ActionType::RenewalOrder, _) => {
            order.is_some_and(is_mine) && member.get(m::ORDER_ID) == record.get(action::ORDER_ID)
        }
        (ActionType::AutoRenewalOrder, Some(ActionStatus::PaymentFailure)) => {
            order.is_some_and(|order| is_unpaid(order, member, planned))
        }
        // A paid order that left the dates where they were would be billed again by the next run.
        (ActionType::AutoRenewalOrder, _) => {
            order.is_some_and(Order::is_paid) && member.get(m::EXPIRATION_DATE) > planned
        }
        (ActionType::Drop, _) => member.get(m::STATUS) == Some(m::Status::Inactive),
        (reminder, _) => {
            let number = record.get(action::REMINDER_NUMBER).unwrap_or_default();
            is_known(&sent, &reminder_key(reminder, series_of(run), number))
        }
    };
    done.then_some(())
        .ok_or_else(|| format!("is completed, but its {kind} has left no mark"))
}

/// Nothing is paid, and the dates stay, unless the package moves them as soon
/// as the order is made.
fn is_unpaid(order: &Order, member: &Record, planned: Option<Date>) -> bool {
    let moved = order.renewal.dates_moved;
    !order.is_paid() && (moved || member.get(m::EXPIRATION_DATE) == planned)
}
