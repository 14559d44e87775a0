//! Starts, stops, describes and resumes executions.

use crate::api::ApiError;
use crate::arn;
use crate::clock;
use crate::definition::{Definition, Machine};
use crate::failure::{Failure, Stop};
use crate::fields::DefinitionError;
use crate::history::{Event, MOST_BYTES};
use crate::invoke::{Ended, Invoke};
use crate::position::Position;
use crate::record::{Execution, Status};
use crate::store::{HistoryPage, Store};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

/// Runs the executions of a set of state machines, durably.
pub struct Executor {
    pub(crate) store: Arc<Store>,
    pub(crate) invoke: Arc<dyn Invoke>,
    pub(crate) ended: Arc<dyn Ended>,
    /// The filled definition of each machine, by ARN.
    machines: BTreeMap<String, (String, String)>,
    /// Held while an execution is looked up and begun, so that a name is begun once.
    running: Mutex<HashMap<String, AbortHandle>>,
}

/// Why the executor can't start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("state machine {0}")]
    Definition(#[from] DefinitionError),
    #[error("the executor's database: {0}")]
    Store(#[from] rusqlite::Error),
}

impl Executor {
    /// Opens the database file `path` (in memory without one) and reads the machines.
    /// Nothing runs before [`Executor::resume`] or [`Executor::start_execution`].
    ///
    /// # Errors
    /// When a definition uses what the executor does not run, and when the file can't be
    /// opened or another process has it open.
    pub fn open(
        path: Option<&Path>,
        machines: Vec<Machine>,
        invoke: Arc<dyn Invoke>,
        ended: Arc<dyn Ended>,
    ) -> Result<Arc<Self>, OpenError> {
        let mut filled = BTreeMap::new();
        for machine in machines {
            let text = machine.filled()?;
            // Only checked here: an execution reads the text it began with, also after a restart
            // with another.
            Definition::parse(&machine.name, &text)?;
            filled.insert(arn::machine_arn(&machine.name), (machine.name, text));
        }
        Ok(Arc::new(Self {
            store: Arc::new(Store::open(path)?),
            invoke,
            ended,
            machines: filled,
            running: Mutex::default(),
        }))
    }

    /// Continues every execution that was running when the process last ended, and delivers
    /// the ends that were not. To be called once, before anything is started.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn resume(self: &Arc<Self>) -> Result<(), ApiError> {
        let mut running = self.running();
        for execution in self.store.unfinished()? {
            self.spawn(&mut running, execution);
        }
        Ok(())
    }

    /// Starts the execution `name` of a machine; without a name it gets one of its own. The
    /// same name with the same input answers with the running execution.
    ///
    /// # Errors
    /// As the API: an unknown machine, a bad name or input, a name that is taken.
    pub fn start_execution(
        self: &Arc<Self>,
        machine_arn: &str,
        name: Option<&str>,
        input: &str,
    ) -> Result<Execution, ApiError> {
        let (machine, definition) = self
            .machines
            .get(machine_arn)
            .ok_or_else(|| ApiError::StateMachineDoesNotExist(machine_arn.to_owned()))?;
        let name = name.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned);
        arn::check_name(&name)?;
        let value = parse_input(input)?;
        let execution = Execution {
            arn: arn::execution_arn(machine, &name),
            machine_arn: machine_arn.to_owned(),
            name,
            definition: definition.clone(),
            input: input.to_owned(),
            status: Status::Running,
            start_ms: clock::now_ms(),
            stop_ms: None,
            output: None,
            error: None,
            cause: None,
        };
        self.begin(execution, value)
    }

    fn begin(self: &Arc<Self>, execution: Execution, input: Value) -> Result<Execution, ApiError> {
        let mut running = self.running();
        if let Some(earlier) = self.store.execution(&execution.arn)? {
            return same(earlier, &execution);
        }
        let definition = Definition::parse(&execution.name, &execution.definition)
            .map_err(|error| ApiError::Validation(error.to_string()))?;
        let start = &definition.states.start_at;
        let mut events = vec![Event::execution_started(&execution.input)];
        events.extend(
            definition
                .states
                .get(start)
                .map(|state| Event::entered(state, start, &input)),
        );
        let mut position = Position::enter(start, input, 0);
        self.store
            .begin(&execution, &mut position, &events)
            .map_err(store_error)?;
        self.spawn(&mut running, execution.clone());
        Ok(execution)
    }

    /// # Errors
    /// When there is no such execution.
    pub fn describe_execution(&self, arn: &str) -> Result<Execution, ApiError> {
        let execution = self.store.execution(arn)?;
        execution.ok_or_else(|| ApiError::ExecutionDoesNotExist(arn.to_owned()))
    }

    /// Aborts an execution and returns it as it ended. One that has ended stays as it is. A
    /// function it has invoked runs on.
    ///
    /// # Errors
    /// When there is no such execution.
    pub fn stop_execution(
        self: &Arc<Self>,
        arn: &str,
        error: &str,
        cause: &str,
    ) -> Result<Execution, ApiError> {
        let execution = self.describe_execution(arn)?;
        let failure = Failure::new(error, cause);
        let events = [Event::execution_aborted(&failure)];
        let aborted = execution.ended(Status::Aborted, None, Some(failure));
        let mut running = self.running();
        match self.store.end(&aborted, &events) {
            Ok(()) => {}
            // It ended by itself meanwhile.
            Err(Stop::Ended) => return self.describe_execution(arn),
            Err(stop) => return Err(store_error(stop)),
        }
        if let Some(task) = running.remove(arn) {
            // The end is on disk already: whatever the task would still write is refused by it.
            task.abort();
        }
        // An abort is an end like any other, with its event.
        self.spawn(&mut running, aborted.clone());
        Ok(aborted)
    }

    /// A page of an execution's history events, as the API shows them.
    ///
    /// # Errors
    /// When there is no such execution.
    pub fn history(&self, arn: &str, page: HistoryPage) -> Result<Vec<Value>, ApiError> {
        self.describe_execution(arn)?;
        Ok(self.store.history(arn, page)?)
    }

    fn spawn(self: &Arc<Self>, running: &mut HashMap<String, AbortHandle>, execution: Execution) {
        let arn = execution.arn.clone();
        // The caller holds `running`, so the task can't take its entry out before it is in.
        let task = tokio::spawn(self.clone().run(execution));
        running.insert(arn, task.abort_handle());
    }

    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same name and input while it runs is the same request asked again.
fn same(earlier: Execution, asked: &Execution) -> Result<Execution, ApiError> {
    if earlier.status == Status::Running && earlier.input == asked.input {
        return Ok(earlier);
    }
    Err(ApiError::ExecutionAlreadyExists(earlier.arn))
}

fn parse_input(input: &str) -> Result<Value, ApiError> {
    if input.len() > MOST_BYTES {
        let rule = format!("input must have at most {MOST_BYTES} bytes");
        return Err(ApiError::InvalidExecutionInput(rule));
    }
    serde_json::from_str(input)
        .map_err(|error| ApiError::InvalidExecutionInput(format!("input is not JSON: {error}")))
}

fn store_error(stop: Stop) -> ApiError {
    match stop {
        Stop::Store(error) => ApiError::Store(error),
        Stop::Failed(failure) => ApiError::Validation(failure.cause),
        Stop::Ended => ApiError::Validation("the execution has ended".to_owned()),
    }
}
