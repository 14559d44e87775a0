//! A first reading of the whole file, before anything is written.

use crate::cell;
use crate::columns::Column;
use crate::source::Source;
use model::field::whole;
use model::resources::csv_style::CsvStyle;
use model::resources::membership::NUMBER_FIELD;
use std::collections::HashSet;

/// What the first reading has shown.
pub struct Survey {
    pub rows: u64,
    /// The membership numbers it brings: none of them is given to another row.
    pub numbers: HashSet<i64>,
}

impl Survey {
    /// # Errors
    /// One line: a part of the file cannot be read.
    pub fn of(source: &Source, columns: &[Column], style: CsvStyle) -> Result<Survey, String> {
        let is_number = |column: &Column| column.name == NUMBER_FIELD.name();
        let place = columns.iter().position(is_number);
        let mut survey = Survey {
            rows: 0,
            numbers: HashSet::new(),
        };
        let mut rows = source.rows()?;
        while let Some(row) = rows.read()? {
            survey.rows += 1;
            let brought = |place: usize| {
                let cell = row.cells.get(place)?;
                whole(&cell::read(&columns[place].kind, cell, style).ok()??)
            };
            survey.numbers.extend(place.and_then(brought));
        }
        Ok(survey)
    }
}
