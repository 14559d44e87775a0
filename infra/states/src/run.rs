//! One execution in a task of its own, until its end has been delivered.

use crate::clock;
use crate::definition::Definition;
use crate::executor::Executor;
use crate::failure::{Failure, Stop};
use crate::history::Event;
use crate::interpreter::{Finished, Interpreter};
use crate::invoke::InvokeError;
use crate::record::{Execution, Status};
use crate::store::TOP;
use std::sync::Arc;
use std::time::Duration;

/// How long a delivery that fails is repeated, as EventBridge does.
const DELIVERY_MS: i64 = 24 * 60 * 60 * 1000;

impl Executor {
    /// Runs an execution from where it stands. Of what has ended only the event is delivered.
    pub(crate) async fn run(self: Arc<Self>, execution: Execution) {
        let arn = execution.arn.clone();
        if let Err(error) = self.run_and_tell(execution).await {
            // Going on without a write on disk could repeat steps unseen, so it stays as last
            // written.
            tracing::error!(%error, arn, "an execution waits for the next start: its database failed");
        }
        self.running().remove(&arn);
    }

    async fn run_and_tell(&self, execution: Execution) -> rusqlite::Result<()> {
        let ended = match execution.status {
            Status::Running => self.run_to_end(execution).await,
            _ => Ok(execution),
        };
        match ended {
            Ok(ended) => self.notify(&ended).await,
            Err(Stop::Store(error)) => Err(error),
            // Who stopped it has spawned the telling. A failure that could not be written as one
            // is out of room.
            Err(Stop::Ended | Stop::Failed(_)) => Ok(()),
        }
    }

    async fn run_to_end(&self, execution: Execution) -> Result<Execution, Stop> {
        let outcome = self.walk(&execution).await;
        match self.end(&execution, outcome) {
            // A success whose events exceed the history's limit ends as a failure.
            Err(Stop::Failed(failure)) => self.end(&execution, Err(failure.into())),
            ended => ended,
        }
    }

    /// None when the machine's own time limit has passed, which counts from the start date.
    async fn walk(&self, execution: &Execution) -> Result<Option<Finished>, Stop> {
        let definition = Definition::parse(&execution.name, &execution.definition)
            .map_err(|error| Failure::runtime(error.to_string()))?;
        let interpreter = Interpreter {
            arn: execution.arn.clone(),
            store: self.store.clone(),
            invoke: self.invoke.clone(),
        };
        let position = self.store.positions(&execution.arn)?.remove(&TOP);
        let position = position.ok_or_else(|| Failure::runtime("The execution has no position"))?;
        let walk = interpreter.branch(&definition.states, TOP, position);
        let Some(seconds) = definition.timeout_seconds else {
            return walk.await.map(Some);
        };
        let limit = clock::sleep_until(execution.start_ms + seconds as i64 * 1000);
        tokio::select! {
            // The limit first: an execution that is resumed behind it must not make one more
            // step.
            biased;
            () = limit => Ok(None),
            finished = walk => finished.map(Some),
        }
    }

    fn end(
        &self,
        execution: &Execution,
        outcome: Result<Option<Finished>, Stop>,
    ) -> Result<Execution, Stop> {
        let (ended, events) = match outcome {
            Ok(Some(finished)) => succeeded(execution, finished),
            Ok(None) => {
                let ended = execution.clone().ended(Status::TimedOut, None, None);
                (ended, vec![Event::execution_timed_out()])
            }
            Err(Stop::Failed(failure)) => {
                let events = vec![Event::execution_failed(&failure)];
                (
                    execution.clone().ended(Status::Failed, None, Some(failure)),
                    events,
                )
            }
            Err(stop) => return Err(stop),
        };
        self.store.end(&ended, &events)?;
        Ok(ended)
    }

    /// Delivers the event of an execution's end; what is not noted as delivered is delivered again after
    /// a restart.
    async fn notify(&self, execution: &Execution) -> rusqlite::Result<()> {
        let stop_ms = execution.stop_ms.unwrap_or(execution.start_ms);
        let mut pause = Duration::from_secs(1);
        while let Err(error) = self.deliver(execution).await {
            tracing::warn!(%error, arn = execution.arn, "the event of an execution's end was not taken");
            // From the end on, so that restarts do not prolong it.
            if clock::now_ms() - stop_ms > DELIVERY_MS {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(60));
        }
        self.store.mark_notified(&execution.arn)
    }

    async fn deliver(&self, execution: &Execution) -> Result<(), InvokeError> {
        let (ended, event) = (self.ended.clone(), execution.status_change());
        // In a task of its own, so that a panic of the target comes back as an error.
        let delivery = tokio::spawn(async move { ended.ended(event).await });
        let died = |_| InvokeError::exited("the event's target died");
        delivery.await.map_err(died).and_then(|taken| taken)
    }
}

fn succeeded(execution: &Execution, finished: Finished) -> (Execution, Vec<Event>) {
    let mut events = finished.events;
    events.push(Event::execution_succeeded(&finished.output));
    let output = finished.output.to_string();
    (
        execution
            .clone()
            .ended(Status::Succeeded, Some(output), None),
        events,
    )
}
