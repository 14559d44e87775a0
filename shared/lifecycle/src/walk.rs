//! Through all that an owner owns, some memberships a transaction.

use model::lookup::Lookup;
use model::resource::Resource;
use model::resources::membership::computed::refreshed;
use model::resources::membership::{ID, Memberships};
use model::{Error, Record, Result, WriteContext, sys};
use store::{Change, Refused, Store, Transaction};

/// How far a walk came.
pub(crate) enum Walked {
    All,
    /// As many were written as were asked for.
    Enough,
    /// Somebody else has written the owner or a membership.
    Overtaken,
}

/// Writes what `owned` finds, each transaction on condition that the owner is
/// still as it was read: a newer state that another writer copies is never
/// overwritten by this one.
pub(crate) async fn walk<R: Resource>(
    store: &Store,
    by: &WriteContext,
    owner: &Record,
    owned: &Lookup,
    most: usize,
) -> Result<Walked> {
    let (mut left, mut next) = (most, None);
    loop {
        let page = store.query::<Memberships>(owned, next).await?;
        let copies = copies(store, by, owner, &page.items)?;
        // Those that an earlier walk has written cost nothing, so each one gets on.
        left = left.saturating_sub(copies.len());
        if !copies.is_empty() {
            let mut transaction = Transaction::new(store);
            transaction.unchanged::<R>(owner)?;
            for copy in copies {
                transaction.change(copy)?;
            }
            match transaction.commit().await {
                Ok(()) => {}
                Err(Refused::At(_)) => return Ok(Walked::Overtaken),
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        next = page.next;
        match next {
            None => return Ok(Walked::All),
            Some(_) if left == 0 => return Ok(Walked::Enough),
            Some(_) => {}
        }
    }
}

/// The changes by which memberships show the owner as it is. A locked one keeps
/// what it shows until it is unlocked.
pub(crate) fn copies(
    store: &Store,
    by: &WriteContext,
    owner: &Record,
    memberships: &[Record],
) -> Result<Vec<Change>> {
    let free = memberships.iter().filter(|before| !before.is(sys::LOCKED));
    let stale = free.filter_map(|before| Some((before, refreshed(owner, before)?)));
    let change = |(before, after): (&Record, Record)| {
        let change = store.change::<Memberships>(by, Some(before), after);
        change.map_err(|error| unwritable(before, error))
    };
    stale.map(change).collect()
}

/// What the caller is told of is the owner, so the membership is named.
fn unwritable(membership: &Record, error: Error) -> Error {
    match error {
        Error::Invalid(_) => {
            let id = membership.text(ID);
            Error::conflict("/id", format!("its membership {id} cannot follow: {error}"))
        }
        other => other,
    }
}
