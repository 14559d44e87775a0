//! Errors inside an execution, as the Amazon States Language names them.

/// An error a state reports: what `Retry` and `Catch` match and what an execution fails with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error name, as in `States.Timeout` or a step's own `StoreThrottled`.
    pub error: String,
    /// Text for people; for an error of a function the JSON that Lambda answers with.
    pub cause: String,
}

/// Cannot be retried or caught, whatever the definition says.
pub(crate) const RUNTIME: &str = "States.Runtime";
/// Not matched by `States.ALL`.
pub(crate) const DATA_LIMIT: &str = "States.DataLimitExceeded";
pub(crate) const TIMEOUT: &str = "States.Timeout";

impl Failure {
    pub(crate) fn new(error: &str, cause: impl Into<String>) -> Self {
        Self {
            error: error.to_owned(),
            cause: cause.into(),
        }
    }

    pub(crate) fn runtime(cause: impl Into<String>) -> Self {
        Self::new(RUNTIME, cause)
    }
}

/// Why an execution or a branch of it goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Failure),
    /// The execution was ended from outside, so nothing more may be written for it.
    Ended,
    /// The execution stays as it was last written and goes on when the process starts again.
    Store(rusqlite::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}
