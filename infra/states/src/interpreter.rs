//! Walks one branch of an execution from state to state, each step written before the next.

use crate::clock;
use crate::definition::States;
use crate::failure::{Failure, Stop};
use crate::history::{Event, within_limit};
use crate::invoke::Invoke;
use crate::paths::Scope;
use crate::position::{Phase, Position};
use crate::state::{State, Wait};
use crate::store::Store;
use serde_json::Value;
use std::sync::Arc;

/// What every branch of one execution shares.
pub(crate) struct Interpreter {
    pub arn: String,
    pub store: Arc<Store>,
    pub invoke: Arc<dyn Invoke>,
}

/// What a state leads to.
pub(crate) enum Flow {
    Go(Go),
    Succeed,
}

/// A way out of a state, not yet written.
pub(crate) struct Go {
    pub next: String,
    pub output: Value,
    /// What happened in the state before it is left.
    pub events: Vec<Event>,
}

/// The end of a branch that succeeded, not yet written.
pub(crate) struct Finished {
    pub output: Value,
    pub events: Vec<Event>,
    pub position: Position,
}

impl Go {
    pub fn quiet(next: &str, output: Value) -> Self {
        Self {
            next: next.to_owned(),
            output,
            events: Vec::new(),
        }
    }
}

impl Interpreter {
    /// Runs a branch from where it stands to its end.
    pub async fn branch(
        &self,
        states: &States,
        branch: i64,
        mut position: Position,
    ) -> Result<Finished, Stop> {
        loop {
            let state = states
                .get(&position.state)
                .ok_or_else(|| unknown(&position.state))?;
            match self.state(state, branch, &mut position).await? {
                Flow::Go(go) => position = self.go(states, state, branch, position, go)?,
                Flow::Succeed => return Ok(Finished::new(state, position)),
            }
        }
    }

    async fn state(
        &self,
        state: &State,
        branch: i64,
        position: &mut Position,
    ) -> Result<Flow, Stop> {
        let input = &position.input;
        let go = match state {
            State::Task(task) => self.task(task, branch, position).await?,
            State::Map(map) => self.map(map, branch, position).await?,
            State::Wait(wait) => self.wait(wait, branch, position).await?,
            State::Choice(choice) => Go::quiet(choice.pick(input)?, input.clone()),
            State::Pass(pass) => {
                let result = pass.parameters.fill(Scope::input(input))?;
                Go::quiet(&pass.next, pass.result.put(input.clone(), result)?)
            }
            State::Succeed => return Ok(Flow::Succeed),
            State::Fail(fail) => return Err(fail.failure(input).into()),
        };
        Ok(Flow::Go(go))
    }

    /// Leaves a state and enters the next, in one write.
    fn go(
        &self,
        states: &States,
        state: &State,
        branch: i64,
        position: Position,
        go: Go,
    ) -> Result<Position, Stop> {
        // The limit is on what a state hands on, also where its own result was small.
        within_limit(&position.state, &go.output)?;
        let next = states.get(&go.next).ok_or_else(|| unknown(&go.next))?;
        let mut events = go.events;
        events.push(Event::exited(state, &position.state, &go.output));
        events.push(Event::entered(next, &go.next, &go.output));
        let mut entered = Position::enter(&go.next, go.output, position.last_event);
        self.save(branch, &mut entered, &events)?;
        Ok(entered)
    }

    /// The end of a wait is written first, so that it stands through a restart.
    async fn wait(&self, wait: &Wait, branch: i64, position: &mut Position) -> Result<Go, Stop> {
        let until = match position.phase {
            Phase::Until(ms) => ms,
            _ => clock::now_ms() + wait.seconds(&position.input)? * 1000,
        };
        // A wait that goes on after a restart keeps the end it had.
        if position.is_new() {
            position.phase = Phase::Until(until);
            self.save(branch, position, &[])?;
        }
        clock::sleep_until(until).await;
        Ok(Go::quiet(&wait.next, position.input.clone()))
    }

    pub fn save(&self, branch: i64, position: &mut Position, events: &[Event]) -> Result<(), Stop> {
        self.store.save(&self.arn, branch, position, events)
    }
}

impl Finished {
    fn new(state: &State, position: Position) -> Self {
        Self {
            output: position.input.clone(),
            events: vec![Event::exited(state, &position.state, &position.input)],
            position,
        }
    }
}

fn unknown(name: &str) -> Failure {
    Failure::runtime(format!("There is no state {name}"))
}
