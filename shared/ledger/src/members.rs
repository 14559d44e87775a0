//! Writes of memberships by staff and imports in which the ledger takes part:
//! who comes back, and whose forecast ends (rules PAY-15, ORD-18).

use crate::books::{Account, Books, Entry};
use crate::head::{self, BillingHead};
use crate::order::{self, Order};
use crate::renew::When;
use crate::staff_mail::notes_of;
use model::resource::ID_FIELD;
use model::resources::membership::{self as m, Memberships, Status};
use model::{Error, Record, Resource, Result};
use store::Store;
use terms::package::Packages;

/// Whether the ledger has a part in a change of a membership: it is written by
/// [`write()`] then.
pub fn takes_part(before: &Record, after: &Record) -> bool {
    returns(before, after) || ends_forecast(before, after)
}

fn is_inactive(member: &Record) -> bool {
    member.get(m::STATUS) == Some(Status::Inactive)
}

/// A member who has been billed comes back.
fn returns(before: &Record, after: &Record) -> bool {
    is_inactive(before) && !is_inactive(after) && before.has(m::COVERED_THROUGH)
}

/// A forecast waits, and its term may not be the coming one any more, or is billed
/// elsewhere.
fn ends_forecast(before: &Record, after: &Record) -> bool {
    let term = |member: &Record| {
        let (status, package) = (member.get(m::STATUS), member.get(m::PACKAGE_ID));
        (member.get(m::EXPIRATION_DATE), package, status)
    };
    let is_marked = !before.is(m::BILLED) && after.is(m::BILLED);
    m::sent::forecast_through(before).is_some() && (is_marked || term(before) != term(after))
}

/// A membership as it was written.
pub struct Written {
    pub record: Record,
    /// Whether a member who has been billed has come back.
    pub returned: bool,
    /// What its orders have noted for staff.
    pub notes: Vec<String>,
}

/// Writes a changed membership, and with it what the change means for its
/// orders: what was paid meanwhile moves the dates of who comes back, and a
/// forecast that no order will come of any more is void.
///
/// # Errors
/// `Stale` where another was first, `Conflict` for a reference that leads nowhere.
pub async fn write(
    store: &Store,
    packages: &Packages,
    when: &When,
    before: &Record,
    after: Record,
) -> Result<Written> {
    let returned = returns(before, &after);
    let id = before.text(ID_FIELD);
    let uses = store.uses::<Memberships>(&[(Some(before), &after)]).await?;
    let missing = uses.iter().flat_map(|uses| &uses.missing);
    let missing: Vec<_> = missing.map(|missing| missing.problem.clone()).collect();
    if !missing.is_empty() {
        return Err(Error::Conflict(missing));
    }
    store.mark(uses.iter()).await?;
    let mut books = books_of(store, id, Some(before.clone())).await?;
    rewrite(&mut books, after, packages, when);
    if !books.write(store, &when.by, packages).await? {
        return Err(Error::stale(Memberships::SCHEMA.title, id));
    }
    let orders = books.orders.values();
    let notes = orders.flat_map(|order| notes_of(&order.now, order.read.value.notes.len()));
    Ok(Written {
        record: store.require::<Memberships>(id).await?,
        returned,
        notes: notes.collect(),
    })
}

/// What a changed membership means for its orders.
pub(crate) fn rewrite(books: &mut Books, after: Record, packages: &Packages, when: &When) {
    let id = after.text(ID_FIELD).to_owned();
    let Some(account) = books.accounts.get_mut(&id) else {
        return;
    };
    let before = std::mem::replace(&mut account.member, after);
    if returns(&before, &account.member) {
        books.returned(&id, when);
    }
    books.end_forecasts(packages, when);
}

/// The account of a membership, or of somebody who has yet to become a member,
/// with all its orders.
pub async fn account_of(store: &Store, id: &str) -> Result<Books> {
    let member = store.get_consistent::<Memberships>(id).await?;
    books_of(store, id, member).await
}

async fn books_of(store: &Store, id: &str, member: Option<Record>) -> Result<Books> {
    let mut orders = store.documents_of::<Order>(id, order::PARTITION).await?;
    let head = store.document::<BillingHead>(&head::key(id)).await?;
    let head = head.unwrap_or_else(|| BillingHead::new(id));
    // The list may be a moment old.
    let forecast = head.value.pro_forma_order.as_ref();
    if let Some(forecast) = forecast.filter(|id| !orders.iter().any(|o| o.value.id == **id)) {
        orders.extend(Order::find(store, forecast).await?);
    }
    let mut books = Books::default();
    let account = match member {
        Some(member) => Account::new(member, head),
        None => Account::of_applicant(id, head),
    };
    books.accounts.insert(id.to_owned(), account);
    let orders = orders
        .into_iter()
        .map(|order| (order.value.id.clone(), Entry::new(order)));
    books.orders.extend(orders);
    Ok(books)
}
