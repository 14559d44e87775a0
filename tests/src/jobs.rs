//! A tenant's jobs in the background.

use crate::machine::{executions, no_executions};
use crate::{Answer, Call, TestApp};
use ledger::context::Ports;
use lifecycle::jobs::{self, Job, Kind};
use serde_json::Value;
use services::executions::Standing;
use std::time::Duration;

impl TestApp {
    /// With a service that never works an execution.
    pub async fn endless(&self) -> Ports {
        let address = no_executions().await;
        Ports {
            executions: executions(&self.core.connection, &address),
            ..self.core.billing.clone()
        }
    }

    /// Asks for a job by `path` twice at once and once more, while none of it is
    /// worked.
    ///
    /// # Panics
    /// Unless all are answered the same.
    pub async fn is_asked_once(&self, path: &str, body: Value) {
        let function = memberships::router(self.endless().await);
        let ask = async || {
            let call = Call::post(path, body.clone());
            Answer::read(&call.through(&function).await).ok()
        };
        let (first, beside) = futures::join!(ask(), ask());
        assert_eq!(first, beside);
        assert_eq!(ask().await, first);
    }

    /// The job of this id once its execution has ended.
    pub async fn ended_job(&self, kind: Kind, id: &str) -> Job {
        let executions = &self.core.billing.executions;
        for _ in 0..3_000 {
            let found = jobs::newest(&self.store, kind).await;
            let job = found.expect("the store answers").expect("a job");
            assert_eq!(job.id, id);
            let arn = executions.arn(&jobs::execution(self.store.tenant(), &job));
            let standing = executions.standing(&arn).await;
            if standing.expect("the service answers") != Standing::Running {
                let ended = jobs::newest(&self.store, kind).await;
                return ended.expect("the store answers").expect("a job");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the job {id} does not end");
    }
}
