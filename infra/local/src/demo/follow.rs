//! The run from a draft to its end, as staff and their client would take it
//! there: plan, look through, take a few out, approve, watch.

use super::api::{Api, segment};
use super::tenant::TENANT;
use crate::progress::Progress;
use billing::action_counts;
use model::Record;
use model::choice::Choice;
use model::ids::SHARDS;
use model::resources::billing_run::{BillingRuns, RunStatus};
use model::resources::billing_run_action as action;
use serde_json::Value;
use std::time::{Duration, Instant};
use store::Store;

/// Renewal orders taken out before the run is approved.
const EXCLUDED: usize = 5;
/// How often the run may be planned or approved again before the demo fails.
const ATTEMPTS: u32 = 3;
const POLL: Duration = Duration::from_millis(300);
const COUNT_EVERY: Duration = Duration::from_secs(2);

/// Takes the run to its end, from wherever it stands, and answers it.
///
/// # Errors
/// One line: what the API refused, or why the run stopped.
pub async fn to_completion(api: &Api, store: &Store, id: &str) -> Result<Record, String> {
    let mut attempts = 0;
    loop {
        match status(api, id).await?.0 {
            RunStatus::Completed => break,
            RunStatus::Cancelled => return Err(format!("billing run {id} has been cancelled")),
            RunStatus::Preprocessing => watch(api, store, id, RunStatus::Preprocessing).await?,
            RunStatus::Running | RunStatus::ScheduledForExecution => {
                watch(api, store, id, RunStatus::Running).await?
            }
            waiting => {
                attempts += 1;
                // Each round takes two steps, planning and approval.
                if attempts > 2 * ATTEMPTS {
                    let (_, why) = status(api, id).await?;
                    return Err(format!(
                        "billing run {id} does not get on, it is {waiting}: {why}"
                    ));
                }
                next_step(api, id, waiting).await?;
            }
        }
    }
    store
        .require::<BillingRuns>(id)
        .await
        .map_err(|error| error.to_string())
}

/// Plans a run that is not planned, and approves one that is.
async fn next_step(api: &Api, id: &str, waiting: RunStatus) -> Result<(), String> {
    if waiting == RunStatus::ReadyForExecution {
        // Between planning and approval: an approval holds for the plan as it is, so none can be
        // taken out after.
        exclude(api, id).await?;
        let path = format!("/billingRuns/{TENANT}/{id}");
        let running = RunStatus::Running.as_str();
        return api.replace(&path, "status", running).await.map(|_| ());
    }
    let path = format!("/billingRuns/{TENANT}/refresh/{id}");
    api.post(&path, None).await.map(|_| ())
}

/// Takes the first renewal orders out of the run. Done again, it finds them
/// excluded and takes no others.
async fn exclude(api: &Api, run: &str) -> Result<(), String> {
    let mut left = EXCLUDED;
    let mut key = None;
    while left > 0 {
        let page = actions(api, run, key.as_deref()).await?;
        let listed = page["Items"].as_array().cloned().unwrap_or_default();
        let orders = listed
            .iter()
            .filter(|action| action["type"] == "renewal order");
        for action in orders.take(left) {
            left -= 1;
            exclude_one(api, action).await?;
        }
        key = page["LastEvaluatedKey"].as_str().map(str::to_owned);
        if key.is_none() {
            break;
        }
    }
    Ok(())
}

async fn exclude_one(api: &Api, action: &Value) -> Result<(), String> {
    if action["status"] != "pending" {
        return Ok(());
    }
    let id = segment(action["id"].as_str().unwrap_or_default());
    let path = format!("/billingRunActions/{TENANT}/{id}");
    api.replace(&path, "status", "excluded").await.map(|_| ())
}

/// A page of a run's actions.
pub async fn actions(api: &Api, run: &str, after: Option<&str>) -> Result<Value, String> {
    let from = after
        .map(|key| format!("?exclusiveStartKey={}", segment(key)))
        .unwrap_or_default();
    api.get(&format!(
        "/billingRunActions/{TENANT}/billingRun/{run}{from}"
    ))
    .await
}

async fn status(api: &Api, id: &str) -> Result<(RunStatus, String), String> {
    let run = api.get(&format!("/billingRuns/{TENANT}/{id}")).await?;
    let status = run["status"].as_str().and_then(RunStatus::parse);
    let why = run["error"]
        .as_str()
        .unwrap_or("no reason is given")
        .to_owned();
    status
        .map(|status| (status, why))
        .ok_or_else(|| format!("billing run {id} has no status"))
}

/// Shows progress while the run is planned or executed.
async fn watch(api: &Api, store: &Store, id: &str, working: RunStatus) -> Result<(), String> {
    let executes = working == RunStatus::Running;
    let progress = if executes {
        Progress::new(
            "Executing",
            "actions",
            Some(count(store, id).await?.planned),
        )
    } else {
        Progress::new("Planning", "actions", None)
    };
    let mut next = Instant::now();
    loop {
        let over = status(api, id).await?.0 != working;
        if over || Instant::now() >= next {
            let begun = Instant::now();
            let counted = count(store, id).await?;
            progress.at(if executes {
                counted.done
            } else {
                counted.planned
            });
            // Counting must not slow down what is counted.
            next = Instant::now() + (4 * begun.elapsed()).max(COUNT_EVERY);
        }
        if over {
            progress.end();
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// How many actions there are, and how many have had their effect.
#[derive(Default)]
struct Count {
    planned: u64,
    done: u64,
}

async fn count(store: &Store, id: &str) -> Result<Count, String> {
    let mut count = Count::default();
    for shard in 0..SHARDS {
        let add = |record: &Record| {
            let settled = record
                .get(action::STATUS)
                .is_some_and(|status| status.is_settled());
            count.planned += 1;
            // With the effect on record only its mail is left.
            count.done += u64::from(settled || record.has(action::EFFECT));
        };
        action_counts::for_each(store, id, shard, add)
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(count)
}
