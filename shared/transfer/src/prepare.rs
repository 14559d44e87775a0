//! Rows that ask for a change: completed, checked, and written.

use crate::draft::Draft;
use crate::load::{Load, NUMBERS};
use crate::members::Owners;
use crate::ready::Ready;
use futures::{StreamExt, stream};
use ledger::renew::When;
use ledger::{brought, members};
use lifecycle::copies;
use model::field::moment;
use model::resources::membership::derive::{defaults, derive};
use model::resources::membership::indexes::of_number;
use model::resources::membership::offered;
use model::resources::membership::{FOLLOWED_MAX, NUMBER_FIELD, ORDER_NUMBER};
use model::{Error, Problems, Record, Resource, Result, amounts, sys};
use std::collections::HashSet;
use store::{Change, Uses};
use terms::coverage;

/// Owners written at once, each with what it owns.
const PARALLEL: usize = 8;

impl Load<'_> {
    /// Completes and checks each row, and looks up what it refers to.
    pub async fn prepare<R: Resource>(&self, drafts: Vec<Draft>) -> Result<Vec<Ready>> {
        let afters = || drafts.iter().map(|draft| &draft.after);
        let owners = match self.catalogue {
            Some(_) => Some(Owners::of_all(self.store, afters()).await?),
            None => None,
        };
        let mut numbers = self.numbers(&drafts).await?;
        let brings = self.catalogue.is_some() && drafts.iter().any(Draft::brings_bill);
        let order_numbers = match brings {
            true => brought::Numbers::read(self.store).await?,
            false => brought::Numbers::default(),
        };
        let mut ready = Vec::new();
        for mut draft in drafts {
            let mut problems = Problems::default();
            if let (Some(catalogue), Some(owners)) = (&self.catalogue, &owners) {
                if needs_number(&draft) {
                    draft.after.put(NUMBER_FIELD, numbers.next());
                }
                let before = draft.before.as_ref();
                // Before `derive`, which goes by the status that this may set.
                defaults(before, &mut draft.after);
                let lookups = catalogue.lookups(owners, &draft.after);
                derive(
                    &self.context,
                    before,
                    &mut draft.after,
                    &lookups,
                    &mut problems,
                );
                let offered = catalogue.offered(&draft.after);
                offered::check(before, &draft.after, offered, &mut problems);
                if brought::told(before, &draft.after) {
                    brought::complete(before, &mut draft.after, self.currency, &mut problems);
                } else if coverage::turns_on_packages(before, &draft.after) {
                    coverage::settle_billed(before, &mut draft.after, &catalogue.terms);
                }
                brought::contradicts(before, &draft.after, &mut problems);
            }
            // After what follows has been set: only now it shows what the row asks for and does
            // not get.
            draft.check(&self.columns, self.style, &mut problems);
            if amounts::changed::<R>(draft.before.as_ref(), &draft.after) {
                problems.extend_new(amounts::refused::<R>(&draft.after, self.currency));
            }
            self.check_number(&draft, &mut problems).await?;
            self.check_order_number(&draft, &order_numbers, &mut problems)
                .await?;
            // Only of rows that change something: the stamp itself would be a change.
            self.stamp(&mut draft);
            ready.push(self.checked::<R>(draft, problems)?);
        }
        let writes: Vec<(Option<&Record>, &Record)> = ready
            .iter()
            .map(|ready| (ready.draft.before.as_ref(), &ready.draft.after))
            .collect();
        let uses = self.store.uses::<R>(&writes).await?;
        for (ready, uses) in ready.iter_mut().zip(uses) {
            ready.uses = uses;
        }
        Ok(ready)
    }

    /// Numbers for the memberships that bring none.
    async fn numbers(&self, drafts: &[Draft]) -> Result<std::vec::IntoIter<i64>> {
        let wanted = drafts.iter().filter(|draft| needs_number(draft)).count();
        let mut numbers: Vec<i64> = Vec::new();
        if self.catalogue.is_none() || self.dry_run {
            // A dry run uses none up: the checks are the same for any number.
            numbers.extend(1..=wanted as i64);
        }
        while numbers.len() < wanted {
            let missing = (wanted - numbers.len()) as u32;
            let taken = self.store.numbers(NUMBERS, missing).await?;
            // One that the file brings stays that of its row.
            numbers.extend(taken.filter(|number| !self.brought.contains(number)));
        }
        Ok(numbers.into_iter())
    }

    /// Refuses a number that another membership has.
    async fn check_number(&self, draft: &Draft, problems: &mut Problems) -> Result<()> {
        let kept = draft.before.as_ref().and_then(|b| b.get(NUMBER_FIELD));
        let brought = draft.after.get(NUMBER_FIELD).filter(|n| Some(*n) != kept);
        // Above what was ever given nobody can have it that the counter follows, and the look-up
        // is a request for each row.
        let may_be_taken = |number: &i64| *number <= self.given || *number > FOLLOWED_MAX;
        let Some(number) = brought.filter(may_be_taken) else {
            return Ok(());
        };
        if let Some(id) = self.store.other_than(&draft.id, &of_number(number)).await? {
            problems.add("/number", format!("is that of the membership {id}"));
        }
        Ok(())
    }

    /// Refuses a number of an order that another may have.
    async fn check_order_number(
        &self,
        draft: &Draft,
        numbers: &brought::Numbers,
        problems: &mut Problems,
    ) -> Result<()> {
        let brought = self.catalogue.is_some() && draft.brings_bill();
        let Some(number) = draft.after.get(ORDER_NUMBER).filter(|_| brought) else {
            return Ok(());
        };
        match numbers.check_free(self.store, number).await {
            Ok(()) => Ok(()),
            Err(Error::Conflict(found)) => {
                problems.extend_new(found);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn checked<R: Resource>(&self, draft: Draft, problems: Problems) -> Result<Ready> {
        let change =
            self.store
                .change::<R>(&self.context, draft.before.as_ref(), draft.after.clone());
        // The row's problems and the schema's together, so that one import tells all of them.
        let mut found = match problems.into_result() {
            Err(Error::Invalid(problems)) => problems,
            _ => Vec::new(),
        };
        let change = match change {
            Ok(change) => Some(change),
            Err(Error::Invalid(problems)) => {
                found.extend(problems);
                None
            }
            // Not the row's doing: the import stops, and what was written stays.
            Err(error) => return Err(error),
        };
        Ok(Ready {
            draft,
            change,
            uses: Uses::default(),
            problems: found,
        })
    }

    /// What the server keeps of an import on each record.
    fn stamp(&self, draft: &mut Draft) {
        let version = draft.before.as_ref().and_then(|b| b.get(sys::VERSION));
        let record = &mut draft.after;
        // An undo takes back only what still has the version that the import wrote.
        record.set(sys::LAST_BULK_ID, self.id.clone());
        record.set(
            sys::LAST_BULK_VERSION,
            (version.unwrap_or(0) + 1).to_string(),
        );
        if draft.before.is_none() {
            record.set(sys::BULK_LOAD_ID, self.id.clone());
            record.set(sys::BULK_LOAD_PK, draft.id.clone());
            record.set(sys::BULK_LOAD_AT, moment(self.context.now));
            record.set(sys::BULK_LOAD_RECORD_NO, draft.line as i64);
            record.set(sys::BULK_LOAD_SOURCE_FILE, self.source.name());
        }
    }

    /// Refuses rows that refer to nothing. What another row here will make is
    /// something; so a refusal may bring others with it.
    pub fn resolve<R: Resource>(&self, ready: &mut [Ready]) {
        loop {
            let coming: HashSet<String> = ready
                .iter()
                .filter(|row| row.problems.is_empty())
                .map(|row| row.draft.id.clone())
                .collect();
            let mut refused = false;
            for row in ready.iter_mut() {
                let (gone, there): (Vec<_>, Vec<_>) = std::mem::take(&mut row.uses.missing)
                    .into_iter()
                    .partition(|missing| {
                        // A dry run has written none of the parts before this one.
                        let earlier = self.dry_run && self.ids.has(&missing.id);
                        missing.resource != R::NAME || !(earlier || coming.contains(&missing.id))
                    });
                // Kept: what another row here makes still has to be marked as used.
                row.uses.missing = there;
                refused |= row.problems.is_empty() && !gone.is_empty();
                row.problems
                    .extend(gone.into_iter().map(|missing| missing.problem));
            }
            if !refused {
                return;
            }
        }
    }

    pub async fn write<R: Resource>(&mut self, ready: Vec<Ready>) -> Result<()> {
        let (drafts, outcomes) = match self.dry_run {
            true => ready.into_iter().map(|row| (row.draft, Ok(()))).unzip(),
            false => self.store_all::<R>(ready).await?,
        };
        for (draft, outcome) in drafts.into_iter().zip(outcomes) {
            if outcome.is_ok() {
                self.note_number(&draft.after);
                self.note(draft.line, draft.doubts(&self.columns, self.style));
            }
            match outcome {
                Ok(()) if draft.before.is_none() => self.counts.created += 1,
                Ok(()) => self.counts.updated += 1,
                Err(
                    error @ (Error::Invalid(_)
                    | Error::Conflict(_)
                    | Error::Stale { .. }
                    | Error::Exists { .. }),
                ) => self.refuse(draft.line, error.problems()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn store_all<R: Resource>(
        &self,
        ready: Vec<Ready>,
    ) -> Result<(Vec<Draft>, Vec<Result<()>>)> {
        // Before the rows, so that nothing they refer to can be deleted in between.
        self.store.mark(ready.iter().map(|row| &row.uses)).await?;
        let (followed, alone): (Vec<Ready>, Vec<Ready>) = ready
            .into_iter()
            .partition(|row| row.draft.is_followed::<R>());
        let (of_ledger, alone): (Vec<Ready>, Vec<Ready>) = alone
            .into_iter()
            .partition(|row| self.catalogue.is_some() && row.draft.is_of_ledger());
        let (of_bills, alone): (Vec<Ready>, Vec<Ready>) = alone
            .into_iter()
            .partition(|row| self.catalogue.is_some() && row.draft.brings_bill());
        let (mut drafts, mut outcomes) = self.store_alone(alone).await;
        let numbers = self.pass_numbers(&of_bills).await?;
        let bills = of_bills
            .into_iter()
            .map(|row| self.store_bill(row.draft, &numbers));
        let mut bills = stream::iter(bills).buffered(PARALLEL);
        while let Some((draft, outcome)) = bills.next().await {
            drafts.push(draft);
            outcomes.push(outcome);
        }
        drop(bills);
        for row in of_ledger {
            outcomes.push(self.store_by_ledger(&row.draft).await);
            drafts.push(row.draft);
        }
        let saves = followed
            .into_iter()
            .map(|row| self.store_followed::<R>(row.draft));
        let mut saves = stream::iter(saves).buffered(PARALLEL);
        while let Some((draft, outcome)) = saves.next().await {
            drafts.push(draft);
            outcomes.push(outcome);
        }
        Ok((drafts, outcomes))
    }

    /// Rows of which no other record shows anything, in few requests.
    async fn store_alone(&self, ready: Vec<Ready>) -> (Vec<Draft>, Vec<Result<()>>) {
        let missing = ready.iter().flat_map(|row| &row.uses.missing);
        let missing = missing.filter(|missing| missing.marked);
        // What is made here can't be marked ahead, so it is written with its mark.
        let used: HashSet<String> = missing.map(|missing| missing.id.clone()).collect();
        let (mut drafts, mut changes): (Vec<Draft>, Vec<Change>) = Default::default();
        for row in ready {
            drafts.push(row.draft);
            changes.extend(row.change.map(|change| match used.contains(change.id()) {
                true => change.used(),
                false => change,
            }));
        }
        let outcomes = self.store.write_all(&changes).await;
        (drafts, outcomes)
    }

    /// An owner, with the memberships that show something of it.
    async fn store_followed<R: Resource>(&self, draft: Draft) -> (Draft, Result<()>) {
        let outcome = match &draft.before {
            Some(before) => {
                let after = draft.after.clone();
                copies::save::<R>(self.store, &self.context, before, after).await
            }
            None => Err(Error::internal("a new owner owns nothing")),
        };
        (draft, outcome.map(|_| ()))
    }

    /// Keeps the numbers that these rows bring from being given to orders made here.
    async fn pass_numbers(&self, rows: &[Ready]) -> Result<brought::Numbers> {
        let brought = rows
            .iter()
            .filter_map(|row| row.draft.after.get(ORDER_NUMBER));
        match brought.max() {
            Some(highest) => brought::Numbers::pass(self.store, highest).await,
            None => Ok(brought::Numbers::default()),
        }
    }

    /// Stores a membership with the order that is made of what its row tells.
    async fn store_bill(&self, draft: Draft, numbers: &brought::Numbers) -> (Draft, Result<()>) {
        let Some(catalogue) = &self.catalogue else {
            return (draft, Err(Error::internal("a bill without its catalogue")));
        };
        let when = When {
            by: self.context.clone(),
            today: catalogue.today,
        };
        let (packages, after) = (&catalogue.terms, draft.after.clone());
        let before = draft.before.as_ref();
        let written = brought::write(self.store, packages, &when, before, after, numbers).await;
        (draft, written.map(drop))
    }

    /// Stores a membership whose change means something to its orders.
    async fn store_by_ledger(&self, draft: &Draft) -> Result<()> {
        let (Some(catalogue), Some(before)) = (&self.catalogue, &draft.before) else {
            return Err(Error::internal("a membership without its catalogue"));
        };
        let when = When {
            by: self.context.clone(),
            today: catalogue.today,
        };
        let (packages, after) = (&catalogue.terms, draft.after.clone());
        let written = members::write(self.store, packages, &when, before, after);
        written.await.map(drop)
    }
}

fn needs_number(draft: &Draft) -> bool {
    draft.before.is_none() && !draft.after.has(NUMBER_FIELD)
}
