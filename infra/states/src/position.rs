//! Where one branch of an execution stands.

use crate::record;
use rusqlite::{Connection, Row, Transaction, params};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) struct Position {
    /// The state it is in.
    pub state: String,
    /// That state's input; of an iteration that is done, its output.
    pub input: Value,
    pub phase: Phase,
    /// Retries so far, one number for each retrier of the state.
    pub retries: Vec<u64>,
    /// The branch's latest history event, the one its next event follows.
    pub last_event: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The state was entered and has done nothing yet.
    Entered,
    /// A Task's attempt is under way, or a Map's iterations are.
    Begun,
    /// A Wait or the pause before a retry ends at this time (milliseconds since 1970).
    Until(i64),
    /// The iteration has succeeded.
    Done,
}

impl Position {
    pub fn enter(state: &str, input: Value, last_event: i64) -> Self {
        Self {
            state: state.to_owned(),
            input,
            phase: Phase::Entered,
            retries: Vec::new(),
            last_event,
        }
    }

    /// True when the state was just entered, and for nothing else.
    pub fn is_new(&self) -> bool {
        self.phase == Phase::Entered
    }

    pub fn write(
        &self,
        transaction: &Transaction<'_>,
        arn: &str,
        branch: i64,
    ) -> rusqlite::Result<()> {
        let (phase, until_ms) = self.phase.columns();
        let retries = Value::from(self.retries.clone()).to_string();
        let mut upsert = transaction.prepare_cached(
            // One row a branch: the history keeps what was before.
            "INSERT OR REPLACE INTO positions (arn, branch, state, input, phase, until_ms, retries, last_event)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        let input = self.input.to_string();
        upsert.execute(params![
            arn,
            branch,
            self.state,
            input,
            phase,
            until_ms,
            retries,
            self.last_event
        ])?;
        Ok(())
    }

    pub fn read_all(connection: &Connection, arn: &str) -> rusqlite::Result<BTreeMap<i64, Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT branch, state, input, phase, until_ms, retries, last_event FROM positions WHERE arn = ?1",
        )?;
        statement
            .query_map([arn], |row| Ok((row.get(0)?, Self::read(row)?)))?
            .collect()
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let retries = record::json(row, 5)?;
        let retries = retries
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64);
        Ok(Self {
            state: row.get(1)?,
            input: record::json(row, 2)?,
            phase: Phase::read(row)?,
            retries: retries.collect(),
            last_event: row.get(6)?,
        })
    }
}

impl Phase {
    fn columns(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Entered => ("entered", None),
            Self::Begun => ("begun", None),
            Self::Until(ms) => ("until", Some(ms)),
            Self::Done => ("done", None),
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let phase: String = row.get(3)?;
        match phase.as_str() {
            "entered" => Ok(Self::Entered),
            "begun" => Ok(Self::Begun),
            "until" => row.get(4).map(Self::Until),
            "done" => Ok(Self::Done),
            other => Err(record::unreadable(3, format!("phase {other}"))),
        }
    }
}
