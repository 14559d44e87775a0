//! The job: each shard of the memberships is counted into a part of its own, which
//! says how far it has come; at the end the parts are added. A pass that is run
//! again, or beside another, counts nobody twice.

use super::count::count;
use super::months::Months;
use super::series::Series;
use crate::history;
use crate::jobs::Part;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::context::TenantBilling;
use model::ids::SHARDS;
use model::lookup::Lookup;
use model::resources::Memberships;
use model::resources::membership::history::day_of;
use model::resources::membership::indexes::every;
use model::{Error, Record, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use services::steps::Pass;
use std::time::Instant;
use store::{Document, DocumentKey, PageToken, Store, Versioned};

/// Memberships that are counted together.
const PAGE: i32 = 100;
/// Histories read at once.
const PARALLEL: usize = 8;
/// Seconds after which what a job needed may be forgotten.
const KEPT_FOR: i64 = 7 * 24 * 3_600;

/// Which months a job counts: the same for all its shards, also where a month ends
/// meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Plan {
    job: String,
    last: Date,
    forget: i64,
}

impl Document for Plan {
    const WHAT: &'static str = "plan of snapshots";
    fn key(&self) -> DocumentKey {
        plan_key(&self.job)
    }
    fn expires(&self) -> Option<i64> {
        Some(self.forget)
    }
}

fn plan_key(job: &str) -> DocumentKey {
    DocumentKey::new(format!("snapshots#{job}"), "plan")
}

/// What a shard has come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    job: String,
    shard: u32,
    /// Where to go on; `None` at the end.
    next: Option<PageToken>,
    series: Series,
    forget: i64,
}

impl Document for Counted {
    const WHAT: &'static str = "part of snapshots";
    fn key(&self) -> DocumentKey {
        counted_key(&self.job, self.shard)
    }
    fn expires(&self) -> Option<i64> {
        Some(self.forget)
    }
}

fn counted_key(job: &str, shard: u32) -> DocumentKey {
    DocumentKey::new(format!("snapshots#{job}"), format!("{shard:02}"))
}

/// The month-end snapshots of a tenant, as the last job has left them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshots {
    pub job: String,
    /// The last day of the last month.
    pub last: Date,
    pub computed_at: Timestamp,
    pub series: Series,
}

impl Document for Snapshots {
    const WHAT: &'static str = "snapshots";
    fn key(&self) -> DocumentKey {
        newest_key()
    }
}

fn newest_key() -> DocumentKey {
    DocumentKey::new("snapshots", "newest")
}

/// The newest snapshots, if any were ever made.
pub async fn newest(store: &Store) -> Result<Option<Snapshots>> {
    let found = store.document::<Snapshots>(&newest_key()).await?;
    Ok(found.map(|found| found.value))
}

fn forget() -> i64 {
    Timestamp::now().as_second() + KEPT_FOR
}

/// Decides which months are counted, once.
pub async fn prepare(billing: &TenantBilling, job: &str) -> Result<()> {
    let plan = Plan {
        job: job.to_owned(),
        last: Months::before(billing.tenant.today()).last(),
        forget: forget(),
    };
    // `None`: an attempt before this one has decided.
    billing.store.put(&Versioned::new(plan)).await.map(|_| ())
}

async fn months(store: &Store, job: &str) -> Result<Months> {
    let plan = store.document::<Plan>(&plan_key(job)).await?;
    let plan = plan.ok_or_else(|| Error::internal("a job without its plan"))?;
    Ok(Months::of_last(plan.value.last))
}

/// Counts shards from the cursor on, which is a shard: within it, its part says how
/// far it has come.
pub async fn work(billing: &TenantBilling, part: &Part<'_>) -> Result<Pass> {
    let months = months(&billing.store, part.job).await?;
    let from: u32 = part.cursor.parse().unwrap_or(0);
    for &shard in part.shards.iter().filter(|shard| **shard >= from) {
        while !count_page(billing, part.job, shard, months).await? {
            if Instant::now() >= part.deadline {
                return Ok(Pass::Again(shard.to_string()));
            }
        }
    }
    Ok(Pass::Done)
}

/// Counts the next memberships of a shard; whether it is at its end.
async fn count_page(
    billing: &TenantBilling,
    job: &str,
    shard: u32,
    months: Months,
) -> Result<bool> {
    let store = &billing.store;
    let found = store.document::<Counted>(&counted_key(job, shard)).await?;
    let part = found.unwrap_or_else(|| {
        Versioned::new(Counted {
            job: job.to_owned(),
            shard,
            next: Some(PageToken::default()),
            series: Series::default(),
            forget: forget(),
        })
    });
    let Some(from) = part.value.next.clone() else {
        return Ok(true);
    };
    let page = store.query_keys(&of_shard(shard), Some(from)).await?;
    let ids: Vec<String> = page.items.into_iter().map(|(_, id)| id).collect();
    let members = store.get_many::<Memberships>(&ids).await?;
    let mut value = part.value.clone();
    value.series.add(&counted(billing, members, months).await?);
    value.next = page.next;
    let is_done = value.next.is_none();
    // Where another pass was first, what is stored says how far it has come.
    let written = store.put(&part.with(value)).await?;
    Ok(is_done && written.is_some())
}

fn of_shard(shard: u32) -> Lookup {
    let mut every = every().limit(PAGE);
    every.partitions = every
        .partitions
        .into_iter()
        .skip(shard as usize)
        .take(1)
        .collect();
    every
}

async fn counted(
    billing: &TenantBilling,
    members: Vec<Option<Record>>,
    months: Months,
) -> Result<Series> {
    let (store, zone) = (&billing.store, &billing.tenant.zone);
    let reaches = |row: &Value| day_of(row, zone).is_some_and(|day| day <= months.eve());
    let counts = members.into_iter().flatten().map(|member| async move {
        let rows = history::back_to(store, &member, reaches).await?;
        let mut series = Series::default();
        count(&member, &rows, months, zone, &mut series);
        Ok::<_, Error>(series)
    });
    let counts: Vec<Series> = stream::iter(counts)
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    let mut sum = Series::default();
    counts.iter().for_each(|one| sum.add(one));
    Ok(sum)
}

/// Adds the parts of all shards. Done again, it comes to the same.
pub async fn finish(billing: &TenantBilling, job: &str) -> Result<()> {
    let store = &billing.store;
    let keys: Vec<DocumentKey> = (0..SHARDS).map(|shard| counted_key(job, shard)).collect();
    let mut series = Series::default();
    for part in store.documents::<Counted>(&keys).await? {
        let part = part.filter(|part| part.value.next.is_none());
        let part = part.ok_or_else(|| Error::internal("a shard that was not counted"))?;
        series.add(&part.value.series);
    }
    let snapshots = Snapshots {
        job: job.to_owned(),
        last: months(store, job).await?.last(),
        computed_at: billing.tenant.now(),
        series,
    };
    let found = store.document::<Snapshots>(&newest_key()).await?;
    let put = match found {
        Some(found) => found.with(snapshots),
        None => Versioned::new(snapshots),
    };
    // `None`: the same job's other attempt was first.
    store.put(&put).await.map(|_| ())
}
