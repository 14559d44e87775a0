//! A tenant's work in the background that is no billing run. One job of a kind is
//! under way at a time: its document in the ledger is the claim, and an execution of
//! the state machine of jobs works it. Asking again meanwhile answers the same job,
//! so a crash between the two is mended by asking again.

mod steps;

pub use steps::{Part, fail, note, prepare, settle, work};

use jiff::Timestamp;
use ledger::context::Ports;
use model::address;
use model::choice::Choice;
use model::error::Problems;
use model::field::Field;
use model::ids::generate;
use model::resources::common::text;
use model::schema::{Group, Schema};
use model::{Error, Record, Result, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use services::executions::{self, Machine, Standing};
use store::{Document, DocumentKey, Store, Versioned};

model::choice! {
    /// What a job does. Its word begins the job's id.
    pub enum Kind {
        Flowdown = "flowdown",
        Snapshots = "snapshots",
    }
}

model::choice! {
    /// How a job stands. Stored.
    pub enum State {
        Running = "running",
        Completed = "completed",
        Failed = "failed",
    }
}

const NOTIFICATION_EMAIL: Field<String> =
    Field::with(text("notification_email", "Who is told when it has ended."));

/// What a request for a job may say.
pub const ASKED: Schema = Schema {
    title: "BackgroundJob",
    groups: &[Group {
        title: "Job",
        fields: &[NOTIFICATION_EMAIL.def],
    }],
};

/// The newest job of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub id: String,
    pub kind: Kind,
    pub state: State,
    /// Who is told when it has ended.
    pub notification_email: Option<String>,
    pub asked_by: String,
    /// By the system's clock.
    pub started_at: Timestamp,
    /// One line for each thing that it could not do, up to a number.
    #[serde(default)]
    pub problems: Vec<String>,
}

impl Document for Job {
    const WHAT: &'static str = "job";
    fn key(&self) -> DocumentKey {
        key(self.kind)
    }
}

fn key(kind: Kind) -> DocumentKey {
    DocumentKey::new("job", kind.as_str())
}

/// A job has one execution: asking again after its end makes another job.
const GENERATION: i64 = 1;
/// Attempts at a claim while others claim.
const ATTEMPTS: usize = 8;

/// Starts a job and answers its id; that of the one under way, if one is.
///
/// # Errors
/// `Invalid` naming what is wrong with the request; `Throttled` while others ask.
pub async fn start(
    ports: &Ports,
    store: &Store,
    kind: Kind,
    asked_by: &str,
    asked: Map<String, Value>,
) -> Result<String> {
    let asked = Record::new(asked);
    let mut problems = Problems::default();
    ASKED.check(&asked, &mut problems);
    address::check(NOTIFICATION_EMAIL, None, &asked, &mut problems);
    problems.into_result()?;
    for _ in 0..ATTEMPTS {
        let found = store.document::<Job>(&key(kind)).await?;
        if let Some(found) = &found
            && goes_on(ports, store, &found.value).await?
        {
            return Ok(found.value.id.clone());
        }
        let job = Job {
            id: format!("{kind}-{}", generate()),
            kind,
            state: State::Running,
            notification_email: asked.get(NOTIFICATION_EMAIL),
            asked_by: asked_by.to_owned(),
            started_at: Timestamp::now(),
            problems: Vec::new(),
        };
        let claim = match &found {
            Some(found) => found.with(job),
            None => Versioned::new(job),
        };
        if let Some(claimed) = store.put(&claim).await? {
            execute(ports, store.tenant(), &claimed.value).await?;
            return Ok(claimed.value.id);
        }
    }
    Err(Error::Throttled {
        retry_after_seconds: 1,
    })
}

/// The newest job of a kind, as it stands.
pub async fn newest(store: &Store, kind: Kind) -> Result<Option<Job>> {
    let found = store.document::<Job>(&key(kind)).await?;
    Ok(found.map(|found| found.value))
}

/// Whether the job is still being worked. One whose execution was never started is
/// started; one whose execution has ended without a word is over.
async fn goes_on(ports: &Ports, store: &Store, job: &Job) -> Result<bool> {
    if job.state != State::Running {
        return Ok(false);
    }
    let arn = ports.executions.arn(&execution(store.tenant(), job));
    match ports.executions.standing(&arn).await? {
        Standing::Running => Ok(true),
        Standing::Missing => {
            execute(ports, store.tenant(), job).await?;
            Ok(true)
        }
        Standing::Succeeded | Standing::Failed | Standing::TimedOut | Standing::Aborted => {
            Ok(false)
        }
    }
}

async fn execute(ports: &Ports, tenant: &TenantId, job: &Job) -> Result<()> {
    ports.executions.start(&execution(tenant, job)).await?;
    Ok(())
}

/// The execution that works a job.
pub fn execution<'a>(tenant: &'a TenantId, job: &'a Job) -> executions::Job<'a> {
    executions::Job {
        machine: Machine::Jobs,
        tenant,
        run: &job.id,
        generation: GENERATION,
    }
}
