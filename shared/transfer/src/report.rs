//! What becomes of each row: a count for all, a line for those refused.

use crate::columns::Column;
use model::Problem;
use std::fmt;
use std::io::Write;

/// Rows by what has become of them: each is in exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub refused: u64,
}

impl Counts {
    pub fn rows(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.refused
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} created, {} updated, {} unchanged, {} refused",
            self.created, self.updated, self.unchanged, self.refused
        )
    }
}

/// What has become of a file.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the records that came with it carry as `sys_bulk_load_id`.
    pub id: String,
    pub counts: Counts,
}

/// The problems as CSV: `line,column,reason`, nothing where there are none.
pub struct Report<W: Write> {
    csv: csv::Writer<W>,
    begun: bool,
}

impl<W: Write> Report<W> {
    pub fn new(out: W) -> Report<W> {
        let csv = csv::Writer::from_writer(out);
        Report { csv, begun: false }
    }

    /// A problem of the row that begins on `line`.
    ///
    /// # Errors
    /// One line, if it cannot be written.
    pub fn add(&mut self, line: u64, column: &str, reason: &str) -> Result<(), String> {
        // A report of no problems is an empty file, not one with a header.
        if !self.begun {
            self.begun = true;
            self.write(&["line", "column", "reason"])?;
        }
        self.write(&[&line.to_string(), column, reason])
    }

    /// A problem of a record, as seen from the file's columns.
    ///
    /// # Errors
    /// As [`Report::add`].
    pub fn problem(
        &mut self,
        line: u64,
        problem: &Problem,
        columns: &[Column],
    ) -> Result<(), String> {
        let (column, inside) = place(&problem.path, columns);
        match inside.is_empty() {
            true => self.add(line, &column, &problem.message),
            false => self.add(line, &column, &format!("{inside} {}", problem.message)),
        }
    }

    fn write(&mut self, cells: &[&str]) -> Result<(), String> {
        let written = self.csv.write_record(cells);
        written.map_err(|cause| format!("the report cannot be written: {cause}"))
    }

    /// # Errors
    /// As [`Report::add`].
    pub fn flush(&mut self) -> Result<(), String> {
        let flushed = self.csv.flush();
        flushed.map_err(|cause| format!("the report cannot be written: {cause}"))
    }
}

/// The column a JSON pointer lies in, and where inside its cell.
fn place<'a>(path: &'a str, columns: &[Column]) -> (String, &'a str) {
    let inside = |column: &Column| {
        let rest = path.strip_prefix(&column.pointer())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    };
    let found = columns
        .iter()
        .find_map(|column| Some((column.name.clone(), inside(column)?)));
    found.unwrap_or_else(|| (path.trim_start_matches('/').replace('/', "."), ""))
}
