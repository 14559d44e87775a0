//! A run's report: a line for each action, with its reason.

use crate::outlook::Amount;
use ledger::tenant::Modes;
use model::ids::SHARDS;
use model::name_order::NameOrder;
use model::resources::billing_run_action::{
    self as action, ActionStatus, BillingRunActions, of_run,
};
use model::resources::csv_style::{CsvStyle, MARK, harmless};
use model::{Error, Record, Result};
use serde::{Deserialize, Serialize};
use services::documents::{Documents, Upload};
use std::time::{Duration, Instant};
use store::{PageToken, Store};
use uuid::Uuid;

/// What a report is, to whoever fetches it.
pub const CONTENT_TYPE: &str = "text/csv; charset=utf-8";

const COLUMNS: usize = 11;
const HEADER: [&str; COLUMNS] = [
    "membership_id",
    "member",
    "type",
    "reminder",
    "amount",
    "currency",
    "status",
    "reason",
    "order_id",
    "delivery",
    "charges",
];

/// What a report is made of.
pub struct Source<'a> {
    pub store: &'a Store,
    pub documents: &'a dyn Documents,
    pub run: &'a str,
    /// Whom mail and charges reached, on every line: a line may be all that is
    /// passed on.
    pub modes: &'a Modes,
    pub style: CsvStyle,
    /// By members' names; else in the order of work.
    pub order: Option<&'a NameOrder>,
}

/// How much is made at once.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Bytes of the largest report that is an answer by itself. Lambda sends 6 MB,
    /// and each quote of a CSV takes two bytes in its JSON.
    pub whole: usize,
    /// Bytes after which a part goes to the document store: what is held in memory.
    pub part: usize,
    /// No further part is begun after this: the gateway waits for 30 s.
    pub work: Duration,
    /// Most lines that are sorted: all of them are held.
    pub sorted: usize,
}

impl Sizes {
    pub const DEPLOYED: Sizes = Sizes {
        whole: 3_000_000,
        part: 8 * 1024 * 1024,
        work: Duration::from_secs(12),
        sorted: 50_000,
    };
}

/// A report that goes on: what is stored of it, and which actions come next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    upload: Upload,
    parts: i32,
    next: PageToken,
}

/// What has come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    Whole(Vec<u8>),
    /// Where it can be fetched.
    Link(String),
    Begun(Begun),
}

/// Actions read in one request: they are small, and 1 MB bounds the answer.
const PAGE: i32 = 1_000;

/// The report as CSV (RFC 4180), members in the order of work or by name. A large one goes
/// to the document store part by part, so that what is held does not grow with
/// the run, and is gone on with from where an earlier call has ended.
///
/// # Errors
/// `NotFound` when what was begun has been finished or given up; `Invalid` when
/// there is too much to sort.
pub async fn make(source: &Source<'_>, begun: Option<Begun>, sizes: Sizes) -> Result<Made> {
    if let Some(order) = source.order {
        return make_sorted(source, order, sizes).await;
    }
    let until = Instant::now() + sizes.work;
    let actions = of_run(source.run, 0..SHARDS).limit(PAGE).consistent();
    let mut writing = Writing::of(source, begun.as_ref())?;
    let mut next = begun.map(|begun| begun.next);
    loop {
        let page = source
            .store
            .query::<BillingRunActions>(&actions, next)
            .await?;
        writing.rows(
            page.items
                .iter()
                .map(|record| row(record, source.modes, source.style)),
        )?;
        let Some(place) = page.next else {
            return writing.end(sizes.whole).await;
        };
        if writing.bytes.len() >= sizes.part {
            let (upload, parts) = writing.store_part().await?;
            // Only behind a part: what is not stored would be made again.
            if Instant::now() >= until {
                return Ok(Made::Begun(Begun {
                    upload,
                    parts,
                    next: place,
                }));
            }
        }
        next = Some(place);
    }
}

/// The same with its lines by name; those of one name in the order of work.
async fn make_sorted(source: &Source<'_>, order: &NameOrder, sizes: Sizes) -> Result<Made> {
    let actions = of_run(source.run, 0..SHARDS).limit(PAGE).consistent();
    let mut lines = Vec::new();
    let mut next = Some(PageToken::default());
    while let Some(from) = next {
        let query = source
            .store
            .query::<BillingRunActions>(&actions, Some(from));
        let page = query.await?;
        let line = |record: &Record| {
            let name = record.text(action::NAME).to_owned();
            (name, row(record, source.modes, source.style))
        };
        lines.extend(page.items.iter().map(line));
        if lines.len() > sizes.sorted {
            let most = sizes.sorted;
            let rule = format!("a report of more than {most} lines is not sorted");
            return Err(Error::invalid("/sort", rule));
        }
        next = page.next;
    }
    order.sort(&mut lines, |(name, _)| name);
    let mut writing = Writing::of(source, None)?;
    for part in lines.chunks(PAGE as usize) {
        writing.rows(part.iter().map(|(_, row)| row))?;
        if writing.bytes.len() >= sizes.part {
            writing.store_part().await?;
        }
    }
    writing.end(sizes.whole).await
}

