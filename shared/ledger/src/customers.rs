//! Whom the orders of contacts are for where their organizations are billed
//! (rule ORD-10).

use model::Result;
use model::resource::ID_FIELD;
use model::resources::people::ORGANIZATION_ID;
use model::resources::{Contacts, Organizations};
use std::collections::{BTreeMap, BTreeSet};
use store::Store;

/// Why a contact's organization can't be billed.
pub const UNKNOWN_ORGANIZATION: &str =
    "bill_organization is set, but no organization of the contact is known";

/// The organizations of contacts, by contact; those that exist.
pub async fn organizations_of(
    store: &Store,
    contacts: Vec<String>,
) -> Result<BTreeMap<String, String>> {
    let found = store.get_many::<Contacts>(&contacts).await?;
    let belongs = found.iter().flatten().filter_map(|contact| {
        let organization = contact.get(ORGANIZATION_ID)?;
        Some((contact.text(ID_FIELD).to_owned(), organization))
    });
    let mut belongs: BTreeMap<String, String> = belongs.collect();
    let ids: Vec<String> = belongs.values().cloned().collect();
    let found = store.get_many::<Organizations>(&ids).await?;
    let exists = found.iter().flatten();
    let exists: BTreeSet<&str> = exists.map(|found| found.text(ID_FIELD)).collect();
    belongs.retain(|_, organization| exists.contains(organization.as_str()));
    Ok(belongs)
}
