//! An execution as it is kept and described.

use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::Value;

/// Where an execution stands. The names are the API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

/// An execution, running or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    pub arn: String,
    pub machine_arn: String,
    pub name: String,
    /// The definition it began with, its substitutions filled; a later deployment changes
    /// nothing for it.
    pub definition: String,
    /// JSON text, as given.
    pub input: String,
    pub status: Status,
    /// Milliseconds since 1970.
    pub start_ms: i64,
    /// Milliseconds since 1970; none while it runs.
    pub stop_ms: Option<i64>,
    /// JSON text; only of a success.
    pub output: Option<String>,
    pub error: Option<String>,
    pub cause: Option<String>,
}

impl Status {
    /// The API's name, as in `TIMED_OUT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Running,
            Self::Succeeded,
            Self::Failed,
            Self::TimedOut,
            Self::Aborted,
        ];
        all.into_iter().find(|status| status.name() == name)
    }
}

impl Execution {
    pub(crate) const COLUMNS: &'static str = "arn, machine_arn, name, definition, input, status, start_ms, stop_ms, output, error, cause";

    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let status: String = row.get(5)?;
        Ok(Self {
            arn: row.get(0)?,
            machine_arn: row.get(1)?,
            name: row.get(2)?,
            definition: row.get(3)?,
            input: row.get(4)?,
            status: Status::from_name(&status)
                .ok_or_else(|| unreadable(5, format!("status {status}")))?,
            start_ms: row.get(6)?,
            stop_ms: row.get(7)?,
            output: row.get(8)?,
            error: row.get(9)?,
            cause: row.get(10)?,
        })
    }
}

/// The JSON text in a column, numbers as written.
pub(crate) fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(column, error.to_string()))
}

pub(crate) fn unreadable(column: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