/// The part that is being written, and what is stored already.
struct Writing<'a> {
    source: &'a Source<'a>,
    bytes: Vec<u8>,
    stored: Option<(Upload, i32)>,
}

impl<'a> Writing<'a> {
    fn of(source: &'a Source<'a>, begun: Option<&Begun>) -> Result<Writing<'a>> {
        let mut writing = Writing {
            source,
            bytes: Vec::new(),
            stored: begun.map(|begun| (begun.upload.clone(), begun.parts)),
        };
        if begun.is_none() {
            if source.style.byte_order_mark {
                writing.bytes.extend(MARK);
            }
            writing.rows(std::iter::once(&HEADER))?;
        }
        Ok(writing)
    }

    fn rows<R>(&mut self, rows: impl Iterator<Item = R>) -> Result<()>
    where
        R: IntoIterator<Item: AsRef<[u8]>>,
    {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.source.style.delimiter())
            .from_writer(&mut self.bytes);
        for row in rows {
            writer.write_record(row).map_err(Error::internal)?;
        }
        writer.flush().map_err(Error::internal)
    }

    async fn store_part(&mut self) -> Result<(Upload, i32)> {
        let Source {
            store,
            documents,
            run,
            ..
        } = self.source;
        let (upload, parts) = match self.stored.take() {
            Some(stored) => stored,
            // A name of its own, as a link to an earlier report may be in use.
            None => {
                let name = format!("{}/billing-run-{run}.csv", Uuid::now_v7());
                let begun = documents.begin(store.tenant(), &name, CONTENT_TYPE).await?;
                (begun, 0)
            }
        };
        let bytes = std::mem::take(&mut self.bytes);
        documents
            .add(store.tenant(), &upload, parts + 1, bytes)
            .await?;
        Ok(self.stored.insert((upload, parts + 1)).clone())
    }

    async fn end(mut self, whole: usize) -> Result<Made> {
        if self.stored.is_none() && self.bytes.len() <= whole {
            return Ok(Made::Whole(self.bytes));
        }
        let (upload, _) = self.store_part().await?;
        let Source {
            store, documents, ..
        } = self.source;
        documents.finish(store.tenant(), &upload).await?;
        documents
            .link(store.tenant(), &upload.name)
            .await
            .map(Made::Link)
    }
}

fn row(record: &Record, modes: &Modes, style: CsvStyle) -> [String; COLUMNS] {
    let choice = |text: Option<String>| text.unwrap_or_default();
    let amount = Amount::of(record);
    [
        record.text(action::MEMBERSHIP_ID).to_owned(),
        harmless(record.text(action::NAME)),
        choice(record.get(action::TYPE).map(|kind| kind.to_string())),
        choice(
            record
                .get(action::REMINDER_NUMBER)
                .map(|number| number.to_string()),
        ),
        amount
            .as_ref()
            .map_or(String::new(), |amount| style.number(&amount.decimals())),
        amount.map_or(String::new(), |amount| amount.currency),
        choice(record.get(action::STATUS).map(|status| status.to_string())),
        harmless(&reason(record)),
        record.text(action::ORDER_ID).to_owned(),
        modes.delivery.clone(),
        modes.charges.clone(),
    ]
}

fn reason(record: &Record) -> String {
    let why = record.text(action::ERROR_MESSAGE);
    match record.get(action::STATUS) {
        Some(ActionStatus::Excluded) => excluded(record),
        _ if record.is(action::PLANNED_ERROR) => format!("not tried: {why}"),
        _ => why.to_owned(),
    }
}

fn excluded(record: &Record) -> String {
    // Those excluded before it was noted by whom.
    let by = record.get(action::EXCLUDED_BY).unwrap_or("staff".into());
    match record.get(action::EXCLUSION_REASON) {
        Some(why) => format!("excluded by {by}: {why}"),
        None => format!("excluded by {by}"),
    }
}

#[cfg(test)]
mod tests;
