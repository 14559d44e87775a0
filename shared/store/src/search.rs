//! Searches: a bounded walk along the way that a plan has chosen.

use crate::Store;
use crate::item::{Item, to_record};
use crate::key::SK;
use crate::page::{PAGE, PAGE_BYTES, Page, PageToken};
use crate::query::plain;
use model::lookup::Lookup;
use model::search::{Criteria, Plan, SearchIndex, Searchable};
use model::{Record, Result};
use std::collections::VecDeque;

/// What one request may cost. A page that ends for it comes back short.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Index entries looked at; an entry is a few hundred bytes.
    pub entries: usize,
    /// Whole records read.
    pub records: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            entries: 10_000,
            records: 1_000,
        }
    }
}

/// A page, and what it has cost.
#[derive(Debug)]
pub struct Found {
    pub page: Page<Record>,
    pub entries: usize,
    pub records: usize,
}

/// Index entries in one request.
const ENTRIES: usize = 1_000;
/// Records read at once, even where fewer have room left.
const READ_MIN: usize = 10;

impl Store {
    /// The records that match `criteria`, from where the last page ended. Each
    /// is shown as it is now, not as its index had it. Pages are positions in
    /// the key they are walked by, so a record that keeps its key is met once,
    /// whatever others are written; one whose key moves may be met twice or
    /// not at all.
    pub async fn search<R: Searchable>(
        &self,
        plan: &Plan,
        criteria: &Criteria,
        from: Option<PageToken>,
        budget: Budget,
    ) -> Result<Found> {
        let mut walk = Walk {
            store: self,
            source: source(plan),
            criteria,
            budget,
            last: from.clone().unwrap_or_default(),
            next: Some(from.unwrap_or_default()),
            waiting: VecDeque::new(),
            items: Vec::new(),
            bytes: 0,
            entries: 0,
            records: 0,
        };
        while walk.has_room() {
            walk.gather().await?;
            // Nothing was gathered at the end or when the budget is spent.
            if walk.waiting.is_empty() || !walk.judge::<R>().await? {
                break;
            }
        }
        Ok(walk.end())
    }
}

fn source(plan: &Plan) -> Source<'_> {
    match plan {
        Plan::Ids(ids) => Source::Ids(ids),
        Plan::Table(all) => Source::Lookup {
            lookup: all.clone(),
            index: None,
            needs_filter: true,
        },
        Plan::Index {
            index,
            span,
            needs_filter,
        } => Source::Lookup {
            lookup: (index.lookup)(span),
            index: Some(index),
            needs_filter: *needs_filter,
        },
    }
}

enum Source<'a> {
    Ids(&'a [String]),
    /// An index, or without one the table.
    Lookup {
        lookup: Lookup,
        index: Option<&'static SearchIndex>,
        /// Whether what it reads may be no result.
        needs_filter: bool,
    },
}

/// What may turn out to be a result.
enum Candidate {
    Id(String),
    Record(Record),
}

struct Walk<'a> {
    store: &'a Store,
    source: Source<'a>,
    criteria: &'a Criteria,
    budget: Budget,
    /// Where the source goes on; `None` at its end.
    next: Option<PageToken>,
    /// Candidates not yet judged, each with the position after it.
    waiting: VecDeque<(Candidate, PageToken)>,
    /// After the last one judged.
    last: PageToken,
    items: Vec<Record>,
    bytes: usize,
    entries: usize,
    records: usize,
}

