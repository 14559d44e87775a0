//! Bringing a file in, some rows at a time: read, compared with what is there,
//! settled, checked, written. A row that breaks a rule is refused and spoils no
//! other; a row that says what is stored already writes nothing.

use crate::columns;
use crate::group::{Group, with_group};
use crate::load::{ImportOptions, Load};
use crate::report::{Outcome, Report};
use crate::settings;
use crate::source::Source;
use crate::survey::Survey;
use model::Resource;
use std::io::Write;
use std::path::Path;
use store::Store;

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
        // A whole reading first: a file that breaks off is refused before anything of it is
        // written.
        let settings = settings::of(store).await?;
        let mut survey = Survey::of(&source, &columns, settings.csv.with(options.style))?;
        let mut load = Load::begin(store, group, &source, columns, &settings, options).await?;
        load.survey(&mut survey).await.map_err(|error| error.to_string())?;
        load.run::<R, W>(source.rows()?, report, progress).await?;
        load.outcome(&survey)
    })
}
