//! A membership that is deleted: what follows is due by its owner, which is marked in
//! the same transaction (rules FLOW-7 and FLOW-8).

use super::due::{ATTEMPTS, follow, overtaken};
use super::plan::Target;
use super::work::{Flow, Owner};
use jiff::Timestamp;
use model::resource::Resource;
use model::resources::membership::{self as m, Memberships, Origin, of_owner};
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::people::{FLOWDOWN_DUE, FLOWDOWN_FIRST};
use model::resources::{Contacts, Organizations};
use model::{Error, Record, Result, WriteContext};
use store::{Change, Store};

/// Deletes a membership. What its owner derives beside it follows, as far as a request
/// can.
///
/// # Errors
/// As [`Store::delete`]; `Throttled` while others keep writing the owner.
pub async fn delete(store: &Store, by: &WriteContext, member: &Record) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let marked = marked(store, member).await?;
        let deleted = store.delete_together::<Memberships>(member, marked.as_ref());
        match (deleted.await, marked) {
            (Err(Error::Stale { what, .. }), _) if what != Memberships::SCHEMA.title => {}
            (Ok(()), Some(marked)) => {
                match member.get(OWNER_TYPE) {
                    Some(OwnerType::Organization) => {
                        follow::<Organizations>(store, by, marked.after).await
                    }
                    _ => follow::<Contacts>(store, by, marked.after).await,
                };
                return Ok(());
            }
            (deleted, _) => return deleted,
        }
    }
    Err(overtaken())
}

/// The owner of a membership that is about to be deleted, with the mark; `None` where
/// nothing can follow.
pub async fn marked(store: &Store, member: &Record) -> Result<Option<Change>> {
    match member.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => mark::<Organizations>(store, member).await,
        _ => mark::<Contacts>(store, member).await,
    }
}

async fn mark<R: Owner>(store: &Store, member: &Record) -> Result<Option<Change>> {
    let id = member.text(owner_field(member));
    let Some(owner) = store.get_consistent::<R>(id).await? else {
        return Ok(None);
    };
    let belongs = Target::belongs_to(&owner, R::TYPE).is_some();
    if !belongs && !has_beside(store, R::TYPE, id).await? {
        return Ok(None);
    }
    // Without another version: an import that brought the owner can still be taken back.
    let mut after = owner.clone();
    after.set(FLOWDOWN_DUE, Timestamp::now());
    after.clear(FLOWDOWN_FIRST);
    store.quietly::<R>(&owner, after).map(Some)
}

/// Whether an owner has memberships beside its own: it was picked by an organization
/// that it may not belong to.
pub async fn has_beside(store: &Store, owner_type: OwnerType, id: &str) -> Result<bool> {
    let first = of_owner(owner_type, id).consistent().limit(2);
    let found = store.query::<Memberships>(&first, None).await?;
    let mut found = found.items.iter();
    Ok(found.any(|one| {
        one.get(m::ORIGIN)
            .is_some_and(|origin| origin != Origin::Principal)
    }))
}

/// Why a derived membership would be made again were it deleted, if it would be.
pub async fn made_again(
    store: &Store,
    by: &WriteContext,
    member: &Record,
) -> Result<Option<String>> {
    let flow = Flow::new(store, by, 0).await?;
    match member.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => flow.made_again::<Organizations>(member).await,
        _ => flow.made_again::<Contacts>(member).await,
    }
}

impl Flow<'_> {
    async fn made_again<R: Owner>(&self, member: &Record) -> Result<Option<String>> {
        let (id, parent) = (
            member.text(owner_field(member)),
            member.text(m::PARENT_ID_FIELD),
        );
        let Some(organization) = parent.split(':').nth(1) else {
            return Ok(None);
        };
        let Some(owner) = self.store.get_consistent::<R>(id).await? else {
            return Ok(None);
        };
        let of = self.owned(OwnerType::Organization, organization).await?;
        let Some(source) = self.source(&of) else {
            return Ok(None);
        };
        let mut owned = self.owned(R::TYPE, id).await?;
        owned.retain(|one| one.text(m::ID) != member.text(m::ID));
        let made = self.planned::<R>(&source, &owner, &owned);
        let from = source.membership.text(m::ID);
        let owner = R::TYPE;
        Ok(made.map(|made| match made.after.get(m::ORIGIN) {
            Some(Origin::Assigned) => format!(
                "would be made again: {owner} {id} is among the {} of {from}",
                m::ASSIGNED.name()
            ),
            _ => format!(
                "would be made again: the membership {from} gives it to {owner} {id}, {} the organization {organization}",
                R::BELONGS
            ),
        }))
    }
}
