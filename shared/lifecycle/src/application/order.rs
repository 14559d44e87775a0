//! The order of an application: made when it is submitted, made anew while what
//! it is priced by can still change, void when it is rejected. Order, head,
//! membership and application are one commit (rule APPL-14).

use super::draft::{occasion, quote_for};
use super::group::Groups;
use super::parties::Parties;
use super::rules::PRICED_BY;
use ledger::books::{Books, Entry};
use ledger::commit::{CommitOutcome, Writes};
use ledger::context::TenantBilling;
use ledger::members::account_of;
use ledger::order::{OfApplication, Order};
use ledger::payments::check_void;
use ledger::purchase::order;
use model::json::same_or_absent;
use model::resource::{ID_FIELD, Resource};
use model::resources::Applications;
use model::resources::application::{ApplicationStatus, ORDER_ID, ORDER_LINE_ITEM_ID, STATUS};
use model::resources::membership::BillMethod;
use model::{Error, Record, Result, sys};
use store::Versioned;

/// Attempts at a change that others overtake.
const ATTEMPTS: usize = 10;

/// Whether a change of an application is one of its order as well.
pub fn takes_part(before: Option<&Record>, after: &Record) -> bool {
    let moved = before.and_then(|before| before.get(STATUS)) != after.get(STATUS);
    match after.get(STATUS) {
        Some(ApplicationStatus::UnderReview | ApplicationStatus::Approved) => {
            moved || before.is_some_and(|before| is_priced_anew(before, after))
        }
        Some(ApplicationStatus::Rejected) => moved && after.has(ORDER_ID),
        Some(ApplicationStatus::NotYetSubmitted) | None => false,
    }
}

fn is_priced_anew(before: &Record, after: &Record) -> bool {
    let mut names = PRICED_BY.iter();
    names.any(|name| !same_or_absent(before.raw(name), after.raw(name)))
}

/// How the order that an application names stands.
enum Named {
    /// There is none, or nothing is bought by it any more.
    Nothing,
    /// Its own, which stands.
    Own(Box<Versioned<Order>>),
    /// One that was not made for it: an admin could once name any.
    Other,
}

async fn named(billing: &TenantBilling, application: &Record) -> Result<Named> {
    let Some(id) = application.get(ORDER_ID) else {
        return Ok(Named::Nothing);
    };
    let own = application.text(ID_FIELD);
    let is_own = |order: &Order| order.application.as_ref().is_some_and(|of| of.id == own);
    Ok(match Order::find(&billing.store, &id).await? {
        Some(order) if !is_own(&order.value) => Named::Other,
        Some(order) if !order.value.is_void() => Named::Own(Box::new(order)),
        _ => Named::Nothing,
    })
}

