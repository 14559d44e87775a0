//! What a bill and a drop do to a membership, its head and its orders: the
//! steps of runs and of the ledger's own changes alike.

use crate::head::BillingHead;
use crate::order::Order;
use crate::purchase::claim_term;
use crate::renew::{When, billed, dropped, forecast_ended, move_dates, order_closed, order_voided};
use jiff::civil::Date;
use model::Record;
use model::resources::membership::BillMethod;
use terms::Term;

/// What a bill leaves beside the membership and the order.
pub struct Billed {
    pub head: BillingHead,
    /// The forecast of another term, void.
    pub forecast: Option<Order>,
}

/// An order takes its term. Dates move at once where nothing has to be paid
/// first, and never before a charge that is still to come: it may be refused,
/// and then no date has moved, whenever the package says that they do (rule
/// PAY-9).
///
/// # Errors
/// One line naming what holds the term.
pub fn bill(
    member: &mut Record,
    head: &BillingHead,
    order: &mut Order,
    forecast: Option<&Order>,
    method: BillMethod,
    when: &When,
) -> Result<Billed, String> {
    // The order may be the forecast itself, made real.
    let unused = forecast.filter(|known| known.id != order.id);
    let ended = unused.map(|unused| forecast_ended(member, unused, head, when));
    let (forecast, released) = ended.unzip();
    let mut head = claim_term(released.as_ref().unwrap_or(head), order)?;
    billed(member, order, method, when);
    if order.claim.is_none() && order.moves_dates() {
        move_dates(member, order, when);
    }
    if order.is_paid() && !order.pro_forma {
        head = head.close_order(&order.id);
        order_closed(member, order);
    }
    Ok(Billed { head, forecast })
}

/// Why nobody is dropped who has paid the coming term, also where another order is
/// open.
pub fn paid_through(through: Date) -> String {
    format!("the term through {through} has been paid")
}

/// What a drop leaves beside the membership.
#[derive(Default)]
pub struct Dropped {
    /// As it is to be, if it changes.
    pub head: Option<BillingHead>,
    /// The order of a term that has not begun, void.
    pub order: Option<Order>,
    /// The forecast, void.
    pub forecast: Option<Order>,
}

/// A member is dropped. The open order of a term that has not begun is void if
/// nothing was paid on it; what is owed for a term that has been used stays owed
/// (rule ORD-17).
///
/// # Errors
/// One line: the coming term is paid, or may be about to be.
pub fn drop_member(
    member: &mut Record,
    head: &BillingHead,
    open: Option<&Order>,
    forecast: Option<&Order>,
    coming: Option<&Term>,
    reason: Option<String>,
    when: &When,
) -> Result<Dropped, String> {
    let of_coming = |order: &Order| {
        let through = order.renewal.term_expiration.unwrap_or(Date::MAX);
        coming.is_some_and(|term| term.is_covered(through))
    };
    // Where dates have moved, the order is for a term that is being used, not for the coming one.
    let open = open.filter(|open| !open.renewal.dates_moved);
    // A charge that was sent may succeed after the drop: nothing may be undone.
    if let Some(paid) = open.filter(|open| open.has_money() && of_coming(open)) {
        let number = paid.number;
        return Err(format!(
            "order {number} has a payment or a charge under way"
        ));
    }
    // Paid already, wherever the dates are.
    if let Some(through) = coming.and_then(|term| head.closed_through(term)) {
        return Err(paid_through(through));
    }
    dropped(member, reason, when);
    let mut done = Dropped::default();
    if let Some(open) = open.filter(|open| open.ends_with_a_drop()) {
        let void = open.voided(&when.by);
        let released = head.release_term(&void.id, void.renewal.covered_before);
        order_voided(member, &void, &released, when);
        (done.head, done.order) = (Some(released), Some(void));
    }
    if let Some(forecast) = forecast {
        let head = done.head.as_ref().unwrap_or(head);
        let (void, released) = forecast_ended(member, forecast, head, when);
        (done.head, done.forecast) = (Some(released), Some(void));
    }
    Ok(done)
}
