//! People who came with their organization, as an import brings them: those of one
//! organization are looked at together. They have left no other, so nothing but its
//! membership can be missing.

use super::due::{AT_A_LOOK, scheduler};
use super::work::{Flow, PAGE};
use super::write::Written;
use ledger::context::Ports;
use model::resource::{ID_FIELD, Resource};
use model::resources::Contacts;
use model::resources::owner::OwnerType;
use model::resources::people::{FLOWDOWN_DUE, FLOWDOWN_FIRST, ORGANIZATION_ID};
use model::{Record, Result, TenantId};
use std::collections::{BTreeMap, BTreeSet};
use store::{Refused, Transaction};

/// A record's partition and id, as an index of all tenants answers it.
pub type Key = (String, String);

/// Contacts that are read together.
const READ: usize = 100;

/// Works through those of a page that are newcomers; answers their keys. What fails is
/// logged and not among them: it is looked at singly.
pub async fn of_page(ports: &Ports, keys: &[Key]) -> BTreeSet<Key> {
    let mut tenants: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for key in keys {
        let mut parts = key.0.split('#');
        let tenant = parts.next().unwrap_or_default();
        if parts.next() == Some(Contacts::NAME) {
            tenants.entry(tenant).or_default().push(key);
        }
    }
    // By themselves they cost no more singly.
    tenants.retain(|_, keys| keys.len() > 1);
    let mut done = BTreeSet::new();
    for (tenant, keys) in tenants {
        match Box::pin(of_tenant(ports, tenant, &keys)).await {
            Ok(ids) => done.extend(keys.into_iter().filter(|key| ids.contains(&key.1)).cloned()),
            Err(error) => tracing::warn!(tenant, %error, "newcomers are looked at singly"),
        }
    }
    done
}

async fn of_tenant(ports: &Ports, tenant: &str, keys: &[&Key]) -> Result<BTreeSet<String>> {
    let store = ports.store(&TenantId::parse(tenant)?);
    let mut flow = Flow::new(&store, &scheduler(), AT_A_LOOK).await?;
    let mut done = BTreeSet::new();
    for keys in keys.chunks(READ) {
        let ids: Vec<String> = keys.iter().map(|key| key.1.clone()).collect();
        let read = store.get_many::<Contacts>(&ids).await?;
        let mut organizations: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for contact in read.into_iter().flatten() {
            let is_new = contact.has(FLOWDOWN_DUE) && contact.is(FLOWDOWN_FIRST);
            if let Some(organization) = contact.get(ORGANIZATION_ID).filter(|_| is_new) {
                organizations.entry(organization).or_default().push(contact);
            }
        }
        for (organization, people) in organizations {
            for people in people.chunks(PAGE as usize) {
                if Box::pin(flow.newcomers(&organization, people)).await? {
                    done.extend(people.iter().map(|one| one.text(ID_FIELD).to_owned()));
                }
            }
        }
    }
    Ok(done)
}

impl Flow<'_> {
    /// Whether all was done that is due by these, and their marks are gone: not where
    /// somebody else has written meanwhile.
    async fn newcomers(&mut self, organization: &str, people: &[Record]) -> Result<bool> {
        self.left = AT_A_LOOK;
        let of = self.owned(OwnerType::Organization, organization).await?;
        if let Some(source) = self.source(&of) {
            let ids: Vec<String> = people
                .iter()
                .map(|one| one.text(ID_FIELD).to_owned())
                .collect();
            if Box::pin(self.targets::<Contacts>(&source, &ids)).await? != Written::All {
                return Ok(false);
            }
        }
        let mut transaction = Transaction::new(self.store);
        for contact in people {
            let change = self.store.unmarking::<Contacts>(contact, FLOWDOWN_DUE)?;
            transaction.change(change)?;
        }
        match transaction.commit().await {
            Ok(()) => Ok(true),
            Err(Refused::At(_)) => Ok(false),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}
