//! An application as it would be made: its order, and itself filled in from the
//! owner's membership (rules APPL-12, APPL-13). Nothing is saved.

use super::assigned;
use super::catalogue::Catalogue;
use super::group;
use super::parties::Parties;
use super::quote::{Basis, Quote, is_current, package_id};
use super::rules::{other_origins, owners_only};
use super::wanted::Wanted;
use ledger::context::TenantBilling;
use ledger::head::{self, BillingHead};
use ledger::order::Order;
use ledger::purchase::{Occasion, order};
use model::resources::application::{self as a, ApplicationStatus, ApplicationType};
use model::resources::application_setup::{ApplicationProcesses, PROCESS_TYPE};
use model::resources::catalogue::{IS_ACTIVE, PACKAGE_TYPE_ID};
use model::resources::joining::Assignment;
use model::resources::membership as m;
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::people;
use model::{Error, Record, Result};
use serde_json::{Value, json};

/// What an application comes to today.
///
/// # Errors
/// `Invalid` with every rule it breaks.
pub async fn quote(billing: &TenantBilling, application: &Record) -> Result<(Parties, Quote)> {
    let parties = Parties::of(&billing.store, application).await?;
    let quote = quote_for(billing, application, &parties).await?;
    Ok((parties, quote))
}

/// The same for an owner who has been read.
pub async fn quote_for(
    billing: &TenantBilling,
    application: &Record,
    parties: &Parties,
) -> Result<Quote> {
    let member = parties.member.as_ref();
    let wanted = Wanted::of(application).with(member);
    let package = package_id(application, member, &billing.packages);
    let known = Catalogue::load(&billing.store, application, &package, &wanted).await?;
    let basis = Basis {
        application,
        parties,
        known: &known,
        packages: &billing.packages,
        currency: billing.tenant.currency,
        today: billing.tenant.today(),
        payer: group::customer(billing, application).await?,
    };
    basis.quote().map_err(Error::Invalid)
}

/// The order that an application would be billed by.
///
/// # Errors
/// `Invalid` with every rule it breaks.
pub async fn order_of(billing: &TenantBilling, application: &Record) -> Result<Order> {
    let (parties, quote) = quote(billing, application).await?;
    let id = parties.membership_id();
    let head = billing
        .store
        .document::<BillingHead>(&head::key(&id))
        .await?;
    let head = head.unwrap_or_else(|| BillingHead::new(&id)).value;
    let member = parties.member_or_applicant();
    let occasion = occasion(billing, &quote, String::new(), 0);
    Ok(order(
        &member,
        &head,
        quote.purchase,
        &billing.when(),
        occasion,
    ))
}

/// What an application's order is made for.
pub(crate) fn occasion(
    billing: &TenantBilling,
    quote: &Quote,
    id: String,
    number: i64,
) -> Occasion {
    Occasion {
        id,
        number,
        run: None,
        action: None,
        batch_id: None,
        by: billing.user.clone(),
        pro_forma: false,
        new_reason: None,
        customer: quote.customer.clone(),
    }
}

/// The application of a process for an owner, filled in from their membership.
///
/// # Errors
/// `NotFound` for a process or an owner that is not there, `Invalid` for an
/// owner whom the process is not for.
pub async fn application(
    billing: &TenantBilling,
    process: &str,
    owner_type: OwnerType,
    owner: &str,
) -> Result<Record> {
    let process = billing
        .store
        .require::<ApplicationProcesses>(process)
        .await?;
    let what = match owner_type {
        OwnerType::Organization => "Organization",
        OwnerType::Contact => "Contact",
    };
    let missing = || Error::NotFound {
        what,
        id: owner.to_owned(),
    };
    let parties = Parties::find(&billing.store, owner_type, owner).await?;
    let parties = parties.ok_or_else(missing)?;
    check(&process, &parties)?;
    let mut filled = filled(billing, &process, &parties);
    if filled.get(a::TYPE) == Some(ApplicationType::Join) {
        let when = [Assignment::Assign, Assignment::Suggest];
        let owner = &parties.owner;
        assigned::fill(&billing.store, &mut filled, None, owner, &when).await?;
    }
    Ok(filled)
}

