//! Many changes of single items, 25 conditional ones a request.

use crate::change::Change;
use crate::errors::{Call, by_code, translate};
use crate::key::Key;
use crate::together::{Together, write_together};
use crate::transact::{Refused, Transaction, WRITES_MAX};
use crate::{Store, retry};
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures::{StreamExt, TryStreamExt};
use model::index::Table;
use model::resource::Resource;
use model::{Error, Result};
use std::collections::HashSet;

/// Statements in one BatchExecuteStatement.
const BATCH: usize = 25;
/// Requests under way at once.
const PARALLEL: usize = 4;

impl Store {
    /// Writes every change on its own: one that is refused spoils no other.
    /// The outcomes stand in the order of the changes. Changes of the same item
    /// are made in their order.
    pub async fn write_all(&self, changes: &[Change]) -> Vec<Result<()>> {
        let mut outcomes: Vec<Option<Result<()>>> = changes.iter().map(|_| None).collect();
        // A second change of an item is conditional on the version the first leaves, and a batch
        // neither keeps an order nor takes an item twice.
        for round in rounds(changes) {
            let requests = parts(changes, round).into_iter().map(|part| async move {
                let outcomes = match part
                    .first()
                    .is_some_and(|&first| has_beside(&changes[first]))
                {
                    true => self.write_with_beside(changes, &part).await,
                    false => self.write_chunk(changes, &part).await,
                };
                part.into_iter().zip(outcomes).collect::<Vec<_>>()
            });
            let answers: Vec<Vec<(usize, Result<()>)>> = futures::stream::iter(requests)
                .buffer_unordered(PARALLEL)
                .collect()
                .await;
            for (index, outcome) in answers.into_iter().flatten() {
                outcomes[index] = Some(outcome);
            }
        }
        outcomes
            .into_iter()
            // Every index is in one part of one round; a lost one must not pass for written.
            .map(|o| o.unwrap_or_else(|| Err(Error::internal("a change was not sent"))))
            .collect()
    }

    /// Deletes records whatever their version: for what hangs on a record that
    /// is itself being deleted.
    pub async fn remove_all<R: Resource>(&self, ids: &[String]) -> Result<()> {
        let key = |id: &String| Key::of::<R>(self.tenant(), id);
        let keys: Vec<Key> = ids.iter().map(key).collect();
        self.remove_keys(R::TABLE, &keys).await
    }

    pub(crate) async fn remove_keys(&self, table: Table, keys: &[Key]) -> Result<()> {
        let table = self.database.table(table)?;
        let mut requests = Vec::new();
        // BatchWriteItem has the same limit.
        for chunk in keys.chunks(BATCH) {
            requests.push(self.remove_chunk(table, chunk));
        }
        futures::stream::iter(requests)
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await
    }

    /// At most 25 keys.
    async fn remove_chunk(&self, table: &str, chunk: &[Key]) -> Result<()> {
        let mut left: Vec<WriteRequest> = chunk.iter().map(removal).collect::<Result<_>>()?;
        let mut attempt = 0;
        while !left.is_empty() {
            let answer = self
                .database
                .client
                .batch_write_item()
                .request_items(table, left)
                .send()
                .await;
            let answer = answer.map_err(|error| translate(Call::Write, &error))?;
            // What was throttled comes back as unprocessed in a successful answer, so the SDK
            // does not repeat it.
            left = answer
                .unprocessed_items
                .and_then(|mut tables| tables.remove(table))
                .unwrap_or_default();
            if !left.is_empty() {
                retry::again(&mut attempt).await?;
            }
        }
        Ok(())
    }

    /// Changes with items beside, which a statement cannot carry: as many as fit in one
    /// transaction, and each in one of its own if that is refused.
    async fn write_with_beside(&self, changes: &[Change], part: &[usize]) -> Vec<Result<()>> {
        // After any failure each goes alone, also after a lost answer: a change that was made
        // after all is recognised by its write token.
        if part.len() > 1 && self.write_as_one(changes, part).await.is_ok() {
            return part.iter().map(|_| Ok(())).collect();
        }
        let mut outcomes = Vec::with_capacity(part.len());
        let alone = Together::default();
        for &index in part {
            // No marks: callers in bulk have marked what the changes use (`Store::mark`).
            outcomes.push(write_together(self, &changes[index], Vec::new(), &alone).await);
        }
        outcomes
    }

    async fn write_as_one(
        &self,
        changes: &[Change],
        part: &[usize],
    ) -> std::result::Result<(), Refused> {
        let mut transaction = Transaction::new(self);
        for &index in part {
            transaction.change(changes[index].clone())?;
        }
        transaction.commit().await
    }

