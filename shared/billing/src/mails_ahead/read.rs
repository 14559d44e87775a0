//! What the mails of a page need, read a hundred a request.

use super::Asked;
use crate::member::DueMembership;
use crate::notice_mail::people_of;
use ledger::context::TenantBilling;
use ledger::head::{self, BillingHead};
use ledger::order::{self, Order};
use model::resource::{ID_FIELD, Resource};
use model::resources::Memberships;
use model::resources::membership::OwnerType;
use model::resources::people::{Contacts, Organizations};
use model::{Record, Result};
use std::collections::{BTreeMap, BTreeSet};
use store::Store;

type Records = BTreeMap<String, Record>;
type Ids = BTreeSet<String>;

#[derive(Default)]
pub(super) struct Read {
    members: Records,
    contacts: Records,
    organizations: Records,
    orders: BTreeMap<String, Order>,
}

impl Read {
    pub async fn of(billing: &TenantBilling, asked: &[Asked<'_>]) -> Result<Read> {
        let store = &billing.store;
        let (mut members, mut contacts, mut organizations) = (Ids::new(), Ids::new(), Ids::new());
        let (mut orders, mut owing) = (Ids::new(), Ids::new());
        for one in asked {
            let member = one.member;
            if one.needs_member() {
                members.insert(member.id.clone());
            }
            if one.needs_owner() {
                let owners = match member.owner_type {
                    OwnerType::Organization => &mut organizations,
                    OwnerType::Contact => &mut contacts,
                };
                owners.insert(owner_id(member).to_owned());
            }
            orders.extend(one.open_order().map(str::to_owned));
            if one.needs_arrears() {
                owing.insert(member.id.clone());
            }
        }
        orders.extend(of_heads(store, owing).await?);
        let mut read = Read {
            members: many::<Memberships>(store, members).await?,
            organizations: many::<Organizations>(store, organizations).await?,
            orders: all(store, orders).await?,
            ..Read::default()
        };
        for one in asked {
            let (kind, owner) = (one.member.owner_type, read.owner(one.member));
            contacts.extend(people_of(kind, &owner, &one.notice.roles));
        }
        read.contacts = many::<Contacts>(store, contacts).await?;
        Ok(read)
    }

    pub fn member(&self, member: &DueMembership) -> Option<&Record> {
        self.members.get(&member.id)
    }

    /// Empty where it is not there any more, or was not asked for.
    pub fn owner(&self, member: &DueMembership) -> Record {
        let owners = match member.owner_type {
            OwnerType::Organization => &self.organizations,
            OwnerType::Contact => &self.contacts,
        };
        owners.get(owner_id(member)).cloned().unwrap_or_default()
    }

    pub fn people(&self, ids: &[String]) -> Vec<Record> {
        let found = ids.iter().filter_map(|id| self.contacts.get(id));
        found.cloned().collect()
    }

    pub fn order(&self, id: &str) -> Option<&Order> {
        self.orders.get(id)
    }

    pub fn orders_of(&self, member: &DueMembership) -> Vec<Order> {
        let own = |order: &&Order| order.membership_id == member.id;
        self.orders.values().filter(own).cloned().collect()
    }
}

pub(super) fn owner_id(member: &DueMembership) -> &str {
    match member.owner_type {
        OwnerType::Organization => &member.organization_id,
        OwnerType::Contact => &member.contact_id,
    }
}

async fn many<R: Resource>(store: &Store, ids: Ids) -> Result<Records> {
    let ids: Vec<String> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    let found = store.get_many::<R>(&ids).await?.into_iter().flatten();
    let by_id = found.map(|record| (record.text(ID_FIELD).to_owned(), record));
    Ok(by_id.collect())
}

async fn all(store: &Store, ids: Ids) -> Result<BTreeMap<String, Order>> {
    let keys: Vec<_> = ids.iter().map(|id| order::key(id)).collect();
    let found = store.documents::<Order>(&keys).await?.into_iter().flatten();
    let by_id = found.map(|order| (order.value.id.clone(), order.value));
    Ok(by_id.collect())
}

/// The orders of members' last terms: all that may be unpaid, without a query for
/// each member.
async fn of_heads(store: &Store, members: Ids) -> Result<Ids> {
    let keys: Vec<_> = members.iter().map(|id| head::key(id)).collect();
    let heads = store.documents::<BillingHead>(&keys).await?;
    let heads = heads.into_iter().flatten().map(|head| head.value);
    let orders = heads.flat_map(|head| {
        let terms = head.terms.into_iter().map(|term| term.order);
        terms.chain(head.open_order)
    });
    Ok(orders.collect())
}
