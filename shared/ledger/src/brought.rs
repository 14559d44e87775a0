//! Bills that were made elsewhere: what an import or an admin tells of one becomes an
//! order like any other (rule ORD-13).

mod facts;
mod numbers;
mod undo;

pub use facts::{complete, contradicts, told};
pub use numbers::Numbers;
pub use undo::take_back;

use crate::commit::Writes;
use crate::customers::{UNKNOWN_ORGANIZATION, organizations_of};
use crate::head::{self, BillingHead};
use crate::order::{Line, Order, Renewal, RenewalKind, UpdateRule};
use crate::receipt::{Applied, Receipt};
use crate::renew::{When, copy_order, forecast_ended};
use model::field::Field;
use model::money::Money;
use model::resources::Memberships;
use model::resources::catalogue;
use model::resources::membership::{self as m, BillMethod, OrderStatus};
use model::{Error, Record, Resource, Result};
use numbers::Taken;
use rust_decimal::Decimal;
use store::{Store, Versioned};
use terms::coverage::{coming_term, derive_billed};
use terms::package::Packages;

/// What a payment that an import brought is called.
pub const IMPORTED: &str = "imported";

/// Writes a membership of which a bill is told, and the order that is made of it.
///
/// # Errors
/// `Conflict` where an order has the term or the number; `Stale` and `Exists` as of any
/// write of the membership.
pub async fn write(
    store: &Store,
    packages: &Packages,
    when: &When,
    before: Option<&Record>,
    mut after: Record,
    numbers: &Numbers,
) -> Result<Record> {
    let id = after.text(m::ID).to_owned();
    let head = store.document::<BillingHead>(&head::key(&id)).await?;
    let head = head.unwrap_or_else(|| BillingHead::new(&id));
    let number = match after.get(m::ORDER_NUMBER) {
        Some(number) => numbers.check(number)?,
        None => store.number("order").await?,
    };
    let customer = customer(store, &after, packages).await?;
    let mut order = order(&after, customer, &head.value, packages, number, when)?;
    let receipt = receipt(&mut order, &after, when);
    let forecast = match &head.value.pro_forma_order {
        Some(id) => Order::find(store, id).await?,
        None => None,
    };
    let ended = forecast.as_ref().filter(|known| !known.value.is_void());
    let ended = ended.map(|known| {
        let (void, released) = forecast_ended(&mut after, &known.value, &head.value, when);
        (known.with(void), released)
    });
    let (forecast, released) = ended.unzip();
    let free = released.as_ref().unwrap_or(&head.value);
    let claimed = free.claim_term(&order.id, &order.renewal.term());
    let mut claimed = claimed.map_err(|why| Error::conflict("/billed", why))?;
    if order.is_paid() {
        claimed = claimed.close_order(&order.id);
    }
    show(&mut after, &order, packages, when);
    let change = store.change::<Memberships>(&when.by, before, after)?;
    let stored = change.after.clone();
    let taken = Versioned::new(Taken::of(&order));
    let mut writes = Writes::new(store)
        .record(change)?
        .document(&head.with(claimed))?
        .document(&Versioned::new(order))?
        .document(&taken)?;
    if let Some(receipt) = receipt {
        writes = writes.document(&Versioned::new(receipt))?;
    }
    if let Some(void) = forecast {
        writes = writes.document(&void)?;
    }
    match writes.commit().await?.is_committed()? {
        true => Ok(stored),
        false => Err(refused(store, before, &id, number).await?),
    }
}

/// Who was first.
async fn refused(store: &Store, before: Option<&Record>, id: &str, number: i64) -> Result<Error> {
    let what = Memberships::SCHEMA.title;
    Ok(match Taken::find(store, number).await? {
        Some(taken) => taken.value.refused(),
        None if before.is_none() => Error::Exists {
            what,
            id: id.to_owned(),
        },
        None => Error::stale(what, id),
    })
}

