//! A first reading of the whole file, before anything is written.

use crate::columns::Column;
use crate::source::Source;
use model::resources::membership::NUMBER_FIELD;

/// What the first reading has shown.
pub struct Survey {
    pub rows: u64,
    /// The highest membership number it brings.
    pub number: Option<i64>,
}

impl Survey {
    /// # Errors
    /// One line: a part of the file cannot be read.
    pub fn of(source: &Source, columns: &[Column]) -> Result<Survey, String> {
        let numbers = |column: &Column| column.name == NUMBER_FIELD.name();
        let place = columns.iter().position(numbers);
        let mut survey = Survey {
            rows: 0,
            number: None,
        };
        let mut rows = source.rows()?;
        while let Some(row) = rows.read()? {
            survey.rows += 1;
            let number = place.and_then(|place| row.cells.get(place)?.parse().ok());
            survey.number = survey.number.max(number);
        }
        Ok(survey)
    }
}
