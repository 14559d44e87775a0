//! Executions of the state machines, started by a name that is made of the run or
//! job and its generation, so that starting twice is starting once.

use aws_sdk_sfn::config::{
    BehaviorVersion, Config, Region, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::types::ExecutionStatus;
use model::{Error, Result, TenantId};
use std::time::Duration;
use store::Connection;

/// Which of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Refresh,
    Execution,
    /// Of a tenant's jobs.
    Jobs,
}

/// A claim on a run or a job: what an execution is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job<'a> {
    pub machine: Machine,
    pub tenant: &'a TenantId,
    pub run: &'a str,
    pub generation: i64,
}

impl Job<'_> {
    /// At most 80 characters, none of them `# : / |`.
    fn name(&self) -> String {
        format!("{}-{}", self.run, self.generation)
    }

    /// Ids only, and nothing that depends on time: a repetition is the same.
    fn input(&self) -> String {
        serde_json::json!({ "tenant": self.tenant.as_str(), "run": self.run, "generation": self.generation }).to_string()
    }
}

/// How an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
    /// It was never started.
    Missing,
}

/// The ARNs of our machines.
#[derive(Clone, Debug, Default)]
pub struct Arns {
    pub refresh: String,
    pub execution: String,
    pub jobs: String,
}

/// The Step Functions service, and our machines.
#[derive(Clone)]
pub struct Executions {
    client: aws_sdk_sfn::Client,
    arns: Arns,
}

impl Executions {
    pub fn new(connection: &Connection, arns: Arns) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(connection.region.clone()))
            .credentials_provider(connection.credentials.clone())
            .http_client(connection.http.clone())
            // Repeating StartExecution is harmless: the name makes it the same execution.
            .retry_config(RetryConfig::standard())
            // The SDK waits for an answer without limit: a connection that died silently would
            // hang until the function is ended.
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(Duration::from_secs(5))
                    .build(),
            );
        if let Some(endpoint) = &connection.endpoint {
            config = config.endpoint_url(endpoint);
        }
        Executions {
            client: aws_sdk_sfn::Client::from_conf(config.build()),
            arns,
        }
    }

    /// From the variables that the template sets; a function that starts no
    /// execution has none of them.
    pub fn from_environment(connection: &Connection) -> Result<Self> {
        // An empty ARN is refused by the service, so a function that needs one fails at its first
        // call.
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let arns = Arns {
            refresh: variable("REFRESH_STATE_MACHINE_ARN"),
            execution: variable("EXECUTION_STATE_MACHINE_ARN"),
            jobs: variable("JOBS_STATE_MACHINE_ARN"),
        };
        Ok(Self::new(connection, arns))
    }

    /// The ARN that starting `job` answers with, known before it is started.
    pub fn arn(&self, job: &Job<'_>) -> String {
        format!(
            "{}:{}",
            self.machine(job.machine)
                .replacen(":stateMachine:", ":execution:", 1),
            job.name()
        )
    }

    fn machine(&self, machine: Machine) -> &str {
        match machine {
            Machine::Refresh => &self.arns.refresh,
            Machine::Execution => &self.arns.execution,
            Machine::Jobs => &self.arns.jobs,
        }
    }

    /// Starts the job; one that was started before counts as started.
    pub async fn start(&self, job: &Job<'_>) -> Result<String> {
        let sent = self
            .client
            .start_execution()
            .state_machine_arn(self.machine(job.machine))
            .name(job.name())
            .input(job.input())
            .send()
            .await;
        match sent {
            Ok(started) => Ok(started.execution_arn),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_execution_already_exists()) =>
            {
                // With the same name and input a running execution is answered as started; this
                // error is of one that has ended, which a repetition must not start anew.
                Ok(self.arn(job))
            }
            Err(error) => Err(translate(&error)),
        }
    }

    pub async fn standing(&self, arn: &str) -> Result<Standing> {
        match self
            .client
            .describe_execution()
            .execution_arn(arn)
            .send()
            .await
        {
            Ok(execution) => Ok(match execution.status {
                ExecutionStatus::Succeeded => Standing::Succeeded,
                ExecutionStatus::Failed => Standing::Failed,
                ExecutionStatus::TimedOut => Standing::TimedOut,
                ExecutionStatus::Aborted => Standing::Aborted,
                // Also a status that is newer than this SDK: it is not known to have ended.
                _ => Standing::Running,
            }),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_execution_does_not_exist()) =>
            {
                Ok(Standing::Missing)
            }
            Err(error) => Err(translate(&error)),
        }
    }

    /// Ends an execution; one that has ended already stays as it is.
    pub async fn stop(&self, arn: &str, cause: &str) -> Result<()> {
        match self
            .client
            .stop_execution()
            .execution_arn(arn)
            .cause(cause)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_execution_does_not_exist()) =>
            {
                Ok(())
            }
            Err(error) => Err(translate(&error)),
        }
    }
}

fn translate<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> Error {
    match error.as_service_error().and_then(|e| e.code()) {
        Some("ThrottlingException" | "ExecutionLimitExceeded") => Error::Throttled {
            retry_after_seconds: 2,
        },
        code => Error::internal(format!(
            "Step Functions: {}: {error:?}",
            code.unwrap_or("no answer")
        )),
    }
}