/// The order of the coming term, by what the membership shows of it.
fn order(
    member: &Record,
    (customer_type, customer_id): (String, String),
    head: &BillingHead,
    packages: &Packages,
    number: i64,
    when: &When,
) -> Result<Order> {
    let unknown = || {
        Error::invalid(
            "/expiration_date",
            "is required: it says which term is billed",
        )
    };
    let term = coming_term(member, packages).ok_or_else(unknown)?;
    let held = member.text(m::PACKAGE_ID);
    // A package that cannot be bought any more was billed all the same.
    let package = packages
        .renewal_of(held)
        .or_else(|_| packages.get(held))
        .ok();
    let total = amount(member, m::ORDER_TOTAL);
    let id = model::ids::generate();
    let package_id = package.map_or(held, |package| &package.id).to_owned();
    let line = Line {
        id: format!("{id}-1"),
        kind: "package".into(),
        product_id: package_id.clone(),
        name: package.map_or(held, |package| &package.name).to_owned(),
        quantity: 1,
        unit_price: total,
        total,
    };
    let rule = UpdateRule {
        when: "invoice paid in full".into(),
        value: None,
    };
    Ok(Order {
        number,
        membership_id: member.text(m::ID).to_owned(),
        customer_type,
        customer_id,
        status: match total.is_zero() {
            true => OrderStatus::Completed,
            false => OrderStatus::AwaitingPayment,
        },
        pro_forma: false,
        currency: member.text(m::ORDER_CURRENCY_CODE).to_owned(),
        lines: vec![line],
        total,
        paid: Decimal::ZERO,
        renewal: Renewal {
            kind: RenewalKind::Renewal,
            type_id: package.and_then(|known| known.record.get(catalogue::PACKAGE_TYPE_ID)),
            package_id,
            term_start: term.start,
            term_expiration: term.expiration,
            effective: when.today,
            old_term_start: member.get(m::TERM_START_DATE),
            old_expiration: member.get(m::EXPIRATION_DATE),
            old_package_id: member.get(m::PACKAGE_ID),
            old_type_id: member.get(m::TYPE_ID),
            update_dates_when: package.map_or(rule, |known| (&known.update_dates_when).into()),
            dates_moved: false,
            covered_before: head.covered_through,
            reason_due: None,
            set: Vec::new(),
        },
        application: None,
        claim: None,
        payments: Vec::new(),
        billing_run_id: None,
        billing_run_action_id: None,
        batch_id: None,
        created_at: when.by.now,
        created_by: when.by.user.clone(),
        voided_at: None,
        voided_by: None,
        void_reason: None,
        notes: Vec::new(),
        id,
    })
}

/// With the decimals of its currency, as every amount of an order.
fn amount(member: &Record, field: Field<Decimal>) -> Decimal {
    let amount = member.get(field).unwrap_or_default();
    let currency = member.text(m::ORDER_CURRENCY_CODE).parse().ok();
    let money = currency.and_then(|currency| Money::new(amount, currency).ok());
    money.map_or(amount, Money::amount)
}

/// Who owes it, by type and id (rule ORD-10).
async fn customer(store: &Store, member: &Record, packages: &Packages) -> Result<(String, String)> {
    let owner = member.get(m::OWNER_TYPE).unwrap_or(m::OwnerType::Contact);
    let held = member.text(m::PACKAGE_ID);
    let by_package = packages.get(held).is_ok_and(|held| held.bill_organization);
    let by_organization = member.is(m::BILL_ORGANIZATION) || by_package;
    if owner == m::OwnerType::Organization || !by_organization {
        return Ok((owner.to_string(), member.text(m::CUSTOMER_ID).to_owned()));
    }
    let contact = member.text(m::CONTACT_ID).to_owned();
    let known = organizations_of(store, vec![contact]).await?;
    match known.into_values().next() {
        Some(organization) => Ok((m::OwnerType::Organization.to_string(), organization)),
        None => Err(Error::conflict("/bill_organization", UNKNOWN_ORGANIZATION)),
    }
}

/// What was paid elsewhere, on its order.
fn receipt(order: &mut Order, member: &Record, when: &When) -> Option<Receipt> {
    let paid = amount(member, m::ORDER_AMOUNT_PAID);
    if paid <= Decimal::ZERO {
        return None;
    }
    let mut receipt = Receipt {
        // No caller can give such an id.
        id: payment_id(&order.id),
        order_id: order.id.clone(),
        membership_id: order.membership_id.clone(),
        kind: IMPORTED.into(),
        amount: paid,
        currency: order.currency.clone(),
        received_at: when.by.now,
        recorded_by: when.by.user.clone(),
        reference: None,
        applied: Vec::<Applied>::new(),
        refunds: Vec::new(),
        reversal: None,
    };
    receipt.apply_to(order, paid);
    Some(receipt)
}

pub(crate) fn payment_id(order: &str) -> String {
    format!("{order}:{IMPORTED}")
}

/// What the membership shows of the order. Its dates stay as they came: where the bill
/// was made, they are moved, and not by what was paid there.
fn show(member: &mut Record, order: &Order, packages: &Packages, when: &When) {
    copy_order(member, order);
    if !member.has(m::BILL_METHOD) {
        member.set(m::BILL_METHOD, BillMethod::RenewalOrder);
    }
    if !member.has(m::LAST_BILL_DATE) {
        member.set(m::LAST_BILL_DATE, when.by.now);
    }
    match order.is_paid() {
        true => member.clear(m::OPEN_ORDER),
        false => member.set(m::OPEN_ORDER, order.id.clone()),
    }
    let through = order
        .renewal
        .term_expiration
        .unwrap_or(jiff::civil::Date::MAX);
    let covered = member.get(m::COVERED_THROUGH).max(Some(through));
    member.put(m::COVERED_THROUGH, covered);
    // The order says it now.
    member.clear(m::BILLED_ELSEWHERE);
    let coming = coming_term(member, packages);
    derive_billed(member, coming);
}
