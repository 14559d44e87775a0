//! Whom a notice goes to (rule MAIL-2).

use super::Sources;
use ledger::context::TenantBilling;
use model::resources::membership::{self as m, OwnerType};
use model::resources::people::{self, Contacts, Organizations};
use model::{Error, Record};
use services::mail::parse_list;

/// The contact or organization that holds a membership; empty where it is not
/// there any more.
pub(crate) async fn owner_of(billing: &TenantBilling, member: &Record) -> Result<Record, Error> {
    let store = &billing.store;
    let found = match owner_type(member) {
        OwnerType::Organization => {
            let id = member.text(m::ORGANIZATION_ID);
            store.get::<Organizations>(id).await?
        }
        OwnerType::Contact => store.get::<Contacts>(member.text(m::CONTACT_ID)).await?,
    };
    Ok(found.unwrap_or_default())
}

/// Of an organization that owns a membership, the people among whom a notice with
/// roles chooses.
pub(crate) fn people_of(kind: OwnerType, owner: &Record, roles: &[String]) -> Vec<String> {
    match kind == OwnerType::Organization && !roles.is_empty() {
        true => owner.get(people::CONTACT_IDS).unwrap_or_default(),
        false => Vec::new(),
    }
}

/// By this templates know the owner.
pub(crate) fn owner_type(member: &Record) -> OwnerType {
    member.get(m::OWNER_TYPE).unwrap_or(OwnerType::Contact)
}

/// Addresses: a person's own; of an organization, its people with the notice's
/// roles, else its own.
///
/// # Errors
/// One line for staff where there is none.
pub(super) fn recipients(
    member: &Record,
    sources: &Sources,
    roles: &[String],
) -> Result<Vec<String>, String> {
    let mut to = with_roles(&sources.people, roles);
    if to.is_empty() {
        let own = sources.owner.get(people::EMAIL_ADDRESS);
        let own = own.or(member.get(m::EMAIL_ADDRESS));
        to.extend(own.filter(|text| is_some(text)));
    }
    if to.is_empty() {
        return Err(format!("{} has no e-mail address", member.text(m::NAME)));
    }
    Ok(to)
}

fn with_roles(people: &[Record], roles: &[String]) -> Vec<String> {
    let with_role = |contact: &&Record| {
        let own = contact.get(people::ROLE_IDS).unwrap_or_default();
        own.iter().any(|role| roles.contains(role))
    };
    let chosen = people.iter().filter(with_role);
    let addresses = chosen.filter_map(|contact| contact.get(people::EMAIL_ADDRESS));
    addresses.filter(|text| is_some(text)).collect()
}

/// What holds something that is no address is kept: the notice says that nobody can be
/// mailed by it.
fn is_some(text: &str) -> bool {
    parse_list(text).map_or(true, |addresses| !addresses.is_empty())
}
