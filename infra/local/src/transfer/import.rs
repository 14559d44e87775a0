//! Bringing a file in, some rows at a time: read, compared with what is there,
//! settled, checked, written. A row that breaks a rule is refused and spoils no
//! other; a row that says what is stored already writes nothing.

use super::columns::{self, Column};
use super::draft::Draft;
use super::group::{Group, with_group};
use super::members::{Catalogue, Owners};
use super::report::{Counts, Report};
use super::seen::Seen;
use super::source::{Encoding, Row, Rows, Source};
use jiff::Timestamp;
use model::field::moment;
use model::index::BY_NUMBER;
use model::resource::Layout;
use model::resources::membership::NUMBER_FIELD;
use model::resources::membership_search::{partition, sort_key};
use model::resources::membership_settle::{begin, settle};
use model::{Error, Problem, Problems, Record, Resource, WriteContext, sys};
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use store::{Change, Links, Query, Range, Store};

/// Rows that are in memory at once. Those of a small group may refer to each
/// other, so they are taken together.
const ROWS: usize = 500;
const ROWS_OF_SMALL: usize = 5_000;

/// The counter that memberships are numbered by.
const NUMBERS: &str = "membership";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
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
/// done and of how many, and reports each problem.
///
/// # Errors
/// One line: the file as a whole cannot be read, or the store failed. What was
/// written until then stays; the same file can be imported again.
pub async fn import<W: Write>(
    store: &Store,
    file: &Path,
    wish: Wish,
    report: &mut Report<W>,
    progress: impl Fn(u64, u64),
) -> Result<Outcome, String> {
    let group = Group::choose(wish.group, file)?;
    let source = Source::open(file, wish.encoding)?;
    with_group!(group, R => {
        let known = columns::of(group, R::SCHEMA);
        let columns = columns::named(&source.header, &known)
            .map_err(|wrong| format!("{}, {wrong}", file.display()))?;
        let survey = Survey::of(&source, &columns)?;
        let mut import = Import::begin(store, group, &source, columns, wish.dry_run).await?;
        import.reserve(&survey).await.map_err(|error| error.to_string())?;
        import.run::<R, W>(source.rows()?, report, |done| progress(done, survey.rows)).await?;
        import.outcome(&survey)
    })
}

/// What one reading of the whole file has shown, before anything is written.
struct Survey {
    rows: u64,
    /// The highest membership number it brings.
    number: Option<i64>,
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

struct Import<'a> {
    store: &'a Store,
    source: &'a Source,
    columns: Vec<Column>,
    context: WriteContext,
    id: String,
    dry_run: bool,
    /// Only for memberships.
    catalogue: Option<Catalogue>,
    ids: Seen,
    numbers: Seen,
    /// Above this no membership had a number before.
    given: i64,
    counts: Counts,
    /// Of the rows at hand, by line.
    problems: Vec<(u64, Problem)>,
}

/// A row that may be written.
struct Ready {
    draft: Draft,
    change: Option<Change>,
    links: Links,
    problems: Vec<Problem>,
}

