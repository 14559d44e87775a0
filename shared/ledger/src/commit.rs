//! The one commit: a membership, its billing head, orders and whatever goes with
//! them, all or nothing, and what has become of them.

use futures::StreamExt;
use model::{Error, Record, Resource, Result};
use store::{Change, Document, Refused, Store, Transaction, Versioned};

/// Commits under way at once.
const PARALLEL: usize = 16;

/// What has become of writes that stand or fall together.
#[derive(Debug)]
pub enum CommitOutcome {
    Committed,
    /// Another writer was first: read again and decide again.
    Overtaken,
    /// The record that holds the writer's claim on the work was written by
    /// another: the work is no longer this writer's.
    Lost,
    /// No answer came: it may have happened, what is stored tells.
    Unknown(Error),
}

impl CommitOutcome {
    /// Whether it was committed, for a writer that tries again if not.
    ///
    /// # Errors
    /// That of an outcome nobody knows.
    pub fn is_committed(self) -> Result<bool> {
        match self {
            CommitOutcome::Committed => Ok(true),
            CommitOutcome::Overtaken | CommitOutcome::Lost => Ok(false),
            CommitOutcome::Unknown(error) => Err(error),
        }
    }
}

/// Writes that stand or fall together: at most 100 of distinct items.
pub struct Writes<'a> {
    store: &'a Store,
    transaction: Transaction<'a>,
    /// Where the record stands by which the writer holds the work.
    claim: Option<usize>,
    /// The first record, as long as nothing else is to be written.
    alone: Option<Change>,
    count: usize,
}

impl<'a> Writes<'a> {
    pub fn new(store: &'a Store) -> Self {
        Writes {
            store,
            transaction: Transaction::new(store),
            claim: None,
            alone: None,
            count: 0,
        }
    }

    /// The record by which the writer holds the work: [`CommitOutcome::Lost`]
    /// where another has written it.
    pub fn claim(mut self, change: Change) -> Result<Self> {
        self.claim = Some(self.count);
        self.record(change)
    }

    /// A change of any other record.
    pub fn record(mut self, change: Change) -> Result<Self> {
        self.alone = (self.count == 0).then(|| change.clone());
        self.transaction.change(change)?;
        self.count += 1;
        Ok(self)
    }

    /// A head, an order or another document, if it still has the version it was
    /// read at.
    pub fn document<D: Document>(mut self, document: &Versioned<D>) -> Result<Self> {
        self.alone = None;
        self.transaction.document(document)?;
        self.count += 1;
        Ok(self)
    }

    /// The condition that nobody writes `record` meanwhile.
    pub fn unchanged<R: Resource>(mut self, record: &Record) -> Result<Self> {
        self.alone = None;
        self.transaction.unchanged::<R>(record)?;
        self.count += 1;
        Ok(self)
    }

    /// A value of a record of `R` that no other has ever had.
    pub fn unique<R: Resource>(
        mut self,
        holder: &str,
        field: &'static str,
        value: i64,
    ) -> Result<Self> {
        self.alone = None;
        self.transaction.unique::<R>(holder, field, value)?;
        self.count += 1;
        Ok(self)
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Writes all or nothing.
    ///
    /// # Errors
    /// Whatever kept it from happening beside other writers: nothing is written.
    pub async fn commit(self) -> Result<CommitOutcome> {
        let written = match &self.alone {
            // A transaction costs double, and a single write needs none.
            Some(change) => alone(self.store, change).await,
            None => self.transaction.commit().await,
        };
        match written {
            Ok(()) => Ok(CommitOutcome::Committed),
            Err(Refused::At(place)) if self.claim == Some(place) => Ok(CommitOutcome::Lost),
            Err(Refused::At(_)) => Ok(CommitOutcome::Overtaken),
            Err(Refused::Failed(error @ Error::Unknown(_))) => Ok(CommitOutcome::Unknown(error)),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}

async fn alone(store: &Store, change: &Change) -> std::result::Result<(), Refused> {
    let written = store.write_all(std::slice::from_ref(change)).await;
    match written.into_iter().collect::<Result<()>>() {
        Err(Error::Stale { .. } | Error::Exists { .. }) => Err(Refused::At(0)),
        other => Ok(other?),
    }
}

/// Commits each of `all`, whatever becomes of the others; the outcomes stand in
/// their order. Behind it, for now, is a transaction each.
pub async fn commit(all: Vec<Writes<'_>>) -> Vec<Result<CommitOutcome>> {
    let commits: Vec<_> = all.into_iter().map(Writes::commit).collect();
    let commits = futures::stream::iter(commits).buffered(PARALLEL);
    commits.collect().await
}
