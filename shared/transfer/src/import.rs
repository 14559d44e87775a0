//! Bringing a file in, some rows at a time: read, compared with what is there,
//! settled, checked, written. A row that breaks a rule is refused and spoils no
//! other; a row that says what is stored already writes nothing.

use crate::columns::{self, Column};
use crate::group::{Group, with_group};
use crate::load::Load;
use crate::report::{Counts, Report};
use crate::source::{Encoding, Source};
use model::Resource;
use model::resources::membership::NUMBER_FIELD;
use std::io::Write;
use std::path::Path;
use store::Store;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Otherwise the file's name says it.
    pub group: Option<Group>,
    pub encoding: Encoding,
    /// Check everything and write nothing.
    pub dry_run: bool,
}

/// What has become of a file.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the records that came with it carry as `sys_bulk_load_id`.
    pub id: String,
    pub counts: Counts,
}

/// Brings a file into the store's tenant, tells `progress` how many rows are
/// done, and reports each problem.
///
/// # Errors
/// One line: the file as a whole cannot be read, or the store failed. What was
/// written until then stays; the same file can be imported again.
pub async fn import<W: Write>(
    store: &Store,
    file: &Path,
    options: ImportOptions,
    report: &mut Report<W>,
    progress: impl Fn(u64),
) -> Result<Outcome, String> {
    let group = Group::choose(options.group, file)?;
    let source = Source::open(file, options.encoding)?;
    with_group!(group, R => {
        let known = columns::of(group, R::SCHEMA);
        let columns = columns::named(&source.header, &known)
            .map_err(|wrong| format!("{}, {wrong}", file.display()))?;
        let survey = Survey::of(&source, &columns)?;
        let mut load = Load::begin(store, group, &source, columns, options.dry_run).await?;
        load.reserve(&survey).await.map_err(|error| error.to_string())?;
        load.run::<R, W>(source.rows()?, report, progress).await?;
        load.outcome(&survey)
    })
}

/// What one reading of the whole file has shown, before anything is written.
pub struct Survey {
    pub rows: u64,
    /// The highest membership number it brings.
    pub number: Option<i64>,
}

impl Survey {
    fn of(source: &Source, columns: &[Column]) -> Result<Survey, String> {
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