    /// At most 25 changes of distinct items of one table.
    async fn write_chunk(&self, changes: &[Change], chunk: &[usize]) -> Vec<Result<()>> {
        // What was not sent yet counts as throttled, so that one loop makes the first and the
        // later attempts.
        let mut outcomes: Vec<Result<()>> = chunk
            .iter()
            .map(|_| {
                Err(Error::Throttled {
                    retry_after_seconds: 2,
                })
            })
            .collect();
        for attempt in 1..=retry::ATTEMPTS {
            let open: Vec<usize> = (0..chunk.len())
                .filter(|&i| matches!(outcomes[i], Err(Error::Throttled { .. })))
                .collect();
            if open.is_empty() {
                break;
            }
            if attempt > 1 {
                retry::pause(attempt).await;
            }
            let batch: Vec<&Change> = open.iter().map(|&i| &changes[chunk[i]]).collect();
            for (&place, outcome) in open.iter().zip(self.send_batch(&batch).await) {
                outcomes[place] = outcome;
            }
        }
        outcomes
    }

    async fn send_batch(&self, batch: &[&Change]) -> Vec<Result<()>> {
        match self.execute(batch).await {
            Ok(errors) => {
                let mut outcomes = Vec::with_capacity(batch.len());
                for (change, error) in batch.iter().zip(errors) {
                    outcomes.push(match error {
                        None => Ok(()),
                        Some((code, message)) => {
                            self.statement_outcome(change, &code, &message).await
                        }
                    });
                }
                outcomes
            }
            Err(error) => {
                let mut outcomes = Vec::with_capacity(batch.len());
                // Without an answer each statement may have been carried out or not, so each is
                // looked up.
                for change in batch {
                    outcomes.push(self.resolve_unknown(change, error.clone()).await);
                }
                outcomes
            }
        }
    }

    /// Per statement: `None`, or the code and message of its error.
    async fn execute(&self, batch: &[&Change]) -> Result<Vec<Option<(String, String)>>> {
        let table: Table = batch
            .first()
            .map(|change| change.table)
            .unwrap_or(Table::Ledger);
        let name = self.database.table(table)?;
        let statements = batch
            .iter()
            .map(|c| c.statement(name))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::internal)?;
        let answer = self
            .database
            .client
            .batch_execute_statement()
            .set_statements(Some(statements))
            .send()
            .await
            .map_err(|error| translate(Call::Write, &error))?;
        let responses = answer.responses.unwrap_or_default();
        if responses.len() != batch.len() {
            // Answers are matched by place only. With one missing, none can be told from another.
            return Err(Error::Unknown("fewer answers than statements".into()));
        }
        let read = |error: &aws_sdk_dynamodb::types::BatchStatementError| {
            let code = error
                .code()
                .map(|code| code.as_str().to_owned())
                .unwrap_or_default();
            (code, error.message().unwrap_or("").to_owned())
        };
        Ok(responses
            .iter()
            .map(|response| response.error().map(read))
            .collect())
    }

    /// A refused statement may be the repetition of one that was carried out.
    async fn statement_outcome(&self, change: &Change, code: &str, message: &str) -> Result<()> {
        match code {
            "DuplicateItem" | "ConditionalCheckFailed" => {
                match self.raw_item(change.table, &change.key).await? {
                    Some(item) if change.made(&item) => Ok(()),
                    found => Err(change.refused(found.is_some())),
                }
            }
            _ => {
                self.resolve_unknown(change, by_code(Call::Write, code, message))
                    .await
            }
        }
    }
}

fn removal(key: &Key) -> Result<WriteRequest> {
    let delete = DeleteRequest::builder()
        .set_key(Some(key.attributes()))
        .build()
        .map_err(Error::internal)?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}

fn has_beside(change: &Change) -> bool {
    !change.beside.is_empty()
}

/// What one request carries: statements, or a transaction of changes with what
/// stands beside.
fn parts(changes: &[Change], round: Vec<usize>) -> Vec<Vec<usize>> {
    let (linked, plain): (Vec<usize>, Vec<usize>) = round
        .into_iter()
        .partition(|&index| has_beside(&changes[index]));
    let mut parts: Vec<Vec<usize>> = plain.chunks(BATCH).map(<[usize]>::to_vec).collect();
    let mut room = 0;
    for index in linked {
        let writes = 1 + changes[index].beside.len();
        // What stands beside goes in the transaction of its change, so one change is never split.
        if writes > room {
            parts.push(Vec::new());
            room = WRITES_MAX;
        }
        room -= writes;
        if let Some(part) = parts.last_mut() {
            part.push(index);
        }
    }
    parts
}

/// Splits changes so that no round holds one item twice, keeping their order.
fn rounds(changes: &[Change]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<(HashSet<&Key>, Vec<usize>)> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let last = rounds
            .iter()
            .rposition(|(keys, _)| keys.contains(&change.key))
            .map_or(0, |round| round + 1);
        if last == rounds.len() {
            rounds.push((HashSet::new(), Vec::new()));
        }
        rounds[last].0.insert(&change.key);
        rounds[last].1.push(index);
    }
    rounds.into_iter().map(|(_, indexes)| indexes).collect()
}
