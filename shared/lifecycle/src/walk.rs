//! Through all that show something of a record, some memberships a transaction.

use crate::copies::AT_ONCE;
use crate::shown::{Place, Shown};
use model::resource::{ID_FIELD, Resource};
use model::resources::membership::ID;
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

/// Writes them, each transaction on condition that the record they follow, `owner`,
/// is still as it was read: a newer state that another writer copies is never
/// overwritten by this one.
pub(crate) async fn walk<R: Resource>(
    store: &Store,
    by: &WriteContext,
    shown: Shown,
    owner: &Record,
    most: usize,
) -> Result<Walked> {
    let mut left = most;
    for place in shown.places(owner.text(ID_FIELD)) {
        let mut next = None;
        loop {
            let lookup = place.lookup.clone().limit(AT_ONCE);
            let page = place.page(store, &lookup, next).await?;
            let copies = copies(store, by, shown, owner, &place, &page.items)?;
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
                None => break,
                Some(_) if left == 0 => return Ok(Walked::Enough),
                Some(_) => {}
            }
        }
    }
    Ok(Walked::All)
}

/// The changes by which the records of a place show the owner as it is. A locked
/// one keeps what it shows until it is unlocked.
pub(crate) fn copies(
    store: &Store,
    by: &WriteContext,
    shown: Shown,
    owner: &Record,
    place: &Place,
    records: &[Record],
) -> Result<Vec<Change>> {
    let free = records.iter().filter(|before| !before.is(sys::LOCKED));
    let stale = free.filter_map(|before| Some((before, place.follows(shown, owner, before)?)));
    let mut changes = Vec::new();
    for (before, after) in stale {
        match place.change(store, by, before, after) {
            Ok(change) => changes.push(change),
            // One of a chapter's many keeps no other from the new name.
            Err(error @ Error::Invalid(_)) if matches!(shown, Shown::Name(_)) => {
                tracing::warn!(membership = before.text(ID), %error, "a name cannot follow");
            }
            Err(error) => return Err(unwritable(place, before, error)),
        }
    }
    Ok(changes)
}

/// What the caller is told of is the owner, so what cannot follow is named.
fn unwritable(place: &Place, record: &Record, error: Error) -> Error {
    match error {
        Error::Invalid(_) => {
            let (what, id) = (place.what(), record.text(ID));
            Error::conflict("/id", format!("its {what} {id} cannot follow: {error}"))
        }
        other => other,
    }
}
