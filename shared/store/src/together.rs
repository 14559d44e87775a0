//! A record's save together with what has to be written, or has to hold, in the
//! same transaction.

use crate::Store;
use crate::change::Change;
use crate::claim::Claim;
use crate::key::Key;
use crate::references::{Mark, mark_all};
use crate::transact::{Refused, Transaction, WRITES_MAX};
use model::resource::{Home, ID_FIELD, Resource};
use model::{Error, Record, Result, WriteContext, sys};

/// What a save stands or falls with.
#[derive(Default)]
pub struct Together {
    unique: Option<(&'static str, i64)>,
    basis: Option<Basis>,
    absent: Option<Absent>,
    others: Vec<Change>,
}

/// A record that must not be there.
struct Absent {
    home: Home,
    id: String,
}

/// Another record that a save rests on, as it was read.
struct Basis {
    home: Home,
    id: String,
    version: i64,
}

impl Together {
    /// If no other record has ever been saved so with this value of this field.
    pub fn unique(mut self, field: &'static str, value: i64) -> Together {
        self.unique = Some((field, value));
        self
    }

    /// If nobody has written `record` since it was read.
    pub fn unchanged<R: Resource>(mut self, record: &Record) -> Together {
        self.basis = Some(Basis {
            home: Home::of::<R>(),
            id: record.text(ID_FIELD).to_owned(),
            version: record.get(sys::VERSION).unwrap_or(0),
        });
        self
    }

    /// If no record of this id has been made.
    pub fn absent<R: Resource>(mut self, id: String) -> Together {
        self.absent = Some(Absent {
            home: Home::of::<R>(),
            id,
        });
        self
    }

    /// With these changes of other records.
    pub fn with(mut self, others: Vec<Change>) -> Together {
        self.others = others;
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.unique.is_none()
            && self.basis.is_none()
            && self.absent.is_none()
            && self.others.is_empty()
    }
}

impl Store {
    /// As [`Store::save`], together with what the save stands or falls with.
    ///
    /// # Errors
    /// As [`Store::save`]; `Conflict` naming the field when a unique value is
    /// taken; `Stale` naming another record that has been written meanwhile.
    pub async fn save_together<R: Resource>(
        &self,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
        together: &Together,
    ) -> Result<Record> {
        let change = self.change::<R>(context, before, after)?;
        self.save_change::<R>(before, change, together).await
    }
}

/// Writes the change with what stands beside, marks what it uses, and all that it stands
/// or falls with, together or not at all; marks that do not fit into one
/// transaction are written first.
pub(crate) async fn write_together(
    store: &Store,
    change: &Change,
    mut marks: Vec<Mark>,
    together: &Together,
) -> Result<()> {
    let beside = together.others.iter().map(|other| other.beside.len());
    let taken = change.beside.len() + together.others.len() + beside.sum::<usize>();
    // The change itself, a claim, and two conditions.
    let room = WRITES_MAX.saturating_sub(4 + taken);
    // Before the change, never after it: what is referred to could be deleted
    // between the two.
    if marks.len() > room {
        let first = marks.split_off(room);
        mark_all(store, &first).await?;
    }
    let (transaction, refusals) = parts(store, change, &marks, together)?;
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(Refused::At(0)) => match store.raw_item(change.table, &change.key).await? {
            // An attempt before this one, whose answer was lost, has made it.
            Some(item) if change.made(&item) => Ok(()),
            found => Err(change.refused(found.is_some())),
        },
        Err(Refused::At(index)) => Err(refusals
            .into_iter()
            .nth(index - 1)
            .unwrap_or_else(|| Error::internal("a write without a condition was refused"))),
        Err(Refused::Failed(error)) => store.resolve_unknown(change, error).await,
    }
}

/// The transaction, and what a caller is told when the condition of one of the
/// writes behind the first is not met.
fn parts<'a>(
    store: &'a Store,
    change: &Change,
    marks: &[Mark],
    together: &Together,
) -> Result<(Transaction<'a>, Vec<Error>)> {
    let mut transaction = Transaction::new(store);
    let mut refusals = Vec::new();
    // First, so that place 0 is the change.
    transaction.change(change.clone())?;
    let mut basis = together.basis.as_ref();
    for mark in marks {
        // A transaction takes an item once: a mark on the basis holds its condition.
        let same = |basis: &&Basis| mark.is_at(basis.home.table, &basis.key(store));
        let held = basis.take_if(|basis| same(basis));
        let version = held.map(|basis| basis.version);
        transaction.push(mark.write(store, version)?);
        refusals.push(held.map_or_else(|| mark.gone(), Basis::refused));
    }
    if let Some(basis) = basis {
        transaction.at_version(basis.home.table, &basis.key(store), basis.version)?;
        refusals.push(basis.refused());
    }
    if let Some(absent) = &together.absent {
        let key = Key::at(&absent.home, store.tenant(), &absent.id);
        transaction.absent(absent.home.table, &key)?;
        refusals.push(Error::stale(absent.home.schema.title, &absent.id));
    }
    if let Some((field, value)) = together.unique {
        let claim = Claim::new(store, change.id(), field, value);
        let table = store.database.table(change.table)?;
        transaction.push(claim.write(table).map_err(Error::internal)?);
        refusals.push(claim.refused());
    }
    for other in &together.others {
        transaction.change(other.clone())?;
        refusals.push(other.refused(true));
    }
    Ok((transaction, refusals))
}

impl Basis {
    fn key(&self, store: &Store) -> Key {
        Key::at(&self.home, store.tenant(), &self.id)
    }

    fn refused(&self) -> Error {
        Error::stale(self.home.schema.title, &self.id)
    }
}
