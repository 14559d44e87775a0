//! A row on its way to become a record.

use crate::cell;
use crate::columns::Column;
use crate::source::Row;
use ledger::brought;
use model::field::{Kind, decimal};
use model::json::same;
use model::resource::ID_FIELD;
use model::resources::csv_style::CsvStyle;
use model::resources::membership::computed::{id_of, is_copied, shows_otherwise};
use model::resources::membership::{HISTORY, OWNER_TYPE};
use model::resources::owner::owner_type;
use model::{Problem, Problems, Record, Resource, sys};
use serde_json::Value;

pub struct Draft {
    pub line: u64,
    /// Its `id`, or the one its owner gives a membership; empty if it has none.
    pub id: String,
    /// A value for each column; `None` where the cell is empty, null where it
    /// takes the field away.
    values: Vec<Option<Value>>,
    pub before: Option<Record>,
    pub after: Record,
    /// The columns in which it asks for something else than what is stored.
    asked: Vec<usize>,
}

impl Draft {
    /// # Errors
    /// What is wrong with the row or its cells.
    pub fn read(row: Row, columns: &[Column], style: CsvStyle) -> Result<Draft, Vec<Problem>> {
        // Cells can't be told apart from then on: a separator in a text that was not quoted has
        // shifted them.
        if row.cells.len() != columns.len() {
            let (has, wanted) = (row.cells.len(), columns.len());
            let rule = format!("the row has {has} cells, the header {wanted}");
            return Err(vec![Problem::new("", rule)]);
        }
        let mut problems = Vec::new();
        let mut values = Vec::new();
        for (column, cell) in columns.iter().zip(&row.cells) {
            let read = cell::read(&column.kind, cell, style);
            let wrong = |rule| problems.push(Problem::new(column.pointer(), rule));
            values.push(read.map_err(wrong).unwrap_or_default());
        }
        let mut after = Record::default();
        for (column, value) in columns.iter().zip(&values).filter(|(_, v)| v.is_some()) {
            column.put(&mut after, value.clone());
        }
        // A membership may come without: its owner makes its id.
        let given = after.get(ID_FIELD).filter(|id| !id.is_empty());
        let id = given.or_else(|| id_of(&after)).unwrap_or_default();
        if id.is_empty() && problems.is_empty() {
            let owned = columns
                .iter()
                .any(|column| column.name == OWNER_TYPE.name());
            let rule = match owned {
                true => "is required, unless owner_type and the owner's id say whose it is",
                false => "is required",
            };
            problems.push(Problem::new("/id", rule));
        }
        match problems.is_empty() {
            true => Ok(Draft {
                line: row.line,
                id,
                values,
                before: None,
                after,
                asked: Vec::new(),
            }),
            false => Err(problems),
        }
    }
}

impl Draft {
    /// The rows of a whole history, as an export writes it, that stand beside the
    /// record are there and stay there: what follows them is what the record holds.
    pub fn leave_out_of_history(&mut self, beside: &[Value], columns: &[Column]) {
        let names = columns
            .iter()
            .position(|column| column.name == HISTORY.name());
        let given = names.and_then(|at| self.values[at].as_mut());
        let Some(Value::Array(rows)) = given else {
            return;
        };
        let is_there = |(row, there)| same(row, there);
        if rows.len() >= beside.len() && rows.iter().zip(beside).all(is_there) {
            rows.drain(..beside.len());
        }
    }

    /// Makes of the row what the record is to become.
    pub fn lay_over(&mut self, before: Option<Record>, columns: &[Column]) {
        let cells = || columns.iter().zip(&self.values).enumerate();
        let Some(stored) = before else {
            let given = |(at, (_, value)): (usize, (_, &Option<Value>))| value.as_ref().map(|_| at);
            self.asked = cells().filter_map(given).collect();
            self.after.set(ID_FIELD, self.id.clone());
            return;
        };
        let mut after = stored.clone();
        for (at, (column, value)) in cells() {
            let asks = match (column.get(&stored), value) {
                (Some(stored), Some(value)) => !same(stored, value),
                // An empty cell takes a field away, unless the server would only fill it again.
                (Some(_), None) => !column.keeps,
                (None, value) => value.as_ref().is_some_and(|value| !value.is_null()),
            };
            if asks {
                // Refused by `check`, so what is stored stays to be shown.
                if value.is_some() || !cell::needs_word(&column.kind) {
                    column.put(&mut after, value.clone());
                }
                self.asked.push(at);
            }
        }
        self.after = after;
        self.before = Some(stored);
    }

