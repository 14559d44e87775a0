//! Executions on disk. What is written here in one transaction is one step of an execution, and
//! it is written before the next one begins, so a killed process goes on where it stood.

use crate::clock;
use crate::failure::Stop;
use crate::history::{Event, MOST_EVENTS, history_is_full};
use crate::position::Position;
use crate::record::{self, Execution, Status};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The branch of an execution that is not an iteration of a Map; iterations count from 0.
pub(crate) const TOP: i64 = -1;

// NORMAL loses nothing when the process is killed; only a power cut can take back the last
// writes, and then a step is invoked again.
const SCHEMA: &str = "
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS executions (
  arn TEXT PRIMARY KEY, machine_arn TEXT NOT NULL, name TEXT NOT NULL,
  definition TEXT NOT NULL, input TEXT NOT NULL, status TEXT NOT NULL,
  start_ms INTEGER NOT NULL, stop_ms INTEGER, output TEXT, error TEXT, cause TEXT,
  events INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS unfinished ON executions (start_ms) WHERE told = 0;
CREATE TABLE IF NOT EXISTS positions (
  arn TEXT NOT NULL, branch INTEGER NOT NULL, state TEXT NOT NULL, input TEXT NOT NULL,
  phase TEXT NOT NULL, until_ms INTEGER, retries TEXT NOT NULL, last_event INTEGER NOT NULL,
  PRIMARY KEY (arn, branch)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  arn TEXT NOT NULL, id INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (arn, id)
) STRICT, WITHOUT ROWID;
";

pub(crate) struct Store(Mutex<Connection>);

/// Which events of a history to read.
#[derive(Debug, Clone, Copy)]
pub struct HistoryPage {
    /// Events after this id only, or before it when the newest come first.
    pub after: Option<i64>,
    /// At most this many events.
    pub limit: u32,
    /// From the newest to the oldest.
    pub newest_first: bool,
}

impl Store {
    /// Opens or creates the file `path`; without one, everything is in memory. A file that
    /// another process has open is refused: two would run the same executions.
    pub fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        // The process before may not have let go of the file yet.
        connection.busy_timeout(Duration::from_secs(1))?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    // A panic can't leave the connection half used: a transaction that is dropped is rolled back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a new execution with its first position.
    pub fn begin(
        &self,
        execution: &Execution,
        position: &mut Position,
        events: &[Event],
    ) -> Result<(), Stop> {
        let mut connection = self.lock();
        let transaction = immediate(&mut connection)?;
        transaction.execute(
            "INSERT INTO executions (arn, machine_arn, name, definition, input, status, start_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                execution.arn,
                execution.machine_arn,
                execution.name,
                execution.definition,
                execution.input,
                execution.status.name(),
                execution.start_ms
            ],
        )?;
        append(&transaction, &execution.arn, position, events)?;
        position.write(&transaction, &execution.arn, TOP)?;
        Ok(transaction.commit()?)
    }

    /// Writes the events of one step and where the branch now stands. When the top branch
    /// enters a state, what is left of a Map's iterations goes.
    pub fn save(
        &self,
        arn: &str,
        branch: i64,
        position: &mut Position,
        events: &[Event],
    ) -> Result<(), Stop> {
        let mut connection = self.lock();
        let transaction = immediate(&mut connection)?;
        append(&transaction, arn, position, events)?;
        // Left for a restart until then: the Map is done only when the next state is written.
        if branch == TOP && position.is_new() {
            forget_iterations(&transaction, arn)?;
        }
        position.write(&transaction, arn, branch)?;
        Ok(transaction.commit()?)
    }

    /// Writes the end of a running execution. `ended` holds status, stop date and outcome.
    pub fn end(&self, ended: &Execution, events: &[Event]) -> Result<(), Stop> {
        let mut connection = self.lock();
        let transaction = immediate(&mut connection)?;
        append_end(&transaction, ended, events)?;
        transaction.execute("DELETE FROM positions WHERE arn = ?1", [&ended.arn])?;
        transaction.execute(
            "UPDATE executions SET status = ?2, stop_ms = ?3, output = ?4, error = ?5, cause = ?6 WHERE arn = ?1",
            params![ended.arn, ended.status.name(), ended.stop_ms, ended.output, ended.error, ended.cause],
        )?;
        Ok(transaction.commit()?)
    }

    /// Notes that the event of the execution's end was delivered.
    pub fn mark_notified(&self, arn: &str) -> rusqlite::Result<()> {
        let connection = self.lock();
        connection.execute("UPDATE executions SET told = 1 WHERE arn = ?1", [arn])?;
        Ok(())
    }

    pub fn execution(&self, arn: &str) -> rusqlite::Result<Option<Execution>> {
        let sql = format!(
            "SELECT {} FROM executions WHERE arn = ?1",
            Execution::COLUMNS
        );
        self.lock()
            .query_row(&sql, [arn], Execution::read)
            .optional()
    }

    /// Executions that run, and those whose end has not been delivered, oldest first.
    pub fn unfinished(&self) -> rusqlite::Result<Vec<Execution>> {
        let sql = format!(
            "SELECT {} FROM executions WHERE told = 0 ORDER BY start_ms",
            Execution::COLUMNS
        );
        let connection = self.lock();
        let mut statement = connection.prepare(&sql)?;
        statement.query_map([], Execution::read)?.collect()
    }

    /// Where every branch of an execution stands.
    pub fn positions(&self, arn: &str) -> rusqlite::Result<BTreeMap<i64, Position>> {
        let connection = self.lock();
        Position::read_all(&connection, arn)
    }

    pub fn history(&self, arn: &str, page: HistoryPage) -> rusqlite::Result<Vec<Value>> {
        let (condition, order) = if page.newest_first {
            ("<", "DESC")
        } else {
            (">", "ASC")
        };
        let start = if page.newest_first { i64::MAX } else { 0 };
        let sql = format!(
            "SELECT event FROM events WHERE arn = ?1 AND id {condition} ?2 ORDER BY id {order} LIMIT ?3"
        );
        let connection = self.lock();
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map(
            params![arn, page.after.unwrap_or(start), page.limit],
            |row| record::json(row, 0),
        )?;
        rows.collect()
    }
}

