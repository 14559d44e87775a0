//! The steps of a job. Each can run twice with the same result.

use super::{Job, Kind, State, key};
use crate::snapshots;
use ledger::context::{Ports, TenantBilling};
use model::choice::Choice;
use model::ids::SHARDS;
use model::{Error, Result, TenantId};
use serde_json::{Map, Value, json};
use services::notice::{Context, EmailTemplate, NoticeError, Rendered, render};
use services::steps::{Failed, Pass};
use std::time::Instant;
use store::{Store, Versioned};

/// Shards that one worker takes: more workers would only wait for each other's
/// throughput.
const SHARDS_OF_A_WORKER: u32 = 4;
/// Problems that a job keeps for its mail.
const PROBLEMS_MAX: usize = 50;
const ATTEMPTS: usize = 20;

impl Kind {
    fn of(id: &str) -> Result<Kind> {
        let word = id.split('-').next().unwrap_or_default();
        Kind::parse(word).ok_or_else(|| Error::invalid("/run", "is no job's id"))
    }

    /// What staff know it as.
    fn title(self) -> &'static str {
        match self {
            Kind::Flowdown => "Reprocessing of flowdown",
            Kind::Snapshots => "Snapshots of past months",
        }
    }

    async fn work(self, billing: &TenantBilling, part: &Part<'_>) -> Result<Pass> {
        match self {
            Kind::Flowdown => crate::flowdown::reprocess::work(billing, part).await,
            Kind::Snapshots => snapshots::work(billing, part).await,
        }
    }

    /// What is decided for all shards before they are worked.
    async fn prepare(self, billing: &TenantBilling, id: &str) -> Result<()> {
        match self {
            Kind::Flowdown => Ok(()),
            Kind::Snapshots => snapshots::prepare(billing, id).await,
        }
    }

    /// What is made of all shards once they have been worked.
    async fn finish(self, billing: &TenantBilling, id: &str) -> Result<()> {
        match self {
            Kind::Flowdown => Ok(()),
            Kind::Snapshots => snapshots::finish(billing, id).await,
        }
    }
}

/// What a worker's pass is to do.
pub struct Part<'a> {
    /// The job's id.
    pub job: &'a str,
    pub shards: &'a [u32],
    /// Where the last pass stopped; empty at the start.
    pub cursor: &'a str,
    pub deadline: Instant,
}

/// The shards in the lots that workers take; `None` if the job is over.
pub async fn prepare(billing: &TenantBilling, id: &str) -> Result<Option<Vec<Vec<u32>>>> {
    if running(&billing.store, id).await?.is_none() {
        return Ok(None);
    }
    Kind::of(id)?.prepare(billing, id).await?;
    let first = (0..SHARDS).step_by(SHARDS_OF_A_WORKER as usize);
    let lots = first.map(|first| (first..SHARDS.min(first + SHARDS_OF_A_WORKER)).collect());
    Ok(Some(lots.collect()))
}

/// Works shards from the cursor on until done or until the deadline.
pub async fn work(billing: &TenantBilling, part: &Part<'_>) -> Result<Pass> {
    if running(&billing.store, part.job).await?.is_none() {
        return Ok(Pass::Done);
    }
    Kind::of(part.job)?.work(billing, part).await
}

/// Ends a job that has been worked, and tells who wanted to know.
pub async fn settle(billing: &TenantBilling, id: &str) -> Result<()> {
    if running(&billing.store, id).await?.is_some() {
        Kind::of(id)?.finish(billing, id).await?;
    }
    let Some(job) = end(&billing.store, id, State::Completed, None).await? else {
        return Ok(());
    };
    tell(billing, &job, "has ended").await;
    Ok(())
}

/// Ends a job that was stopped by an error.
pub async fn fail(ports: &Ports, tenant: &TenantId, id: &str, failed: &Failed) -> Result<()> {
    let why = match failed.timed_out {
        true => "It took too long and was stopped: what it did is kept, start it again.".to_owned(),
        false => format!(
            "It was stopped by a technical failure ({}): what it did is kept, start it again.",
            failed.name
        ),
    };
    let (name, cause) = (&failed.name, &failed.cause);
    tracing::error!(job = id, name, cause, "a job was stopped");
    let Some(job) = end(&ports.store(tenant), id, State::Failed, Some(why)).await? else {
        return Ok(());
    };
    // After the end, because the settings may be what it failed by.
    let billing = ports
        .for_tenant(tenant, "jobs", &format!("job {id}"))
        .await?;
    tell(&billing, &job, "has stopped").await;
    Ok(())
}

/// Notes what a job could not do, for the mail at its end.
pub async fn note(billing: &TenantBilling, id: &str, problem: &str) -> Result<()> {
    let change = |job: &mut Job| {
        let known = job.problems.iter().any(|known| known == problem);
        if known || job.problems.len() >= PROBLEMS_MAX {
            return false;
        }
        job.problems.push(problem.to_owned());
        true
    };
    update(&billing.store, id, change).await.map(|_| ())
}

/// The job, if it is this one that is under way.
async fn running(store: &Store, id: &str) -> Result<Option<Versioned<Job>>> {
    let found = store.document::<Job>(&key(Kind::of(id)?)).await?;
    Ok(found.filter(|job| job.value.id == id && job.value.state == State::Running))
}

/// Changes a job that is under way, unless `change` says that there is nothing to.
async fn update(
    store: &Store,
    id: &str,
    mut change: impl FnMut(&mut Job) -> bool,
) -> Result<Option<Job>> {
    for _ in 0..ATTEMPTS {
        let Some(found) = running(store, id).await? else {
            return Ok(None);
        };
        let mut job = found.value.clone();
        if !change(&mut job) || store.put(&found.with(job.clone())).await?.is_some() {
            return Ok(Some(job));
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

/// Ends the job and answers it, also where an attempt before this one has ended it.
async fn end(
    store: &Store,
    id: &str,
    state: State,
    problem: Option<String>,
) -> Result<Option<Job>> {
    let ended = |job: &mut Job| {
        job.state = state;
        job.problems.extend(problem.clone());
        true
    };
    if let Some(job) = update(store, id, ended).await? {
        return Ok(Some(job));
    }
    let found = store.document::<Job>(&key(Kind::of(id)?)).await?;
    let found = found.map(|found| found.value);
    Ok(found.filter(|job| job.id == id && job.state == state))
}

/// Tells how a job has ended; the same news goes once.
async fn tell(billing: &TenantBilling, job: &Job, news: &str) {
    if let Some(to) = &job.notification_email {
        let key = format!("job|{}|{news}", job.id);
        billing.mail_staff(to, &key, mail(job, news)).await;
    }
}

fn mail(job: &Job, news: &str) -> std::result::Result<Rendered, NoticeError> {
    let fields =
        json!({ "title": job.kind.title(), "news": news, "id": job.id, "problems": job.problems });
    let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
    let template = EmailTemplate {
        subject: Some("{{ title }} {{ news }}".to_owned()),
        body: Some(include_str!("mail.html").to_owned()),
        ..EmailTemplate::default()
    };
    render(&template, &Context::new(&fields))
}
