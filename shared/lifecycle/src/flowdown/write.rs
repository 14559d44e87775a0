//! Writes what was planned, some memberships a transaction, each on condition that
//! the source is as it was read: a newer state that another writer has passed on is
//! never overwritten by an older one.

use super::plan::Source;
use super::work::{Flow, Owner};
use crate::affiliated;
use crate::copies::AT_ONCE;
use model::resources::membership::derive::{Affiliated, Lookups, derive};
use model::resources::membership::history::Event;
use model::resources::membership::{self as m, Memberships, NUMBER_FIELD, names};
use model::resources::owner::OwnerType;
use model::{Error, Problems, Record, Result};
use std::collections::BTreeSet;
use store::{Change, Refused, Transaction};

/// Writes of one transaction, its links to chapters and sections counted.
const WEIGHT_MAX: usize = 90;

/// How far some work came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    All,
    /// As many were written as may be.
    Enough,
    /// Somebody else has written the source, an owner or a membership.
    Overtaken,
}

/// A membership that is to become another.
pub struct Planned {
    pub before: Option<Record>,
    /// Without what follows from its write.
    pub after: Record,
    pub owner: Record,
}

/// One that can be written.
struct Ready {
    change: Change,
    number: Option<i64>,
    owner: Record,
    /// The organization that owns it, if one does.
    organization: Option<String>,
}

impl Ready {
    fn weight(&self) -> usize {
        let lists = [m::CHAPTER_IDS, m::SECTION_IDS].map(|ids| self.change.after.get(ids));
        let links: usize = lists.into_iter().flatten().map(|ids| ids.len()).sum();
        // Itself, its number, its owner, rows of history; what is left, and what comes.
        5 + 2 * links
    }
}

impl Flow<'_> {
    pub(super) async fn write<R: Owner>(
        &mut self,
        source: &Source,
        planned: Vec<Planned>,
    ) -> Result<Written> {
        let mut ready = Box::pin(self.ready::<R>(planned))
            .await?
            .into_iter()
            .peekable();
        while ready.peek().is_some() {
            if self.is_spent() {
                return Ok(Written::Enough);
            }
            let (mut lot, mut weight) = (Vec::new(), 0);
            while let Some(one) = ready.next_if(|one| {
                lot.is_empty()
                    || (lot.len() < AT_ONCE as usize && weight + one.weight() <= WEIGHT_MAX)
            }) {
                weight += one.weight();
                lot.push(one);
            }
            if !Box::pin(self.commit::<R>(source, &lot)).await? {
                return Ok(Written::Overtaken);
            }
            self.left = self.left.saturating_sub(lot.len());
            self.moved
                .extend(lot.into_iter().filter_map(|one| one.organization));
        }
        Ok(Written::All)
    }

    /// Completes and checks each; one that breaks a rule is set aside.
    async fn ready<R: Owner>(&mut self, planned: Vec<Planned>) -> Result<Vec<Ready>> {
        let new = planned.iter().filter(|one| one.before.is_none()).count();
        let mut numbers = match new {
            0 => 0..0,
            new => self.store.numbers("membership", new as u32).await?,
        };
        let mut wanted = BTreeSet::new();
        for one in &planned {
            wanted.extend(names::wanted(one.before.as_ref(), &one.after));
        }
        let affiliated = affiliated::read(self.store, &wanted).await?;
        let mut completed = Vec::new();
        for one in planned {
            let number = one.before.is_none().then(|| numbers.next()).flatten();
            match self.complete(&one, number, &affiliated) {
                Ok(after) => completed.push((one, after, number)),
                Err(error) => self.refuse(&one.after, &error),
            }
        }
        let pairs: Vec<(Option<&Record>, &Record)> = completed
            .iter()
            .map(|(one, after, _)| (one.before.as_ref(), after))
            .collect();
        let uses = self.store.uses::<Memberships>(&pairs).await?;
        let complete = |uses: &&store::Uses| uses.missing.is_empty();
        // Before the writes, so that nothing they refer to can be deleted in between.
        self.store.mark(uses.iter().filter(complete)).await?;
        let mut ready = Vec::new();
        for ((one, after, number), uses) in completed.into_iter().zip(uses) {
            let change = match uses.missing.is_empty() {
                true => self
                    .store
                    .change::<Memberships>(&self.by, one.before.as_ref(), after),
                false => Err(Error::Conflict(
                    uses.missing
                        .into_iter()
                        .map(|missing| missing.problem)
                        .collect(),
                )),
            };
            match change {
                Ok(change) => ready.push(Ready {
                    organization: organization(&change.after),
                    change,
                    number,
                    owner: one.owner,
                }),
                Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
                    self.refuse(&one.after, &error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(ready)
    }

    /// What follows from the write, as from any other of a membership.
    fn complete(
        &self,
        one: &Planned,
        number: Option<i64>,
        affiliated: &Affiliated,
    ) -> Result<Record> {
        let mut after = one.after.clone();
        if let Some(number) = number {
            after.set(NUMBER_FIELD, number);
        }
        let lookups = Lookups {
            owner: Some(&one.owner),
            // The package is the parent's, whatever type it grants.
            package: None,
            reasons: &self.reasons,
            today: Some(self.today),
            affiliated: Some(affiliated),
            derives: false,
            event: Some(Event::Assignment),
        };
        let mut problems = Problems::default();
        let before = one.before.as_ref();
        derive(&self.by, before, &mut after, &lookups, &mut problems);
        problems.into_result()?;
        Ok(after)
    }

    /// Whether the lot was written; not where somebody else was first.
    async fn commit<R: Owner>(&self, source: &Source, lot: &[Ready]) -> Result<bool> {
        let mut transaction = Transaction::new(self.store);
        transaction.unchanged::<Memberships>(&source.membership)?;
        for one in lot {
            transaction.change(one.change.clone())?;
            if let Some(number) = one.number {
                let id = one.change.id();
                transaction.unique::<Memberships>(id, NUMBER_FIELD.name(), number)?;
                // What is shown of the owner is as it is then.
                transaction.unchanged::<R>(&one.owner)?;
            }
        }
        match transaction.commit().await {
            Ok(()) => Ok(true),
            Err(Refused::At(_)) => Ok(false),
            Err(Refused::Failed(error)) => Err(error),
        }
    }

    /// One that cannot be written keeps no other from it.
    fn refuse(&mut self, after: &Record, error: &Error) {
        let id = after.text(m::ID);
        tracing::warn!(membership = id, %error, "a derived membership cannot follow");
        self.refused.push(format!("{id}: {error}"));
    }
}

fn organization(after: &Record) -> Option<String> {
    let owned = after.get(m::OWNER_TYPE) == Some(OwnerType::Organization);
    owned.then(|| after.text(m::ORGANIZATION_ID).to_owned())
}