/// Saves an application together with what becomes of its order.
///
/// # Errors
/// `Invalid` with every rule that pricing finds broken; `Conflict` where the term
/// is billed already, or the order has payments.
pub async fn save(
    billing: &TenantBilling,
    before: Option<&Record>,
    after: Record,
) -> Result<Record> {
    let store = &billing.store;
    // Before the order is named, which is made in the same commit.
    store
        .mark_references::<Applications>(before, &after)
        .await?;
    for _ in 0..ATTEMPTS {
        let mut after = after.clone();
        let (mut books, mut groups) = (Books::default(), Groups::default());
        let changed = (&mut books, &mut groups);
        let settled = settle(billing, before, &mut after, changed).await;
        if let Err(refused @ Error::Conflict(_)) = settled {
            // By an order of this very application, perhaps: then another was first.
            return Err(match is_as_read(billing, before, &after).await? {
                true => refused,
                false => overtaken(before, &after),
            });
        }
        settled?;
        if books.accounts.is_empty() {
            return store
                .save::<Applications>(&billing.context(), before, after)
                .await;
        }
        let change = store.change::<Applications>(&billing.context(), before, after)?;
        let stored = change.after.clone();
        let writes = Writes::new(store).claim(change)?;
        let writes = books.add_to(writes, store, &billing.context(), &billing.packages)?;
        let writes = groups.add_to(writes, billing)?;
        match writes.commit().await? {
            CommitOutcome::Committed => return Ok(stored),
            CommitOutcome::Lost => return Err(overtaken(before, &stored)),
            CommitOutcome::Overtaken => {}
            CommitOutcome::Unknown(error) => return written(billing, stored, error).await,
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

/// Whether nobody has written the application since it was read.
async fn is_as_read(
    billing: &TenantBilling,
    before: Option<&Record>,
    after: &Record,
) -> Result<bool> {
    let id = after.text(ID_FIELD);
    let found = billing.store.get_consistent::<Applications>(id).await?;
    let version = |record: &Record| record.get(sys::VERSION);
    Ok(found.as_ref().map(version) == before.map(version))
}

fn overtaken(before: Option<&Record>, stored: &Record) -> Error {
    let (what, id) = (Applications::SCHEMA.title, stored.text(ID_FIELD).to_owned());
    match before {
        Some(_) => Error::Stale { what, id },
        None => Error::Exists { what, id },
    }
}

/// What was written, if it was: nobody else has made that order.
async fn written(billing: &TenantBilling, stored: Record, error: Error) -> Result<Record> {
    let id = stored.text(ID_FIELD);
    let found = billing.store.get_consistent::<Applications>(id).await?;
    let same = |found: &Record| {
        found.get(sys::VERSION) == stored.get(sys::VERSION)
            && found.get(ORDER_ID) == stored.get(ORDER_ID)
    };
    found.filter(same).ok_or(error)
}

/// What becomes of the order by the change.
async fn settle(
    billing: &TenantBilling,
    before: Option<&Record>,
    after: &mut Record,
    (books, groups): (&mut Books, &mut Groups),
) -> Result<()> {
    let anew = before.is_some_and(|before| is_priced_anew(before, after));
    let rejected = after.get(STATUS) == Some(ApplicationStatus::Rejected);
    match named(billing, after).await? {
        Named::Other => Ok(()),
        Named::Own(order) if rejected => {
            groups.void(billing, &order.value).await?;
            void(billing, books, *order).await
        }
        Named::Own(order) if anew => {
            groups.void(billing, &order.value).await?;
            void(billing, books, *order).await?;
            make(billing, (books, groups), after).await
        }
        Named::Nothing if !rejected => make(billing, (books, groups), after).await,
        Named::Own(_) | Named::Nothing => Ok(()),
    }
}

async fn void(billing: &TenantBilling, books: &mut Books, own: Versioned<Order>) -> Result<()> {
    check_void(&own.value, None)?;
    let id = own.value.id.clone();
    let membership = own.value.membership_id.clone();
    *books = account_of(&billing.store, &membership).await?;
    books.orders.insert(id.clone(), Entry::new(own));
    check_free(books)?;
    books.void(&id, None, &billing.when());
    if let Some(entry) = books.orders.get_mut(&id) {
        entry.now.void_reason = Some("the application was changed or rejected".into());
    }
    Ok(())
}

/// # Errors
/// `Forbidden` where the membership is locked.
fn check_free(books: &Books) -> Result<()> {
    match books.accounts.values().any(|account| account.is_locked()) {
        true => Err(Error::Forbidden(
            "the membership is locked (sys_locked): nothing of it can be changed".into(),
        )),
        false => Ok(()),
    }
}

async fn make(
    billing: &TenantBilling,
    (books, groups): (&mut Books, &mut Groups),
    application: &mut Record,
) -> Result<()> {
    let parties = Parties::of(&billing.store, application).await?;
    let quote = quote_for(billing, application, &parties).await?;
    let id = parties.membership_id();
    let group_order = groups.admit(billing, application, &id).await?;
    if !books.accounts.contains_key(&id) {
        let more = account_of(&billing.store, &id).await?;
        books.accounts.extend(more.accounts);
        books.orders.extend(more.orders);
    }
    check_free(books)?;
    let Some(account) = books.accounts.get(&id) else {
        return Err(Error::internal("an account that was read is not there"));
    };
    let number = billing.store.number("order").await?;
    let occasion = occasion(billing, &quote, model::ids::generate(), number);
    let mut bought = quote.purchase;
    bought.application = Some(OfApplication {
        id: application.text(ID_FIELD).to_owned(),
        activated: false,
        standing: None,
        join_date: None,
        group_order,
    });
    let (member, head) = (&account.member, &account.head.now);
    let made = order(member, head, bought, &billing.when(), occasion);
    application.set(ORDER_ID, made.id.clone());
    let line = made.lines.iter().find(|line| line.kind == "package");
    application.put(ORDER_LINE_ITEM_ID, line.map(|line| line.id.clone()));
    groups.put(application, &made);
    if !made.is_for_a_term() {
        books.charge_change(made);
        return Ok(());
    }
    let billed = books.bill(made, BillMethod::RenewalOrder, &billing.when());
    billed.map_err(|why| Error::conflict("/status", format!("cannot be billed: {why}")))
}
