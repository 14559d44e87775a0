//! Activation: an approved application is applied to its membership, once (rules
//! APPL-9, APPL-10, APPL-14). Application, membership, head and order are one
//! commit, so that whoever asks again, or at the same time, finds it done.

use super::activated::{standing, take_over};
use super::catalogue::Catalogue;
use super::mail;
use super::order;
use super::parties::Parties;
use super::wanted::Wanted;
use crate::flowdown;
use ledger::books::{Account, Books, Entry};
use ledger::commit::{CommitOutcome, Writes};
use ledger::context::TenantBilling;
use ledger::members::account_of;
use ledger::order::Order;
use model::lookup::Lookup;
use model::resources::application::{
    ACTIVATED_AT, ApplicationStatus, JOINED, ORDER_ID, OVERRIDE_JOIN_DATE, STATUS, TYPE_ID,
};
use model::resources::membership::affiliations::{CHAPTER, SECTION};
use model::resources::membership::derive::{Lookups, derive};
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::names;
use model::resources::membership::{self as m, DateStatus, NUMBER_FIELD, Origin, Status};
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::{Applications, Contacts, Memberships, Organizations, StatusReasons};
use model::{Error, Problems, Record, Result, sys};
use serde_json::{Value, json};
use store::Versioned;

/// Attempts at a change that others overtake.
const ATTEMPTS: usize = 10;

/// What an activation reads.
struct Read {
    application: Record,
    parties: Parties,
    order: Versioned<Order>,
    known: Catalogue,
    reasons: Vec<Record>,
    /// Whether the owner has memberships that derive from an organization's.
    derives: bool,
}

/// Applies an approved application; one that was applied before is left as it is.
///
/// # Errors
/// `NotFound` for an application that is not there; `Invalid` where it can't be
/// applied; `Forbidden` where it or the membership is locked.
pub async fn activate(billing: &TenantBilling, id: &str) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let application = billing.store.require::<Applications>(id).await?;
        if application.has(ACTIVATED_AT) {
            let parties = Parties::of(&billing.store, &application).await?;
            if let Some(member) = parties.member {
                let by = billing.context();
                flowdown::follow::<Memberships>(&billing.store, &by, member).await;
            }
            return mail::activated(billing, &application).await;
        }
        check(&application)?;
        if !application.has(ORDER_ID) {
            // Approved before orders were made here.
            order::save(billing, Some(&application), application.clone()).await?;
            continue;
        }
        let read = read(billing, application).await?;
        // Whatever comes of it, the next look tells.
        apply(billing, &read).await?;
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

fn check(application: &Record) -> Result<()> {
    if application.is(sys::LOCKED) {
        let why = "the application is locked (sys_locked): it cannot be activated";
        return Err(Error::Forbidden(why.into()));
    }
    match application.get(STATUS) {
        Some(ApplicationStatus::Approved) => Ok(()),
        status => {
            let status = status.map_or_else(String::new, |status| status.to_string());
            let rule = format!("must be approved to be activated, and is {status}");
            Err(Error::invalid("/status", rule))
        }
    }
}

async fn read(billing: &TenantBilling, application: Record) -> Result<Read> {
    let store = &billing.store;
    let parties = Parties::of(store, &application).await?;
    let id = application.text(ORDER_ID);
    let order = Order::find(store, id).await?;
    let missing = || Error::invalid("/order_id", format!("orders {id} does not exist"));
    let order = order.ok_or_else(missing)?;
    check_order(&order.value, &parties)?;
    let wanted = Wanted::of(&application).with(parties.member.as_ref());
    let package = order.value.renewal.package_id.clone();
    let known = Catalogue::load(store, &application, &package, &wanted).await?;
    let reasons = Lookup::all::<StatusReasons>();
    let (owner_type, owner) = (parties.owner_type, &parties.owner_id);
    Ok(Read {
        derives: flowdown::has_beside(store, owner_type, owner).await?,
        reasons: store.query_all::<StatusReasons>(&reasons).await?,
        application,
        parties,
        order,
        known,
    })
}

fn check_order(order: &Order, parties: &Parties) -> Result<()> {
    let number = order.number;
    let refused = |rule: String| Err(Error::invalid("/order_id", rule));
    if order.is_void() {
        return refused(format!("order {number} is void: nothing was bought by it"));
    }
    if order.membership_id != parties.membership_id() {
        return refused(format!("order {number} is not the applicant's"));
    }
    Ok(())
}

async fn apply(billing: &TenantBilling, read: &Read) -> Result<CommitOutcome> {
    let store = &billing.store;
    let id = read.parties.membership_id();
    let mut books = account_of(store, &id).await?;
    if books.accounts.values().any(Account::is_locked) {
        let why = "the membership is locked (sys_locked): nothing of it can be changed";
        return Err(Error::Forbidden(why.into()));
    }
    books
        .orders
        .insert(read.order.value.id.clone(), Entry::new(read.order.clone()));
    let new = books.accounts.get(&id).is_some_and(|a| a.is_applicant);
    let number = match new {
        true => Some(store.number("membership").await?),
        false => None,
    };
    applied(billing, read, &mut books, number)?;
    let account = books.accounts.get(&id);
    let account = account.ok_or_else(|| Error::internal("an account is not there"))?;
    let (before, member) = (account.read.clone(), account.member.clone());
    let joined = joined(&before, &member);
    let before = (!new).then_some(&before);
    store
        .mark_references::<Memberships>(before, &member)
        .await?;
    let mut application = read.application.clone();
    application.set(ACTIVATED_AT, billing.tenant.now());
    application.put(JOINED, joined);
    let by = billing.context();
    let change = store.change::<Applications>(&by, Some(&read.application), application)?;
    let mut writes = Writes::new(store).claim(change)?;
    writes = books.add_to(writes, store, &by, &billing.packages)?;
    if let Some(number) = number {
        let made = store.change::<Memberships>(&by, None, billed(&books, &id, member))?;
        writes = writes.record(made)?;
        writes = writes.unique::<Memberships>(&id, NUMBER_FIELD.name(), number)?;
    }
    // What is shown of the owner is as it is then.
    let owner = &read.parties.owner;
    writes = match read.parties.owner_type {
        OwnerType::Organization => writes.unchanged::<Organizations>(owner)?,
        OwnerType::Contact => writes.unchanged::<Contacts>(owner)?,
    };
    writes.commit().await
}