fn immediate(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn forget_iterations(transaction: &Transaction<'_>, arn: &str) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached("DELETE FROM positions WHERE arn = ?1 AND branch >= 0")?
        .execute([arn])
}

/// How many events a running execution has.
fn count(transaction: &Transaction<'_>, arn: &str) -> Result<i64, Stop> {
    let mut statement =
        transaction.prepare_cached("SELECT status, events FROM executions WHERE arn = ?1")?;
    let (status, events): (String, i64) =
        statement.query_row([arn], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // Read in the writing transaction: whoever stopped the execution meanwhile is seen.
    if status == Status::Running.name() {
        Ok(events)
    } else {
        Err(Stop::Ended)
    }
}

fn append(
    transaction: &Transaction<'_>,
    arn: &str,
    position: &mut Position,
    events: &[Event],
) -> Result<(), Stop> {
    let before = count(transaction, arn)?;
    if before + events.len() as i64 >= MOST_EVENTS {
        return Err(history_is_full().into());
    }
    position.last_event = write_events(transaction, arn, (before, position.last_event), events)?;
    Ok(())
}

/// A success may be the last event there can be; a failure always finds room for its own.
fn append_end(
    transaction: &Transaction<'_>,
    ended: &Execution,
    events: &[Event],
) -> Result<(), Stop> {
    let before = count(transaction, &ended.arn)?;
    let room = usize::try_from(MOST_EVENTS - before).unwrap_or(0);
    if events.len() > room {
        return Err(history_is_full().into());
    }
    write_events(transaction, &ended.arn, (before, before), events)?;
    Ok(())
}

/// Appends `events` after the ids (last of the execution, last of the branch); returns the new last id.
fn write_events(
    transaction: &Transaction<'_>,
    arn: &str,
    (mut id, mut previous): (i64, i64),
    events: &[Event],
) -> rusqlite::Result<i64> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO events (arn, id, event) VALUES (?1, ?2, ?3)")?;
    for event in events {
        id += 1;
        let mut value = json!({"id": id, "previousEventId": previous, "type": event.kind,
            "timestamp": clock::epoch_seconds(clock::now_ms())});
        if let Some((member, details)) = &event.details {
            value[*member] = details.clone();
        }
        insert.execute(params![arn, id, value.to_string()])?;
        previous = id;
    }
    let mut update =
        transaction.prepare_cached("UPDATE executions SET events = ?2 WHERE arn = ?1")?;
    update.execute(params![arn, id])?;
    Ok(previous)
}