    /// Whether there is anything to write.
    pub fn changes(&self) -> bool {
        self.before.is_none() || !self.asked.is_empty()
    }

    /// Whether memberships show something of the record that it changes.
    pub fn is_followed<R: Resource>(&self) -> bool {
        let changes = |before| shows_otherwise(before, &self.after);
        owner_type::<R>().is_some() && self.before.as_ref().is_some_and(changes)
    }

    /// Whether the ledger has a part in the change of a membership.
    pub fn is_of_ledger(&self) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| ledger::members::takes_part(before, &self.after))
    }

    /// Whether it tells of a bill that becomes an order.
    pub fn brings_bill(&self) -> bool {
        brought::told(self.before.as_ref(), &self.after)
    }

    /// Adds what the row asks for and does not get, and a lock that stands in
    /// its way.
    pub fn check(&self, columns: &[Column], style: CsvStyle, problems: &mut Problems) {
        let locked = self.before.as_ref().is_some_and(|b| b.is(sys::LOCKED));
        // A row that unlocks may change the rest, as an admin may by the API.
        if locked && self.after.is(sys::LOCKED) {
            problems.add(
                "/sys_locked",
                "the record is locked: only a row with false here can change it",
            );
        }
        for &at in &self.asked {
            let (column, asked) = (&columns[at], self.values[at].as_ref());
            if let (None, Some(stored)) = (asked, self.needs_word(column)) {
                let stored = cell::write(&column.kind, stored, style);
                problems.add(
                    column.pointer(),
                    format!("is empty where {stored} is stored: null takes it away, and without the column it stays"),
                );
                continue;
            }
            let asked = asked.filter(|asked| !asked.is_null());
            let got = column.get(&self.after);
            let heard = match (asked, got) {
                (Some(asked), Some(got)) => same(asked, got),
                (asked, got) => asked.is_none() && got.is_none(),
            };
            // Copies follow the owner whatever the row says: a file from elsewhere may hold an
            // older name.
            if !heard && !is_copied(&column.name) {
                let would = got.map_or("nothing".into(), |got| {
                    cell::write(&column.kind, got, style)
                });
                problems.add(
                    column.pointer(),
                    format!("follows from other fields, and would be {would}"),
                );
            }
        }
    }

    /// What is stored where an empty cell is not enough to take it away.
    fn needs_word<'a>(&'a self, column: &Column) -> Option<&'a Value> {
        let stored = column.get(self.before.as_ref()?)?;
        cell::needs_word(&column.kind).then_some(stored)
    }

    /// What the row does that it may not have meant.
    pub fn doubts(&self, columns: &[Column], style: CsvStyle) -> Vec<Problem> {
        let doubt = |&at: &usize| {
            let (column, value) = (&columns[at], self.values[at].as_ref()?);
            let before = self.before.as_ref().and_then(|before| column.get(before));
            let about = match column.kind {
                Kind::Money if is_zero(value) => {
                    let before = before.filter(|before| !is_zero(before))?;
                    let before = cell::write(&column.kind, before, style);
                    format!("0 in place of {before}: so reads a formula that was never calculated")
                }
                Kind::Text { .. } if value.as_str().is_some_and(cell::is_shortened) => {
                    "looks like a long number that a spreadsheet has shortened".to_owned()
                }
                _ => return None,
            };
            Some(Problem::new(column.pointer(), format!("warning: {about}")))
        };
        self.asked.iter().filter_map(doubt).collect()
    }
}

fn is_zero(value: &Value) -> bool {
    decimal(value).is_some_and(|amount| amount.is_zero())
}
