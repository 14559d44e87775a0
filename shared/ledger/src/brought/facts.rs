//! What a write of a membership tells of a bill made elsewhere, and whether that holds
//! together: pure.

use super::numbers::NUMBER_MAX;
use model::json::same_or_absent;
use model::money::{Currency, Money};
use model::resources::membership::{self as m, OrderStatus};
use model::{Problems, Record};
use rust_decimal::Decimal;

/// The fields by which a bill is told.
const FACTS: [&str; 5] = [
    m::ORDER_NUMBER.name(),
    m::ORDER_TOTAL.name(),
    m::ORDER_AMOUNT_PAID.name(),
    m::ORDER_BALANCE_DUE.name(),
    m::ORDER_STATUS.name(),
];

/// The fields that the write changes; 100 and 100.0 are the same.
fn changed(before: Option<&Record>, after: &Record) -> Vec<&'static str> {
    let differs = |name: &str| {
        let was = before.and_then(|before| before.raw(name));
        !same_or_absent(was, after.raw(name))
    };
    FACTS.into_iter().filter(|name| differs(name)).collect()
}

/// Whether the write changes what the membership shows of an order, and names no other.
fn changes(before: Option<&Record>, after: &Record) -> bool {
    let other = before.and_then(|before| before.get(m::ORDER_ID)) != after.get(m::ORDER_ID);
    !other && !changed(before, after).is_empty()
}

/// Whether the write tells of a bill for the coming term that is no order here yet.
pub fn told(before: Option<&Record>, after: &Record) -> bool {
    let known = before.is_some_and(|before| before.is(m::BILLED) && before.has(m::ORDER_ID));
    let facts = FACTS.iter().any(|name| after.raw(name).is_some());
    after.is(m::BILLED) && facts && !known && changes(before, after)
}

/// Refuses to show of an order here what it is not.
pub fn contradicts(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    if !after.has(m::ORDER_ID) || told(before, after) || !changes(before, after) {
        return;
    }
    for name in changed(before, after) {
        let order = after.text(m::ORDER_ID);
        let why = format!("follows the order {order}: pay, move or void that one");
        problems.add(format!("/{name}"), why);
    }
}

/// Completes what is told of a bill, as its order will show it.
pub fn complete(
    before: Option<&Record>,
    after: &mut Record,
    currency: Currency,
    problems: &mut Problems,
) {
    forget_former(before, after, problems);
    let (total, paid) = match amounts(after) {
        Ok(amounts) => amounts,
        Err((field, why)) => return problems.add(format!("/{field}"), why),
    };
    let balance = total - paid;
    let mut wrong = |field: &str, why: String| problems.add(format!("/{field}"), why);
    for (field, amount) in [
        (m::ORDER_TOTAL.name(), total),
        (m::ORDER_AMOUNT_PAID.name(), paid),
    ] {
        if let Err(error) = Money::new(amount, currency) {
            wrong(field, error.to_string());
        } else if amount < Decimal::ZERO {
            wrong(field, "must not be negative".into());
        }
    }
    if balance < Decimal::ZERO && total >= Decimal::ZERO {
        let why = format!(
            "must be at most order_total, {total}: record the rest as a payment of the order"
        );
        wrong(m::ORDER_AMOUNT_PAID.name(), why);
    }
    let due = after.get(m::ORDER_BALANCE_DUE);
    if due.is_some_and(|due| due != balance) {
        let why = format!("must be order_total less order_amount_paid, {balance}");
        wrong(m::ORDER_BALANCE_DUE.name(), why);
    }
    let code = after.get(m::ORDER_CURRENCY_CODE);
    if code.is_some_and(|code| code != currency.code()) {
        let why = format!("must be the tenant's, {}", currency.code());
        wrong(m::ORDER_CURRENCY_CODE.name(), why);
    }
    let number = after.get(m::ORDER_NUMBER);
    if number.is_some_and(|number| !(1..=NUMBER_MAX).contains(&number)) {
        let why = format!("must be from 1 to {NUMBER_MAX}; without one the order gets its own");
        wrong(m::ORDER_NUMBER.name(), why);
    }
    if !after.has(m::EXPIRATION_DATE) {
        let why = "is required: it says which term is billed";
        wrong(m::EXPIRATION_DATE.name(), why.into());
    }
    let status = match balance.is_zero() {
        true => OrderStatus::Completed,
        false => OrderStatus::AwaitingPayment,
    };
    if let Some(told) = after.get(m::ORDER_STATUS).filter(|told| *told != status) {
        let why = format!(
            "is {told}, and an order with {balance} due is {status}: say that, or leave it out"
        );
        wrong(m::ORDER_STATUS.name(), why);
    }
    // What was told stays: a word against it is enough.
    for (field, amount) in [
        (m::ORDER_TOTAL, total),
        (m::ORDER_AMOUNT_PAID, paid),
        (m::ORDER_BALANCE_DUE, balance),
    ] {
        let told = after.get(field);
        after.put(field, told.or(Some(amount.normalize())));
    }
    let told = after.get(m::ORDER_STATUS);
    after.put(m::ORDER_STATUS, told.or(Some(status)));
    let told = after.get(m::ORDER_CURRENCY_CODE);
    after.put(
        m::ORDER_CURRENCY_CODE,
        told.or(Some(currency.code().to_owned())),
    );
}

/// What the membership still shows of an earlier order is not told of this bill.
fn forget_former(before: Option<&Record>, after: &mut Record, problems: &mut Problems) {
    let Some(former) = before.and_then(|before| before.get(m::ORDER_ID)) else {
        return;
    };
    let changed = changed(before, after);
    let is_kept = |field: &str| !changed.contains(&field);
    let (total, paid) = (m::ORDER_TOTAL.name(), m::ORDER_AMOUNT_PAID.name());
    // The same amount may be meant of this bill; money is never guessed.
    let something = after
        .get(m::ORDER_AMOUNT_PAID)
        .is_some_and(|paid| !paid.is_zero());
    if something && !is_kept(total) && is_kept(paid) && is_kept(m::ORDER_BALANCE_DUE.name()) {
        let why = format!(
            "is that of the order {former}: say with order_balance_due what is due of this bill"
        );
        problems.add(format!("/{paid}"), why);
    }
    for field in [
        m::ORDER_NUMBER.name(),
        m::ORDER_BALANCE_DUE.name(),
        m::ORDER_STATUS.name(),
    ] {
        if is_kept(field) {
            after.remove_raw(field);
        }
    }
}

/// Total and what is paid, of which one may follow from the others.
fn amounts(after: &Record) -> Result<(Decimal, Decimal), (&'static str, &'static str)> {
    let paid = after.get(m::ORDER_AMOUNT_PAID);
    let balance = after.get(m::ORDER_BALANCE_DUE);
    let sum = paid.zip(balance).map(|(paid, balance)| paid + balance);
    let unknown = (
        m::ORDER_TOTAL.name(),
        "is required to make an order of a bill made elsewhere (or order_amount_paid and order_balance_due); leave out all of order_ to mark the term as billed",
    );
    let total = after.get(m::ORDER_TOTAL).or(sum).ok_or(unknown)?;
    let settled = after.get(m::ORDER_STATUS) == Some(OrderStatus::Completed);
    let rest = balance.map(|balance| total - balance);
    let paid = paid.or(rest).unwrap_or(match settled {
        true => total,
        false => Decimal::ZERO,
    });
    Ok((total, paid))
}
