//! An import under way: rows are taken some hundred at a time, and each ends in
//! exactly one count.

use crate::columns::Column;
use crate::draft::Draft;
use crate::encoding::Encoding;
use crate::group::Group;
use crate::members::Catalogue;
use crate::ready::Ready;
use crate::report::{Counts, Outcome, Report};
use crate::seats::SeatsKnown;
use crate::seen::Seen;
use crate::source::{Row, Rows, Source};
use crate::survey::Survey;
use jiff::Timestamp;
use lifecycle::history;
use model::money::Currency;
use model::resource::Layout;
use model::resources::csv_style::{CsvChoices, CsvStyle};
use model::resources::membership::{FOLLOWED_MAX, HISTORY, NUMBER_FIELD};
use model::resources::tenant_settings::TenantSettings;
use model::{Problem, Record, Resource, WriteContext};
use std::collections::HashSet;
use std::io::Write;
use store::Store;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Otherwise the file's name says it.
    pub group: Option<Group>,
    pub encoding: Encoding,
    /// Where it is not written as the tenant's settings say; what separates its
    /// cells is seen in its header.
    pub style: CsvChoices,
    /// Check everything and write nothing.
    pub dry_run: bool,
}

/// Rows that are in memory at once. Those of a small group may refer to each
/// other, so they are taken together.
const ROWS: usize = 500;
const ROWS_OF_SMALL: usize = 5_000;

/// The counter that memberships are numbered by.
pub const NUMBERS: &str = "membership";

pub struct Load<'a> {
    pub store: &'a Store,
    pub source: &'a Source,
    pub columns: Vec<Column>,
    pub context: WriteContext,
    pub id: String,
    pub dry_run: bool,
    pub style: CsvStyle,
    /// What amounts are in.
    pub currency: Currency,
    /// Only for memberships.
    pub catalogue: Option<Catalogue>,
    pub ids: Seen,
    numbers: Seen,
    pub seats: SeatsKnown,
    /// The numbers that the file brings.
    pub brought: HashSet<i64>,
    /// Above this no membership had a number before.
    pub given: i64,
    /// The highest brought number that is stored.
    pub stored: i64,
    pub counts: Counts,
    /// Of the rows at hand, by line.
    problems: Vec<(u64, Problem)>,
}

impl<'a> Load<'a> {
    pub async fn begin(
        store: &'a Store,
        group: Group,
        source: &'a Source,
        columns: Vec<Column>,
        settings: &TenantSettings,
        options: ImportOptions,
    ) -> Result<Load<'a>, String> {
        let now = Timestamp::now();
        let told = |error: model::Error| error.to_string();
        let catalogue = match group {
            Group::Memberships => Some(Catalogue::load(store, settings.today(now)).await),
            _ => None,
        };
        Ok(Load {
            store,
            source,
            columns,
            context: WriteContext {
                user: "import".into(),
                via: "import".into(),
                now,
            },
            // The group in front, so that an undo knows which records to look through.
            id: format!("{group}-{}", model::ids::generate()),
            dry_run: options.dry_run,
            style: settings.csv.with(options.style),
            catalogue: catalogue.transpose().map_err(told)?,
            currency: settings.currency,
            ids: Seen::default(),
            numbers: Seen::default(),
            seats: SeatsKnown::default(),
            brought: HashSet::new(),
            given: 0,
            stored: 0,
            counts: Counts::default(),
            problems: Vec::new(),
        })
    }

    /// Takes over which numbers the file brings.
    pub async fn survey(&mut self, survey: &mut Survey) -> model::Result<()> {
        // Of the whole file, because a number for an early row must not be one that a later row
        // brings.
        self.brought = std::mem::take(&mut survey.numbers);
        if !self.brought.is_empty() {
            self.given = self.store.last_number(NUMBERS).await?;
            self.stored = self.given;
        }
        Ok(())
    }

    /// Keeps the brought numbers that are stored, and those alone, from being
    /// given to others.
    async fn raise_counter(&mut self, before: i64) -> model::Result<()> {
        // After each part, so that an import that is interrupted leaves none of its numbers to be
        // given anew.
        match self.stored > before && !self.dry_run {
            true => self.store.raise_counter(NUMBERS, self.stored).await,
            false => Ok(()),
        }
    }

    /// Notes the number of a record that is stored.
    pub fn note_number(&mut self, record: &Record) {
        let number = record.get(NUMBER_FIELD).unwrap_or(0);
        let is_followed = number <= FOLLOWED_MAX;
        if is_followed && number > self.stored && self.brought.contains(&number) {
            self.stored = number;
        }
    }

    pub async fn run<R: Resource, W: Write>(
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
            // A part that is not full is the last; reading on behind the end would be an error.
            let (Some(first), last) = (taken.first().map(|row| row.line), taken.len() < size)
            else {
                return Ok(());
            };
            let done = self.take::<R>(taken).await;
            done.map_err(|error| {
                let id = &self.id;
                format!("the import {id} stopped at line {first}: {error}; bring the file in again, what is there will stay")
            })?;
            self.tell(report)?;
            progress(self.counts.rows());
            if last {
                return Ok(());
            }
        }
    }

    pub fn outcome(self, survey: &Survey) -> Result<Outcome, String> {
        let (counted, rows) = (self.counts.rows(), survey.rows);
        // The file was read twice: it has been changed in between, or a row was lost here.
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
            match Draft::read(row, &self.columns, self.style).and_then(|draft| self.distinct(draft))
            {
                Ok(draft) => drafts.push(draft),
                Err(problems) => self.refuse(line, problems),
            }
        }
        let before = self.stored;
        let changed = self.compare::<R>(drafts).await?;
        let mut ready = self.prepare::<R>(changed).await?;
        self.seat(&mut ready).await?;
        self.resolve::<R>(&mut ready);
        let sound = |row: &Ready| row.problems.is_empty();
        let (sound, refused): (Vec<_>, Vec<_>) = ready.into_iter().partition(sound);
        for row in refused {
            self.refuse(row.draft.line, row.problems);
        }
        self.write::<R>(sound).await?;
        self.raise_counter(before).await
    }

    pub fn refuse(&mut self, line: u64, problems: Vec<Problem>) {
        self.counts.refused += 1;
        self.note(line, problems);
    }

    /// Notes what is told of a row, whether it is refused or not.
    pub fn note(&mut self, line: u64, problems: Vec<Problem>) {
        let told = problems.into_iter().map(|problem| (line, problem));
        self.problems.extend(told);
    }

    fn tell<W: Write>(&mut self, report: &mut Report<W>) -> Result<(), String> {
        // Rows are refused at several steps, and each step goes through all of them.
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
        // Within the file neither the index nor the counter knows a number yet.
        let number = draft.after.get(NUMBER_FIELD).map(|n| n.to_string());
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
        let is_history = |column: &Column| column.name == HISTORY.name();
        let beside = match self.catalogue.is_some() && self.columns.iter().any(is_history) {
            true => history::beside_each(self.store, &stored).await?,
            false => Vec::new(),
        };
        let mut beside = beside.into_iter();
        let mut changed = Vec::new();
        for (mut draft, before) in drafts.into_iter().zip(stored) {
            if let Some(beside) = beside.next() {
                draft.leave_out_of_history(&beside, &self.columns);
            }
            draft.lay_over(before, &self.columns);
            match draft.changes() {
                true => changed.push(draft),
                false => {
                    self.counts.unchanged += 1;
                    // It is stored, by an earlier attempt perhaps that ended before the counter
                    // was raised.
                    self.note_number(&draft.after);
                }
            }
        }
        Ok(changed)
    }
}