impl<'a> Import<'a> {
    async fn begin(
        store: &'a Store,
        group: Group,
        source: &'a Source,
        columns: Vec<Column>,
        dry_run: bool,
    ) -> Result<Import<'a>, String> {
        let now = Timestamp::now();
        let catalogue = match group {
            Group::Memberships => Some(Catalogue::load(store, now).await),
            _ => None,
        };
        Ok(Import {
            store,
            source,
            columns,
            context: WriteContext {
                user: "import".into(),
                via: "import".into(),
                now,
            },
            id: format!("{group}-{}", model::ids::generate()),
            dry_run,
            catalogue: catalogue.transpose().map_err(|error| error.to_string())?,
            ids: Seen::default(),
            numbers: Seen::default(),
            given: 0,
            counts: Counts::default(),
            problems: Vec::new(),
        })
    }

    /// Keeps the numbers that the file brings from being given to others.
    async fn reserve(&mut self, survey: &Survey) -> model::Result<()> {
        let Some(number) = survey.number else {
            return Ok(());
        };
        self.given = self.store.last_number(NUMBERS).await?;
        match number > self.given && !self.dry_run {
            true => self.store.raise_counter(NUMBERS, number).await,
            false => Ok(()),
        }
    }

    async fn run<R: Resource, W: Write>(
        &mut self,
        mut rows: Rows<'_>,
        report: &mut Report<W>,
        progress: impl Fn(u64),
    ) -> Result<(), String> {
        let size = match R::LAYOUT {
            Layout::Small => ROWS_OF_SMALL,
            _ => ROWS,
        };
        loop {
            let mut taken = Vec::new();
            while taken.len() < size
                && let Some(row) = rows.read()?
            {
                taken.push(row);
            }
            let (Some(first), last) = (taken.first().map(|row| row.line), taken.len() < size)
            else {
                return Ok(());
            };
            let done = self.take::<R>(taken).await;
            done.map_err(|error| {
                format!("stopped at line {first}: {error}; import the file again, what is there will stay")
            })?;
            self.tell(report)?;
            progress(self.counts.rows());
            if last {
                return Ok(());
            }
        }
    }

    fn outcome(self, survey: &Survey) -> Result<Outcome, String> {
        let (counted, rows) = (self.counts.rows(), survey.rows);
        if counted != rows {
            return Err(format!("{counted} rows are accounted for, of {rows}"));
        }
        Ok(Outcome {
            id: self.id,
            counts: self.counts,
        })
    }

    async fn take<R: Resource>(&mut self, rows: Vec<Row>) -> model::Result<()> {
        let mut drafts = Vec::new();
        for row in rows {
            let line = row.line;
            match Draft::read(row, &self.columns).and_then(|draft| self.distinct(draft)) {
                Ok(draft) => drafts.push(draft),
                Err(problems) => self.refuse(line, problems),
            }
        }
        let changed = self.compare::<R>(drafts).await?;
        let mut ready = self.prepare::<R>(changed).await?;
        self.resolve::<R>(&mut ready);
        let (sound, refused): (Vec<Ready>, Vec<Ready>) = ready
            .into_iter()
            .partition(|ready| ready.problems.is_empty());
        for Ready {
            draft, problems, ..
        } in refused
        {
            self.refuse(draft.line, problems);
        }
        self.write(sound).await
    }

    fn refuse(&mut self, line: u64, problems: Vec<Problem>) {
        self.counts.refused += 1;
        let told = problems.into_iter().map(|problem| (line, problem));
        self.problems.extend(told);
    }

    fn tell<W: Write>(&mut self, report: &mut Report<W>) -> Result<(), String> {
        self.problems.sort_by_key(|(line, _)| *line);
        for (line, problem) in self.problems.drain(..) {
            report.problem(line, &problem, &self.columns)?;
        }
        report.flush()
    }

    /// Refuses what the file has brought before.
    fn distinct(&mut self, draft: Draft) -> Result<Draft, Vec<Problem>> {
        let twice = |what: &str, first: Option<u32>| {
            first.map(|line| {
                Problem::new(format!("/{what}"), format!("stands on line {line} already"))
            })
        };
        let number = draft.text(NUMBER_FIELD.name());
        let problems: Vec<Problem> = [
            twice("id", self.ids.first(&draft.id, draft.line)),
            number.and_then(|number| twice("number", self.numbers.first(&number, draft.line))),
        ]
        .into_iter()
        .flatten()
        .collect();
        match problems.is_empty() {
            true => Ok(draft),
            false => Err(problems),
        }
    }

    /// Lays each row over what is stored; counts those that change nothing.
    async fn compare<R: Resource>(&mut self, drafts: Vec<Draft>) -> model::Result<Vec<Draft>> {
        let ids: Vec<String> = drafts.iter().map(|draft| draft.id.clone()).collect();
        let stored = self.store.get_many::<R>(&ids).await?;
        let mut changed = Vec::new();
        for (mut draft, before) in drafts.into_iter().zip(stored) {
            draft.lay_over(before, &self.columns);
            match draft.changes() {
                true => changed.push(draft),
                false => self.counts.unchanged += 1,
            }
        }
        Ok(changed)
    }

    /// Settles and checks each row, and looks up what it refers to.
    async fn prepare<R: Resource>(&self, drafts: Vec<Draft>) -> model::Result<Vec<Ready>> {
        let afters = || drafts.iter().map(|draft| &draft.after);
        let owners = match self.catalogue {
            Some(_) => Some(Owners::of_all(self.store, afters()).await?),
            None => None,
        };
        let unnumbered = |draft: &&Draft| draft.before.is_none() && !draft.after.has(NUMBER_FIELD);
        let wanted = drafts.iter().filter(unnumbered).count() as u32;
        let mut numbers = match self.catalogue.is_some() && !self.dry_run && wanted > 0 {
            true => self.store.numbers(NUMBERS, wanted).await?,
            // A number of its own is nothing that a check could miss.
            false => 1..i64::from(wanted) + 1,
        };
        let mut ready = Vec::new();
        for mut draft in drafts {
            let mut problems = Problems::default();
            if let (Some(catalogue), Some(owners)) = (&self.catalogue, &owners) {
                if draft.before.is_none() && !draft.after.has(NUMBER_FIELD) {
                    draft.after.put(NUMBER_FIELD, numbers.next());
                }
                let before = draft.before.as_ref();
                begin(before, &mut draft.after);
                let facts = catalogue.facts(owners, &draft.after);
                settle(
                    &self.context,
                    before,
                    &mut draft.after,
                    &facts,
                    &mut problems,
                );
            }
            draft.check(&self.columns, &mut problems);
            self.check_number(&draft, &mut problems).await?;
            self.stamp(&mut draft);
            ready.push(self.checked::<R>(draft, problems)?);
        }
        let writes: Vec<(Option<&Record>, &Record)> = ready
            .iter()
            .map(|ready| (ready.draft.before.as_ref(), &ready.draft.after))
            .collect();
        let links = self.store.links::<R>(&writes).await?;
        for (ready, links) in ready.iter_mut().zip(links) {
            ready.links = links;
        }
        Ok(ready)
    }

    /// Refuses a number that another membership has.
    async fn check_number(&self, draft: &Draft, problems: &mut Problems) -> model::Result<()> {
        let kept = draft.before.as_ref().and_then(|b| b.get(NUMBER_FIELD));
        let brought = draft.after.get(NUMBER_FIELD).filter(|n| Some(*n) != kept);
        let Some(number) = brought.filter(|number| *number <= self.given) else {
            return Ok(());
        };
        let query = numbered(self.store, number);
        let mut found = self.store.query_keys(&query, None).await?.items.into_iter();
        if let Some((_, id)) = found.find(|(_, id)| *id != draft.id) {
            problems.add("/number", format!("is that of the membership {id}"));
        }
        Ok(())
    }

    fn checked<R: Resource>(&self, draft: Draft, problems: Problems) -> model::Result<Ready> {
        let change =
            self.store
                .change::<R>(&self.context, draft.before.as_ref(), draft.after.clone());
        let mut found = match problems.into_result() {
            Err(Error::Invalid(problems)) => problems,
            _ => Vec::new(),
        };
        let change = match change {
            Ok(change) => Some(change),
            Err(Error::Invalid(problems)) => {
                found.extend(problems);
                None
            }
            Err(error) => return Err(error),
        };
        Ok(Ready {
            draft,
            change,
            links: Links::default(),
            problems: found,
        })
    }

    /// What the server keeps of an import on each record.
    fn stamp(&self, draft: &mut Draft) {
        let version = draft.before.as_ref().and_then(|b| b.get(sys::VERSION));
        let record = &mut draft.after;
        record.set(sys::LAST_BULK_ID, self.id.clone());
        record.set(
            sys::LAST_BULK_VERSION,
            (version.unwrap_or(0) + 1).to_string(),
        );
        if draft.before.is_none() {
            record.set(sys::BULK_LOAD_ID, self.id.clone());
            record.set(sys::BULK_LOAD_PK, draft.id.clone());
            record.set(sys::BULK_LOAD_AT, moment(self.context.now));
            record.set(sys::BULK_LOAD_RECORD_NO, draft.line as i64);
            record.set(sys::BULK_LOAD_SOURCE_FILE, self.source.name());
        }
    }

    /// Refuses rows that refer to nothing. What another row here will make is
    /// something; so a refusal may bring others with it.
    fn resolve<R: Resource>(&self, ready: &mut [Ready]) {
        loop {
            let coming: HashSet<String> = ready
                .iter()
                .filter(|row| row.problems.is_empty())
                .map(|row| row.draft.id.clone())
                .collect();
            let mut refused = false;
            for row in ready.iter_mut() {
                let (gone, there): (Vec<_>, Vec<_>) = std::mem::take(&mut row.links.missing)
                    .into_iter()
                    .partition(|missing| {
                        let earlier = self.dry_run && self.ids.has(&missing.id);
                        missing.resource != R::NAME || !(earlier || coming.contains(&missing.id))
                    });
                row.links.missing = there;
                refused |= row.problems.is_empty() && !gone.is_empty();
                row.problems
                    .extend(gone.into_iter().map(|missing| missing.problem));
            }
            if !refused {
                return;
            }
        }
    }

    async fn write(&mut self, ready: Vec<Ready>) -> model::Result<()> {
        let (drafts, outcomes) = match self.dry_run {
            true => ready.into_iter().map(|row| (row.draft, Ok(()))).unzip(),
            false => self.store_all(ready).await?,
        };
        for (draft, outcome) in drafts.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) if draft.before.is_none() => self.counts.created += 1,
                Ok(()) => self.counts.updated += 1,
                Err(Error::Invalid(problems) | Error::Conflict(problems)) => {
                    self.refuse(draft.line, problems);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn store_all(
        &self,
        ready: Vec<Ready>,
    ) -> model::Result<(Vec<Draft>, Vec<model::Result<()>>)> {
        self.store.mark(ready.iter().map(|row| &row.links)).await?;
        let missing = ready.iter().flat_map(|row| &row.links.missing);
        let used: HashSet<String> = missing.map(|missing| missing.id.clone()).collect();
        let (mut drafts, mut changes): (Vec<Draft>, Vec<Change>) = Default::default();
        for row in ready {
            drafts.push(row.draft);
            changes.extend(row.change.map(|change| match used.contains(change.id()) {
                true => change.used(),
                false => change,
            }));
        }
        let outcomes = self.store.write_all(&changes).await;
        Ok((drafts, outcomes))
    }
}

/// The memberships that have a number.
fn numbered(store: &Store, number: i64) -> Query {
    let key = sort_key(number);
    let query = Query::index(BY_NUMBER, partition(store.tenant(), number));
    query.range(Range::Between(key.clone(), key))
}
