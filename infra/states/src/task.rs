//! The Task state: attempts, their time limit, retries and the catch.

use crate::clock;
use crate::failure::{Failure, Stop, TIMEOUT};
use crate::history::{Event, within_limit};
use crate::interpreter::{Go, Interpreter};
use crate::invoke::InvokeError;
use crate::paths::Scope;
use crate::position::{Phase, Position};
use crate::retry::{Catcher, Retrier};
use crate::state::Task;
use serde_json::{Value, json};
use std::time::Duration;

impl Interpreter {
    pub(crate) async fn task(
        &self,
        task: &Task,
        branch: i64,
        position: &mut Position,
    ) -> Result<Go, Stop> {
        let payload = task.payload.fill(Scope::input(&position.input))?;
        // They are kept with the position, so a restart gives no new attempts.
        position.retries.resize(task.retry.len(), 0);
        loop {
            self.prepare_attempt(task, branch, position, &payload)
                .await?;
            match self.attempt(task, &payload).await {
                Ok(result) => return leave(task, &position.input, result),
                Err(failure) => {
                    if let Some(go) = self.failed(task, branch, position, failure)? {
                        return Ok(go);
                    }
                }
            }
        }
    }

    /// Waits for a retry's time. An attempt that was already under way when the process ended
    /// is made again as it stands, and not written a second time.
    async fn prepare_attempt(
        &self,
        task: &Task,
        branch: i64,
        position: &mut Position,
        payload: &Value,
    ) -> Result<(), Stop> {
        // Also a pause that began before a restart.
        if let Phase::Until(ms) = position.phase {
            clock::sleep_until(ms).await;
        }
        if position.phase == Phase::Begun {
            return Ok(());
        }
        let parameters = json!({"FunctionName": task.function, "Payload": payload});
        // Before anything is scheduled, as the service refuses it without invoking.
        within_limit(&position.state, &parameters)?;
        position.phase = Phase::Begun;
        let scheduled = Event::task_scheduled(&parameters, task.timeout_seconds);
        self.save(branch, position, &[scheduled, Event::task_started()])
    }

    /// One invocation. It runs on when its time limit has passed or the execution is stopped,
    /// as a function does that nobody waits for any more.
    async fn attempt(&self, task: &Task, payload: &Value) -> Result<Value, Failure> {
        let (invoke, function, payload) =
            (self.invoke.clone(), task.function.clone(), payload.clone());
        // In a task of its own: a panic comes back as an error, and a drop of this future does
        // not end it.
        let invocation = tokio::spawn(async move { invoke.invoke(&function, payload).await });
        let limit = Duration::from_secs(task.timeout_seconds.unwrap_or(99_999_999));
        let Ok(ended) = tokio::time::timeout(limit, invocation).await else {
            return Err(Failure::new(TIMEOUT, ""));
        };
        let died = |_| InvokeError::exited("Runtime exited without providing a reason");
        let payload = ended
            .map_err(died)
            .and_then(|answer| answer)
            .map_err(InvokeError::failure)?;
        // What the lambda:invoke integration wraps an answer in; the limit is on the whole.
        let result = json!({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200});
        within_limit("arn:aws:states:::lambda:invoke", &result)?;
        Ok(result)
    }

    /// A retry, which is written with its time; else the way the catch leads; else the failure.
    fn failed(
        &self,
        task: &Task,
        branch: i64,
        position: &mut Position,
        failure: Failure,
    ) -> Result<Option<Go>, Stop> {
        let event = Event::task_failed(&failure);
        if let Some(index) = Retrier::find(&task.retry, &position.retries, &failure) {
            let delay = task.retry[index].delay_ms(position.retries[index], rand::random());
            position.retries[index] += 1;
            position.phase = Phase::Until(clock::now_ms() + delay);
            self.save(branch, position, &[event])?;
            return Ok(None);
        }
        self.caught(&task.catch, branch, position, failure, vec![event])
            .map(Some)
    }

    /// The way the catch leads. A failure nothing catches is returned, after its events are written.
    pub(crate) fn caught(
        &self,
        catch: &[Catcher],
        branch: i64,
        position: &mut Position,
        failure: Failure,
        events: Vec<Event>,
    ) -> Result<Go, Stop> {
        // Written here, because an uncaught failure has no next state to be written with.
        let Some(catcher) = Catcher::find(catch, &failure) else {
            self.save(branch, position, &events)?;
            return Err(failure.into());
        };
        Ok(Go {
            next: catcher.next.clone(),
            output: catcher.output(&position.input, &failure)?,
            events,
        })
    }
}

fn leave(task: &Task, input: &Value, result: Value) -> Result<Go, Stop> {
    let events = vec![Event::task_succeeded(&result)];
    Ok(Go {
        next: task.next.clone(),
        output: task.result.output(input, result)?,
        events,
    })
}
