//! A tenant's jobs in the background.

use crate::TestApp;
use lifecycle::jobs::{self, Job, Kind};
use services::executions::Standing;
use std::time::Duration;

impl TestApp {
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
