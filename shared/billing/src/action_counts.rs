//! Counting a run's actions: its statistics, and the hash of its plan.

use crate::outlook::Amount;
use futures::{StreamExt, TryStreamExt};
use ledger::context::update;
use model::ids::SHARDS;
use model::json::canonical;
use model::resource::ID_FIELD;
use model::resources::BillingRunActions;
use model::resources::billing_run::{
    BATCH_ID, BillingRuns, ERROR, RunStatus, SETTLING, STATISTICS, STATUS, SWITCHES, TOTALS,
};
use model::resources::billing_run_action::of_run;
use model::resources::billing_run_action::{self as action, ActionType};
use model::{Record, Result, WriteContext};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::Store;

const BUCKETS: [&str; 5] = ["pending", "processing", "successful", "error", "excluded"];

/// What a walk over a run's actions finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionCounts {
    counts: BTreeMap<(ActionType, &'static str), u64>,
    /// Errors found before anything was tried.
    impossible: BTreeMap<ActionType, u64>,
    amounts: BTreeMap<(ActionType, &'static str, String), Decimal>,
    /// Independent of the order in which actions are read.
    digest: u128,
}

impl ActionCounts {
    pub fn add(&mut self, record: &Record) {
        let (Some(kind), Some(status)) = (record.get(action::TYPE), record.get(action::STATUS))
        else {
            return;
        };
        let bucket = status.bucket();
        *self.counts.entry((kind, bucket)).or_default() += 1;
        if record.is(action::PLANNED_ERROR) {
            *self.impossible.entry(kind).or_default() += 1;
        }
        let amount = Amount::of(record);
        if bucket != "excluded" {
            let approved = approved(record.text(ID_FIELD), amount.as_ref());
            self.digest = self.digest.wrapping_add(digest(&approved));
        }
        if let Some(amount) = amount {
            let key = (kind, bucket, amount.currency);
            *self.amounts.entry(key).or_default() += amount.value;
        }
    }

    fn merge(mut self, other: ActionCounts) -> ActionCounts {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        for (kind, count) in other.impossible {
            *self.impossible.entry(kind).or_default() += count;
        }
        for (key, amount) in other.amounts {
            *self.amounts.entry(key).or_default() += amount;
        }
        self.digest = self.digest.wrapping_add(other.digest);
        self
    }

    pub fn count(&self, kind: Option<ActionType>, bucket: &str) -> u64 {
        let counted = self
            .counts
            .iter()
            .filter(|((k, b), _)| kind.is_none_or(|kind| kind == *k) && *b == bucket);
        counted.map(|(_, count)| count).sum()
    }

    /// Whether the run has no action at all.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// As a run's `statistics`.
    pub fn statistics(&self) -> Value {
        let mut statistics = Map::new();
        statistics.insert("all_actions".into(), self.buckets(None));
        for switch in SWITCHES.iter() {
            statistics.insert(switch.bucket.into(), self.buckets(Some(switch.kind)));
        }
        Value::Object(statistics)
    }

    fn buckets(&self, kind: Option<ActionType>) -> Value {
        let total: u64 = BUCKETS.iter().map(|bucket| self.count(kind, bucket)).sum();
        let mut counts = json!({ "total": total });
        for bucket in BUCKETS {
            counts[bucket] = self.count(kind, bucket).into();
        }
        counts["not_possible"] = self.impossible(kind).into();
        counts
    }

    /// Errors found before anything was tried.
    pub fn impossible(&self, kind: Option<ActionType>) -> u64 {
        let counted = self.impossible.iter();
        let counted = counted.filter(|(k, _)| kind.is_none_or(|kind| kind == **k));
        counted.map(|(_, count)| count).sum()
    }

    /// As a run's `totals`: what it bills and charges, by currency. A forecast
    /// bills nothing.
    pub fn totals(&self, run: &Record) -> Value {
        let options = SWITCHES
            .iter()
            .find(|switch| switch.kind == ActionType::RenewalOrder)
            .and_then(|switch| run.get(switch.options));
        let forecasts = options.is_some_and(|options| options["pro_forma"] == true);
        let mut totals: BTreeMap<&str, [Decimal; 2]> = BTreeMap::new();
        for ((kind, bucket, currency), amount) in &self.amounts {
            let place = match *bucket {
                "pending" | "processing" => 0,
                "successful" => 1,
                _ => continue,
            };
            if !(forecasts && *kind == ActionType::RenewalOrder) {
                totals.entry(currency).or_default()[place] += amount;
            }
        }
        let number = |amount: Decimal| model::field::number(&amount.normalize().to_string());
        let total = |(currency, [pending, successful]): (&str, [Decimal; 2])| json!({ "currency": currency, "pending": number(pending), "successful": number(successful) });
        totals.into_iter().map(total).collect()
    }

    /// Puts statistics and totals onto their run.
    pub fn write(&self, run: &mut Record) {
        let totals = self.totals(run);
        run.set(STATISTICS, self.statistics());
        run.set(TOTALS, totals);
    }

    /// A hash over the run's options and its actions that are not excluded, each
    /// with its amount: what an approval approves.
    pub fn plan_hash(&self, run: &Record) -> String {
        let options = SWITCHES
            .iter()
            .map(|switch| (run.is(switch.flag), run.get(switch.options)));
        let approved = json!([
            options.collect::<Vec<_>>(),
            run.get(BATCH_ID),
            self.digest.to_string()
        ]);
        Sha256::digest(canonical(&approved))
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// What an approval approves of an action. Those without an amount are known by
/// their id alone.
fn approved(id: &str, amount: Option<&Amount>) -> String {
    match amount {
        Some(amount) => format!("{id} {} {}", amount.value.normalize(), amount.currency),
        None => id.to_owned(),
    }
}

fn digest(text: &str) -> u128 {
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(16)
        .fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

/// Shards read at once.
const PARALLEL: usize = 4;

/// Counts every action of a run.
pub async fn count(store: &Store, run: &str) -> Result<ActionCounts> {
    let shards = futures::stream::iter((0..SHARDS).map(|shard| count_shard(store, run, shard)));
    shards
        .buffer_unordered(PARALLEL)
        .try_fold(ActionCounts::default(), |sum, shard| async move {
            Ok(sum.merge(shard))
        })
        .await
}

/// Notes on a cancelled run what of it was begun and is not settled, for staff and
/// for the scheduler.
pub fn settling(run: &mut Record, counts: &ActionCounts) {
    run.set(SETTLING, true);
    let open = counts.count(None, "processing");
    let waits = format!(
        "{open} actions were under way when the run was cancelled: they are settled once their outcome is known"
    );
    run.put(ERROR, (open > 0).then_some(waits));
}

/// Counts a cancelled run once more: what its workers had under way ended, or was
/// begun, after the count at its cancellation.
pub async fn recount_cancelled(store: &Store, by: &WriteContext, run: &str) -> Result<()> {
    let record = store.require::<BillingRuns>(run).await?;
    if record.get(STATUS) != Some(RunStatus::Cancelled) {
        return Ok(());
    }
    let counts = count(store, run).await?;
    let mut recounted = |before: &Record| {
        let mut after = before.clone();
        counts.write(&mut after);
        if counts.count(None, "processing") > 0 {
            settling(&mut after, &counts);
        }
        Ok((after != *before).then_some(after))
    };
    update::<BillingRuns>(store, by, run, &mut recounted)
        .await
        .map(|_| ())
}

async fn count_shard(store: &Store, run: &str, shard: u32) -> Result<ActionCounts> {
    let mut counts = ActionCounts::default();
    for_each(store, run, shard, |record| counts.add(record)).await?;
    Ok(counts)
}

/// Records read in one request: they are small, and 1 MB bounds the answer.
const BIG_PAGE: i32 = 1_000;

/// Every action of one shard of a run, in the order of work, read consistently.
pub async fn for_each(
    store: &Store,
    run: &str,
    shard: u32,
    mut each: impl FnMut(&Record),
) -> Result<()> {
    let actions = of_run(run, std::iter::once(shard))
        .limit(BIG_PAGE)
        .consistent();
    let mut next = None;
    loop {
        let page = store.query::<BillingRunActions>(&actions, next).await?;
        page.items.iter().for_each(&mut each);
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