impl Walk<'_> {
    fn room(&self) -> usize {
        (PAGE as usize).saturating_sub(self.items.len())
    }

    fn has_room(&self) -> bool {
        self.room() > 0 && self.bytes < PAGE_BYTES
    }

    /// Candidates for all the room there is, as far as the budget goes.
    async fn gather(&mut self) -> Result<()> {
        while self.waiting.len() < self.room() {
            let Some(at) = self.next.clone() else { break };
            let wanted = self.room() - self.waiting.len();
            match &self.source {
                Source::Ids(ids) => {
                    let start = at.partition as usize;
                    let more = ids.iter().enumerate().skip(start).take(wanted);
                    self.waiting.extend(more.map(|(index, id)| {
                        (Candidate::Id(id.clone()), position_in_list(index + 1))
                    }));
                    let end = start.saturating_add(wanted);
                    self.next = (end < ids.len()).then(|| position_in_list(end));
                }
                Source::Lookup {
                    lookup,
                    index,
                    needs_filter,
                } => {
                    let (most, spent, budget) = match index {
                        Some(_) => (ENTRIES, &mut self.entries, self.budget.entries),
                        None => (PAGE as usize, &mut self.records, self.budget.records),
                    };
                    // Where every entry is a result no more is read than the page has room for.
                    let limit = if *needs_filter { most } else { wanted };
                    let limit = limit.min(budget.saturating_sub(*spent));
                    if limit == 0 {
                        break;
                    }
                    let page = self
                        .store
                        .query_positions(lookup, &at, limit as i32)
                        .await?;
                    // Entries that are ruled out have cost their read as well.
                    *spent += page.items.len();
                    self.next = page.next;
                    let criteria = self.criteria;
                    self.waiting
                        .extend(page.items.into_iter().filter_map(|(item, after)| {
                            Some((candidate(*index, item, criteria)?, after))
                        }));
                }
            }
        }
        Ok(())
    }

    /// Judges as many candidates as there is room for; whether it may go on.
    async fn judge<R: Searchable>(&mut self) -> Result<bool> {
        let left = self.budget.records.saturating_sub(self.records);
        let ids = self
            .waiting
            .iter()
            .filter_map(|(candidate, _)| candidate.id());
        let ids: Vec<String> = ids
            // Not all that are read match, so near a page's end ten are read in one request and
            // not one in each of several.
            .take(self.room().max(READ_MIN).min(left))
            .map(str::to_owned)
            .collect();
        self.records += ids.len();
        let mut read = self.store.get_many::<R>(&ids).await?.into_iter();
        while self.has_room() {
            let Some((candidate, _)) = self.waiting.front() else {
                return Ok(true);
            };
            let record = match candidate {
                Candidate::Record(record) => Some(record.clone()),
                // The index may lag behind the record, so it is judged again as it is now.
                Candidate::Id(_) => match read.next() {
                    Some(found) => found.filter(|record| self.criteria.matches(record)),
                    None => return Ok(left > ids.len()),
                },
            };
            if let Some((_, after)) = self.waiting.pop_front() {
                self.last = after;
            }
            if let Some(record) = record {
                self.bytes += serde_json::to_vec(record.fields()).map_or(0, |text| text.len());
                self.items.push(record);
            }
        }
        Ok(true)
    }

    fn end(self) -> Found {
        // Candidates that were not judged are read again from the position after the last one
        // judged.
        let next = if self.waiting.is_empty() {
            self.next
        } else {
            Some(self.last)
        };
        Found {
            page: Page {
                items: self.items,
                next,
            },
            entries: self.entries,
            records: self.records,
        }
    }
}

/// Listed ids are paged by their index in the list.
fn position_in_list(index: usize) -> PageToken {
    PageToken {
        partition: u32::try_from(index).unwrap_or(u32::MAX),
        after: Vec::new(),
    }
}

/// What is read by a query, unless what it holds rules it out.
fn candidate(index: Option<&SearchIndex>, item: Item, criteria: &Criteria) -> Option<Candidate> {
    let Some(index) = index else {
        let record = to_record(item);
        let matches = criteria.matches(&record);
        return matches.then_some(Candidate::Record(record));
    };
    let packed = plain(&item, index.index.packed()?)?;
    let known = Record::new(serde_json::from_str(&packed).ok()?);
    let may_match = criteria.may_match(index.held, &known);
    may_match.then(|| plain(&item, SK).map(Candidate::Id))?
}

impl Candidate {
    fn id(&self) -> Option<&str> {
        match self {
            Candidate::Id(id) => Some(id),
            Candidate::Record(_) => None,
        }
    }
}