fn check(process: &Record, parties: &Parties) -> Result<()> {
    let kind = process.get(PROCESS_TYPE).unwrap_or(ApplicationType::Join);
    let current = parties.member.as_ref().is_some_and(is_current);
    if process.get(IS_ACTIVE) == Some(false) {
        return Err(Error::invalid("/processId", "is not active"));
    }
    if let Some(rule) = other_origins(process) {
        return Err(Error::invalid("/processId", rule));
    }
    if let Some(only) = owners_only(process).filter(|only| *only != parties.owner_type) {
        let rule = format!("must be {only}: the process is for no other owners");
        return Err(Error::invalid("/ownerType", rule));
    }
    let refused = match kind {
        ApplicationType::Join if current => Some("has a membership: nothing to join"),
        ApplicationType::Join => None,
        ApplicationType::ChangeAffiliations if !current => Some("has no membership to change"),
        _ if parties.member.is_none() => Some("has no membership to renew"),
        _ => None,
    };
    match refused {
        Some(why) => Err(Error::invalid("/id", why)),
        None => Ok(()),
    }
}

fn filled(billing: &TenantBilling, process: &Record, parties: &Parties) -> Record {
    let kind = process.get(PROCESS_TYPE).unwrap_or(ApplicationType::Join);
    let mut filled = Record::default();
    filled.set(a::TYPE, kind);
    filled.set(
        a::PROCESS_ID,
        process.text(model::resource::ID_FIELD).to_owned(),
    );
    filled.set(OWNER_TYPE, parties.owner_type);
    filled.set(owner_field(&filled), parties.owner_id.clone());
    filled.set(a::NAME, parties.owner.text(people::NAME).to_owned());
    filled.set(a::STATUS, ApplicationStatus::NotYetSubmitted);
    let held = parties.member.as_ref();
    if let Some(member) = held.filter(|_| kind != ApplicationType::Join) {
        from_membership(&mut filled, member);
        fill_package(&mut filled, process, member, billing);
    }
    filled
}

/// What a member has chosen, in both.
const CHOSEN: [&str; 4] = [
    "renew_automatically",
    "do_not_renew",
    "do_not_show_in_directory",
    "hidden_directory_fields",
];

/// What is held, and what the member has chosen.
fn from_membership(filled: &mut Record, member: &Record) {
    let held = Wanted::held(Some(member));
    let mut chapters = held.chapters.unwrap_or_default().into_iter();
    filled.put(a::CHAPTER_ID, chapters.next());
    let further: Vec<String> = chapters.collect();
    filled.put(
        a::ADDITIONAL_CHAPTER_IDS,
        Some(further).filter(|ids| !ids.is_empty()),
    );
    filled.put(a::SECTION_IDS, held.sections.filter(|ids| !ids.is_empty()));
    let add_ons = held.add_ons.unwrap_or_default().into_iter();
    let add_ons = add_ons.map(|(id, quantity)| json!({ "add_on_id": id, "quantity": quantity }));
    let add_ons: Vec<Value> = add_ons.collect();
    filled.put(a::ADD_ONS, Some(add_ons).filter(|list| !list.is_empty()));
    for name in CHOSEN {
        if let Some(value) = member.raw(name) {
            filled.set_raw(name, value.clone());
        }
    }
}

/// What a renewal buys, unless the member is to choose or it can't be sold.
fn fill_package(filled: &mut Record, process: &Record, member: &Record, billing: &TenantBilling) {
    let chooses = process.raw("do_not_set_default_renewal_package") == Some(&Value::Bool(true));
    let change = filled.get(a::TYPE) == Some(ApplicationType::ChangeAffiliations);
    let id = package_id(filled, Some(member), &billing.packages);
    let package = billing.packages.get(&id).ok();
    let package = package.filter(|package| change || (package.is_active && !chooses));
    let Some(package) = package else { return };
    filled.set(a::PACKAGE_ID, id);
    let granted = package.record.get(PACKAGE_TYPE_ID);
    let kind = granted.unwrap_or_else(|| member.text(m::TYPE_ID).to_owned());
    filled.set(a::TYPE_ID, kind);
}
