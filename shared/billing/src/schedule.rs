//! What time brings about: recurring runs, due planning, due execution, and runs
//! whose execution got lost (design: the scheduler). Each look can run twice.

use crate::announce::{announce, announce_end};
use crate::claim::machine;
use crate::engine::{Billing, Desk};
use crate::execute::fail;
use jiff::{SignedDuration, Timestamp};
use model::index::DUE_WORK;
use model::resource::ID_FIELD;
use model::resources::RecurringBillingRuns;
use model::resources::billing_run::{
    self as run, BillingRuns, DUE_WORK_SHARDS, RunStatus, due_work_shard,
};
use model::{Record, Resource, Result, TenantId};
use services::executions::{Machine, Standing};
use store::{Query, Range};

/// A claimed run is looked after once its start should long have happened.
const START_WITHIN: SignedDuration = SignedDuration::from_secs(20);

impl Billing {
    /// Looks at every run that is due, of all tenants. One that fails is logged
    /// and stops no other.
    pub async fn tick(&self) -> Result<()> {
        let until = if self.defaults.test_clock {
            "9999".into()
        } else {
            model::field::moment(Timestamp::now())
        };
        for shard in 0..DUE_WORK_SHARDS {
            let query = Query::index(DUE_WORK, due_work_shard(shard))
                .range(Range::Between("0000".into(), until.clone()));
            // The index is no tenant's; any store of this database reads it.
            let reader = self.database.tenant(&TenantId::parse("scheduler")?);
            let mut next = None;
            loop {
                let page = reader.query_keys(&query, next).await?;
                for (partition, id) in &page.items {
                    self.look_safely(partition, id).await;
                }
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn look_safely(&self, partition: &str, id: &str) {
        let tenant = partition.split('#').next().unwrap_or_default();
        let recurring = partition.ends_with(RecurringBillingRuns::NAME);
        let looked = match TenantId::parse(tenant) {
            Ok(tenant) if recurring => self.recur(&tenant, id).await,
            Ok(tenant) => self.look(&tenant, id).await,
            Err(error) => Err(error),
        };
        if let Err(error) = looked {
            tracing::warn!(tenant, run = id, %error, "a due run could not be looked at");
        }
    }

    /// What is due for one run.
    pub async fn look(&self, tenant: &TenantId, id: &str) -> Result<()> {
        let desk = self
            .desk(tenant, "scheduler", &format!("billing run {id}"))
            .await?;
        let Some(record) = desk.store.get_consistent::<BillingRuns>(id).await? else {
            return Ok(());
        };
        let now = desk.tenant.now();
        let due = |field| record.get(field).is_some_and(|at| at <= now);
        match record.get(run::STATUS) {
            Some(RunStatus::Scheduled) if due(run::SCHEDULED_PREPROCESSING) => self
                .refresh(&desk.store, id, &desk.context())
                .await
                .map(|_| ()),
            Some(RunStatus::ScheduledForExecution) if due(run::SCHEDULED_RUN) => {
                self.execute_due(&desk, id).await
            }
            Some(RunStatus::ReadyForExecution) if due(run::SCHEDULED_RUN) => {
                past_due(&desk, id).await
            }
            Some(RunStatus::Preprocessing | RunStatus::Running) => {
                self.look_after(&desk, &record).await
            }
            _ => Ok(()),
        }
    }

    /// The approved moment has come.
    async fn execute_due(&self, desk: &Desk, id: &str) -> Result<()> {
        let now = desk.tenant.now();
        let claimed = desk
            .update::<BillingRuns>(id, |before| {
                if before.get(run::STATUS) != Some(RunStatus::ScheduledForExecution) {
                    return Ok(None);
                }
                let mut after = before.clone();
                after.set(run::STATUS, RunStatus::Running);
                after.set(run::RUN_DATE, now);
                self.take(desk.store.tenant(), &mut after, Machine::Execution);
                Ok(Some(after))
            })
            .await?;
        if claimed.get(run::STATUS) == Some(RunStatus::Running) {
            self.start(desk.store.tenant(), &claimed).await?;
        }
        Ok(())
    }

    /// A claimed run whose execution never started is started; one whose
    /// execution has ended without a word is settled.
    async fn look_after(&self, desk: &Desk, record: &Record) -> Result<()> {
        let claimed_at = record.get(run::CLAIMED_AT).unwrap_or_default();
        if Timestamp::now().duration_since(claimed_at) < START_WITHIN {
            return Ok(());
        }
        let generation = record.get(run::GENERATION).unwrap_or(0);
        let id = record.text(ID_FIELD);
        match self
            .executions
            .standing(record.text(run::EXECUTION_ARN))
            .await?
        {
            Standing::Running => Ok(()),
            Standing::Missing => self.start(desk.store.tenant(), record).await.map(|_| ()),
            ended => {
                let status = if ended == Standing::TimedOut {
                    RunStatus::TimedOut
                } else {
                    RunStatus::Error
                };
                let what = if machine(record) == Some(Machine::Refresh) {
                    "planning"
                } else {
                    "execution"
                };
                let why =
                    format!("{what} stopped without finishing: refresh or approve the run again");
                let detail = format!("the execution ended as {ended:?}");
                let ended = fail(desk, id, generation, status, &why, &detail).await?;
                announce_end(desk, &ended).await;
                Ok(())
            }
        }
    }
}

/// Nothing fires without approval: the run stays, and staff are told once.
async fn past_due(desk: &Desk, id: &str) -> Result<()> {
    let record = desk
        .update::<BillingRuns>(id, |before| {
            let mut after = before.clone();
            after.put(run::TOLD_PAST_DUE, before.get(run::SCHEDULED_RUN));
            Ok(
                (before.get(run::STATUS) == Some(RunStatus::ReadyForExecution) && after != *before)
                    .then_some(after),
            )
        })
        .await?;
    announce(desk, &record, "waits for approval past its scheduled date").await;
    Ok(())
}
