//! The inline Map state: its iterations are branches of the execution, each with its own position.

use crate::failure::{Failure, Stop};
use crate::history::{Event, Iteration, within_limit};
use crate::interpreter::{Finished, Go, Interpreter};
use crate::map_state::MapState;
use crate::paths::Scope;
use crate::position::{Phase, Position};
use futures::StreamExt;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeMap;

/// One item on its way: the index, with its output or why it stopped.
type Ended = (usize, Result<Value, Stop>);

impl Interpreter {
    /// Boxed, because an iteration is a branch and a branch may be at a Map.
    pub(crate) fn map<'a>(
        &'a self,
        map: &'a MapState,
        branch: i64,
        position: &'a mut Position,
    ) -> BoxFuture<'a, Result<Go, Stop>> {
        Box::pin(self.run_map(map, branch, position))
    }

    async fn run_map(
        &self,
        map: &MapState,
        branch: i64,
        position: &mut Position,
    ) -> Result<Go, Stop> {
        let input = position.input.clone();
        let items = map.items(&input)?;
        // After a restart the iterations go on, so the start is not written again.
        if position.is_new() {
            position.phase = Phase::Begun;
            self.save(branch, position, &[Event::map_started(items.len())])?;
        }
        match self.iterations(map, position, items).await? {
            Ok(results) => leave(map, position, Value::Array(results)),
            Err((index, failure)) => {
                let events = self.failed_events(&position.state, index)?;
                self.caught(&map.catch, branch, position, failure, events)
            }
        }
    }

    /// The results in the items' order, or the first failure. Then the other iterations are
    /// dropped where they are.
    async fn iterations(
        &self,
        map: &MapState,
        position: &Position,
        items: &[Value],
    ) -> Result<Result<Vec<Value>, (usize, Failure)>, Stop> {
        // Where each iteration stood when the process was killed.
        let saved = self.store.positions(&self.arn)?;
        let iterations: Vec<BoxFuture<'_, Ended>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let saved = saved.get(&(index as i64)).cloned();
                let iteration = self.iteration(map, position, (index, item), saved);
                Box::pin(async move { (index, iteration.await) }) as BoxFuture<'_, Ended>
            })
            .collect();
        // The first failure must end the Map at once, so results are taken as they come.
        let mut ended = futures::stream::iter(iterations).buffer_unordered(map.at_once);
        let mut results = BTreeMap::new();
        while let Some((index, result)) = ended.next().await {
            match result {
                Ok(output) => results.insert(index, output),
                // Not as a `Stop`: the Map's Catch may take it.
                Err(Stop::Failed(failure)) => return Ok(Err((index, failure))),
                Err(stop) => return Err(stop),
            };
        }
        Ok(Ok(results.into_values().collect()))
    }

    async fn iteration(
        &self,
        map: &MapState,
        parent: &Position,
        (index, item): (usize, &Value),
        saved: Option<Position>,
    ) -> Result<Value, Stop> {
        let position = match saved {
            // Of an iteration that is done the input is its output.
            Some(position) if position.phase == Phase::Done => return Ok(position.input),
            Some(position) => position,
            None => self.begin(map, parent, index, item)?,
        };
        let finished = self.branch(&map.processor, index as i64, position).await?;
        self.finish(&parent.state, index, finished)
    }

    fn begin(
        &self,
        map: &MapState,
        parent: &Position,
        index: usize,
        item: &Value,
    ) -> Result<Position, Stop> {
        let scope = Scope {
            input: &parent.input,
            item: Some(item),
        };
        let input = map.selector.fill(scope)?;
        let start = &map.processor.start_at;
        let mut events = vec![Event::iteration(Iteration::Started, &parent.state, index)];
        events.extend(
            map.processor
                .get(start)
                .map(|state| Event::entered(state, start, &input)),
        );
        let mut position = Position::enter(start, input, parent.last_event);
        self.save(index as i64, &mut position, &events)?;
        Ok(position)
    }

    /// Keeps the output: a restart must not run the item again.
    fn finish(&self, map_name: &str, index: usize, finished: Finished) -> Result<Value, Stop> {
        let Finished {
            output,
            mut events,
            mut position,
        } = finished;
        events.push(Event::iteration(Iteration::Succeeded, map_name, index));
        position.phase = Phase::Done;
        self.save(index as i64, &mut position, &events)?;
        Ok(output)
    }

    fn failed_events(&self, map_name: &str, failed: usize) -> Result<Vec<Event>, Stop> {
        let mut events = vec![Event::iteration(Iteration::Failed, map_name, failed)];
        // An iteration that was not begun has no position, and there is nothing to abort.
        for (branch, position) in self.store.positions(&self.arn)? {
            match usize::try_from(branch) {
                Ok(index) if index != failed && position.phase != Phase::Done => {
                    events.push(Event::iteration(Iteration::Aborted, map_name, index));
                }
                _ => {}
            }
        }
        events.push(Event::map_ended("MapStateFailed"));
        Ok(events)
    }
}

/// The results count as they are, also where the selector keeps nothing of them.
fn leave(map: &MapState, position: &Position, results: Value) -> Result<Go, Stop> {
    within_limit(&position.state, &results)?;
    Ok(Go {
        next: map.next.clone(),
        output: map.result.output(&position.input, results)?,
        events: vec![Event::map_ended("MapStateSucceeded")],
    })
}
