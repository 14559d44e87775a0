//! Taking an import back: what it made goes, unless it has been changed or
//! used since. What it changed stays as it is, because nothing keeps what it
//! was before.

use crate::group::{Group, with_group};
use crate::report::Report;
use crate::walk::Walk;
use futures::{StreamExt, stream};
use ledger::brought;
use lifecycle::flowdown;
use model::choice::Choice;
use model::resource::ID_FIELD;
use model::resources::Memberships;
use model::resources::membership::ORDER_ID;
use model::resources::membership::indexes::of_parent;
use model::{Error, Record, Resource, Result, sys};
use std::io::Write;
use store::Store;

/// Deletions under way at once.
const PARALLEL: usize = 8;

/// Records of an import by what has become of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub deleted: u64,
    pub kept: u64,
}

/// Takes the import `id` back, and reports by line what stays and why.
///
/// # Errors
/// One line: no record came with it, or the store failed; what was deleted
/// until then is gone, and it can be asked for again.
pub async fn undo<W: Write>(
    store: &Store,
    id: &str,
    report: &mut Report<W>,
) -> Result<Undone, String> {
    let group = id
        .split_once('-')
        .and_then(|(group, _)| Group::parse(group));
    let group = group.ok_or_else(|| format!("{id} is not the id of an import"))?;
    let undone = with_group!(group, R => take_back::<R, W>(store, group, id, report).await);
    let undone = undone.map_err(|error| error.to_string())?;
    report.flush()?;
    match undone {
        Undone {
            deleted: 0,
            kept: 0,
        } => Err(format!(
            "nothing in {group} of {} came with the import {id}",
            store.tenant()
        )),
        undone => Ok(undone),
    }
}

/// A record that others derive from goes after them, in a later round.
async fn take_back<R: Resource, W: Write>(
    store: &Store,
    group: Group,
    id: &str,
    report: &mut Report<W>,
) -> Result<Undone> {
    let mut undone = Undone::default();
    loop {
        let mut round = Undone::default();
        let mut kept = Vec::new();
        let mut walk = Walk::new(store, group);
        while let Some(records) = walk.next::<R>().await? {
            let own = records.into_iter().filter(|record| touched(record, id));
            let tries = own.map(|record| async move {
                let outcome = delete::<R>(store, group, id, &record).await;
                (record, outcome)
            });
            let mut tries = stream::iter(tries).buffered(PARALLEL);
            while let Some((record, outcome)) = tries.next().await {
                match outcome? {
                    None => round.deleted += 1,
                    Some(why) => {
                        let line = record.get(sys::BULK_LOAD_RECORD_NO).unwrap_or(0);
                        kept.push((line, why));
                    }
                }
            }
        }
        undone.deleted += round.deleted;
        let again = round.deleted > 0 && group == Group::Memberships && !kept.is_empty();
        if again {
            continue;
        }
        undone.kept = kept.len() as u64;
        kept.sort();
        for (line, why) in kept {
            let told = report.add(line.unsigned_abs(), "id", &why);
            told.map_err(Error::Internal)?;
        }
        return Ok(undone);
    }
}

fn touched(record: &Record, id: &str) -> bool {
    record.text(sys::BULK_LOAD_ID) == id || record.text(sys::LAST_BULK_ID) == id
}

/// Why the record stays, unless it is gone.
async fn delete<R: Resource>(
    store: &Store,
    group: Group,
    id: &str,
    record: &Record,
) -> Result<Option<String>> {
    let name = record.text(ID_FIELD);
    // A later import leaves a version that fits as well, under its own id.
    let version = record.get(sys::VERSION).unwrap_or(0).to_string();
    let is_last = record.text(sys::LAST_BULK_ID) == id;
    let why = if record.text(sys::BULK_LOAD_ID) != id {
        Some("was there before the import, which changed it: what it was is not kept")
    } else if !is_last || record.text(sys::LAST_BULK_VERSION) != version {
        Some("has been changed since")
    } else if record.is(sys::LOCKED) {
        Some("is locked (sys_locked)")
    } else if group == Group::Memberships && has_children(store, name).await? {
        Some("has memberships that are derived from it")
    } else {
        None
    };
    if let Some(why) = why {
        return Ok(Some(format!("{name} {why}")));
    }
    // On condition of the version, so a change since the record was read is seen as well.
    let deleted = match group {
        Group::Memberships => take_back_one(store, record).await,
        _ => store.delete::<R>(record).await.map(|()| None),
    };
    match deleted {
        Ok(Some(why)) => Ok(Some(format!("{name} {why}"))),
        Ok(None) => Ok(None),
        Err(error @ (Error::Conflict(_) | Error::Stale { .. })) => {
            let texts = error.problems().into_iter().map(|problem| problem.message);
            Ok(Some(texts.collect::<Vec<_>>().join("; ")))
        }
        Err(error) => Err(error),
    }
}

/// Attempts at an owner that others write meanwhile.
const ATTEMPTS: usize = 8;

/// Deletes a membership; what its owner derives beside it is due by the same
/// transaction.
async fn take_back_one(store: &Store, record: &Record) -> Result<Option<&'static str>> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let owner = flowdown::marked(store, record).await?;
        let taken = match record.has(ORDER_ID) {
            true => brought::take_back(store, record, owner.as_ref()).await,
            false => {
                let deleted = store.delete_together::<Memberships>(record, owner.as_ref());
                deleted.await.map(|()| None)
            }
        };
        match taken {
            Err(Error::Stale { what, .. })
                if what != Memberships::SCHEMA.title && attempts < ATTEMPTS => {}
            taken => return taken,
        }
    }
}

async fn has_children(store: &Store, membership: &str) -> Result<bool> {
    // `parent_membership_id` marks nothing, so the store would not refuse this.
    let children = of_parent(membership).limit(1);
    Ok(!store
        .query::<Memberships>(&children, None)
        .await?
        .items
        .is_empty())
}
