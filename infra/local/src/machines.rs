//! The state machines on this machine: the executor with the steps' own code,
//! behind an address that speaks the service's protocol.

use crate::tables::TEMPLATE;
use crate::template::{StateMachineDefinition, Substitution, Template};
use async_trait::async_trait;
use ledger::context::Ports;
use serde_json::Value;
use services::executions::{Arns, Executions};
use services::steps::StepError;
use states::{Ended, Executor, Invoke, InvokeError, Machine, machine_arn, router};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Connection;
use tokio::task::JoinHandle;

/// The file that the template's state machines are made of, and its text.
const DEFINITION_URI: &str = "infra/shards.asl.json";
const DEFINITION: &str = include_str!("../../shards.asl.json");
/// The machine of jobs, and the function that has its steps.
const JOBS: &str = "membership-jobs";
const JOBS_FUNCTION: &str = "MembershipStepsFunction";
/// The steps functions' own limit, as in the template.
const LIMIT: Duration = Duration::from_secs(300);
/// Left for the last write of a pass.
const MARGIN: Duration = Duration::from_secs(30);

/// The machines as they are called here.
pub fn arns() -> Arns {
    Arns {
        refresh: machine_arn("billing-refresh"),
        execution: machine_arn("billing-execution"),
        jobs: machine_arn(JOBS),
    }
}

/// The address of the executor, known before billing is, which the steps need.
pub struct Endpoint {
    listener: tokio::net::TcpListener,
    pub executions: Executions,
}

impl Endpoint {
    pub async fn bind() -> Result<Endpoint, String> {
        // Bound before anything serves it: the steps start executions, so billing needs the
        // address first.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|cause| format!("no free port: {cause}"))?;
        let address = listener.local_addr().map_err(|cause| cause.to_string())?;
        let connection = Connection::local(format!("http://{address}"));
        let executions = Executions::new(&connection, arns());
        Ok(Endpoint {
            listener,
            executions,
        })
    }

    /// Opens the executions' file, serves the address and goes on with what was
    /// running when the process ended.
    pub async fn start(
        self,
        file: Option<&Path>,
        billing: Ports,
    ) -> Result<(Arc<Executor>, JoinHandle<()>), String> {
        let steps = Arc::new(Steps { billing });
        let executor = Executor::open(file, machines()?, steps.clone(), steps)
            .map_err(|cause| cause.to_string())?;
        let served = router(executor.clone());
        let server = tokio::spawn(async move {
            if let Err(cause) = axum::serve(self.listener, served).await {
                tracing::error!(%cause, "the executor's address has stopped");
            }
        });
        // After the address answers, because a step that goes on may start the next execution at
        // once.
        executor.resume().map_err(|cause| cause.to_string())?;
        Ok((executor, server))
    }
}

/// The deployed machines, each with what the template fills into its definition.
fn machines() -> Result<Vec<Machine>, String> {
    let template = Template::parse(TEMPLATE).map_err(|cause| format!("template.yaml: {cause}"))?;
    template.state_machines().iter().map(machine).collect()
}

fn machine(machine: &StateMachineDefinition) -> Result<Machine, String> {
    // The text is compiled in, so another file in the template would silently not be what runs.
    if machine.definition_uri != DEFINITION_URI {
        let (name, uri) = (&machine.name, &machine.definition_uri);
        return Err(format!(
            "template.yaml: the state machine {name} is made of {uri}, which is not built in"
        ));
    }
    let filled = machine.substitutions.iter().map(|(name, value)| {
        let value = match value {
            Substitution::Text(text) => text,
            Substitution::FunctionArn(logical_id) => logical_id,
        };
        (name.clone(), value.clone())
    });
    Ok(Machine {
        name: machine.name.clone(),
        definition: DEFINITION.to_owned(),
        substitutions: filled.collect(),
    })
}

/// The steps functions, called in process as Lambda would call them.
struct Steps {
    billing: Ports,
}

impl Steps {
    async fn call(&self, of_jobs: bool, payload: Value) -> Result<Value, InvokeError> {
        let deadline = Instant::now() + LIMIT - MARGIN;
        // Boxed, because the steps' future is large and is moved into the time limit's.
        let work = Box::pin(self.handle(of_jobs, payload, deadline));
        match tokio::time::timeout(LIMIT, work).await {
            Ok(answer) => answer.map_err(|error| InvokeError::new(error.error_type, error.message)),
            // As Lambda reports it: the state machine retries by this name.
            Err(_) => Err(InvokeError::timed_out(LIMIT.as_secs())),
        }
    }

    async fn handle(
        &self,
        of_jobs: bool,
        payload: Value,
        deadline: Instant,
    ) -> Result<Value, StepError> {
        match of_jobs {
            true => membership_steps::handle(&self.billing, payload, deadline).await,
            false => billing_steps::handle(&self.billing, payload, deadline).await,
        }
    }
}

#[async_trait]
impl Invoke for Steps {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError> {
        self.call(function == JOBS_FUNCTION, payload).await
    }
}

#[async_trait]
impl Ended for Steps {
    async fn ended(&self, event: Value) -> Result<(), InvokeError> {
        let of_jobs = event["detail"]["stateMachineArn"] == machine_arn(JOBS).as_str();
        self.call(of_jobs, event).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::machines;
    use serde_json::Value;
    use services::steps::ERROR_TYPES;
    use std::collections::BTreeSet;

    /// Every value under `name`, wherever it stands in the definitions.
    fn all(name: &str) -> Vec<Value> {
        fn collect(value: &Value, name: &str, found: &mut Vec<Value>) {
            match value {
                Value::Object(fields) => fields.iter().for_each(|(key, inner)| {
                    if key == name {
                        found.push(inner.clone());
                    }
                    collect(inner, name, found);
                }),
                Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        for machine in machines().unwrap() {
            let definition: Value = serde_json::from_str(&machine.filled().unwrap()).unwrap();
            collect(&definition, name, &mut found);
        }
        found
    }

    #[test]
    fn the_state_machines_call_exactly_the_steps_there_are() {
        let called: BTreeSet<String> = all("step")
            .iter()
            .map(|step| step.as_str().unwrap().to_owned())
            .collect();
        let there = billing_steps::STEPS.iter().chain(&membership_steps::STEPS);
        let there: BTreeSet<String> = there.map(|step| (*step).to_owned()).collect();
        assert_eq!(
            called, there,
            "name each step of functions/billing-steps and functions/membership-steps in infra/shards.asl.json, and none besides"
        );
    }

    #[test]
    fn every_error_that_is_retried_is_one_a_step_can_return() {
        let lists = all("ErrorEquals");
        let names = lists
            .iter()
            .flat_map(|list| list.as_array().unwrap())
            .map(|name| name.as_str().unwrap());
        let own: BTreeSet<&str> = names.filter(|name| !name.contains('.')).collect();
        assert!(!own.is_empty());
        let unknown: Vec<&&str> = own
            .iter()
            .filter(|name| !ERROR_TYPES.contains(name))
            .collect();
        assert!(
            unknown.is_empty(),
            "no step returns {unknown:?}: see StepError in shared/services"
        );
    }
}