/// The chapters and sections that are held from now on, for their mails.
fn joined(before: &Record, member: &Record) -> Option<Value> {
    let mut joined = json!({});
    for kind in [CHAPTER, SECTION] {
        let held = names::held(member).into_iter();
        let new = held.filter(|(of, id)| *of == kind.resource && !kind.is_held(before, id));
        let new: Vec<String> = new.map(|(_, id)| id).collect();
        if !new.is_empty() {
            joined[kind.resource] = new.into();
        }
    }
    joined
        .as_object()
        .is_some_and(|of| !of.is_empty())
        .then_some(joined)
}

/// The membership once `billed` is settled, which the books do as they are
/// written.
fn billed(books: &Books, id: &str, member: Record) -> Record {
    let account = books.accounts.get(id);
    account.map_or(member, |account| account.member.clone())
}

/// The membership and its order as they become.
fn applied(
    billing: &TenantBilling,
    read: &Read,
    books: &mut Books,
    number: Option<i64>,
) -> Result<()> {
    let (when, id) = (billing.when(), read.parties.membership_id());
    let order = &read.order.value;
    let internal = || Error::internal("an account is not there");
    let account = books.accounts.get_mut(&id).ok_or_else(internal)?;
    if let Some(number) = number {
        account.member = begun(read, number, account);
    }
    let before = account.read.clone();
    let was_inactive = before.get(m::STATUS) == Some(Status::Inactive);
    let member = &mut account.member;
    take_over(member, &read.application, order, &read.known, when.by.now);
    let standing = standing(member, order, &read.known, &read.reasons);
    if !order.is_for_a_term() {
        model::resources::membership::computed::fill_computed(member);
        record_event(&when.by, Event::ChangeAffiliations, Some(&before), member);
    }
    let join_date = read.application.get(OVERRIDE_JOIN_DATE);
    books.activate(&order.id, standing, join_date, &when);
    let returned = books.accounts.get(&id).is_some_and(|account| {
        was_inactive && account.member.get(m::STATUS) != Some(Status::Inactive)
    });
    if returned {
        books.returned(&id, &when);
    }
    let account = books.accounts.get_mut(&id).ok_or_else(internal)?;
    let before = number.is_none().then_some(&before);
    settle(read, before, &mut account.member, &when)
}

/// A membership that begins: inactive until its dates come.
fn begun(read: &Read, number: i64, account: &Account) -> Record {
    let (order, parties) = (&read.order.value, &read.parties);
    let mut member = Record::default();
    member.set(m::ID, parties.membership_id());
    member.set(NUMBER_FIELD, number);
    member.set(OWNER_TYPE, parties.owner_type);
    member.set(owner_field(&member), parties.owner_id.clone());
    if parties.owner_type == OwnerType::Contact {
        let organization = read.application.get(m::ORGANIZATION_ID);
        member.put(m::ORGANIZATION_ID, organization);
    }
    member.set(m::ORIGIN, Origin::Principal);
    member.set(m::STATUS, Status::Inactive);
    member.set(m::PACKAGE_ID, order.renewal.package_id.clone());
    let granted = order.renewal.type_id.clone();
    let kind = granted.or(read.application.get(TYPE_ID));
    member.put(m::TYPE_ID, kind);
    member.put(m::COVERED_THROUGH, account.head.now.covered_through);
    member.set(m::DATE_STATUS, DateStatus::NotYetUpdated);
    member
}

/// What follows from the write, as from any other of a membership.
fn settle(
    read: &Read,
    before: Option<&Record>,
    member: &mut Record,
    when: &ledger::renew::When,
) -> Result<()> {
    let waits = before.is_none() && !member.has(m::TERM_START_DATE);
    if waits {
        // No row: the one of the join comes with its dates.
        member.set(m::HISTORY, Vec::new());
    }
    let affiliated = read.known.affiliated();
    let lookups = Lookups {
        owner: Some(&read.parties.owner),
        package: read.known.package.as_ref(),
        reasons: &read.reasons,
        today: Some(when.today),
        affiliated: Some(&affiliated),
        derives: read.derives,
        event: None,
    };
    let mut problems = Problems::default();
    derive(&when.by, before, member, &lookups, &mut problems);
    if waits {
        for field in [
            m::JOIN_DATE,
            m::JOIN_OR_RENEWAL_DATE,
            m::MEMBERSHIP_JOIN_DATE,
        ] {
            member.clear(field);
        }
    }
    problems.into_result()
}
