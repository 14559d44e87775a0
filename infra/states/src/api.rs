//! The errors of the Step Functions API.

/// Why a call was refused. `code` gives the API's name for it.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No machine has this ARN.
    #[error("State Machine Does Not Exist: '{0}'")]
    StateMachineDoesNotExist(String),
    /// No execution has this ARN.
    #[error("Execution Does Not Exist: '{0}'")]
    ExecutionDoesNotExist(String),
    /// The name was used with another input, or its execution has ended.
    #[error("Execution Already Exists: '{0}'")]
    ExecutionAlreadyExists(String),
    #[error("Invalid Name: {0}")]
    InvalidName(String),
    #[error("Invalid State Machine Execution Input: {0}")]
    InvalidExecutionInput(String),
    #[error("Invalid Token: {0}")]
    InvalidToken(String),
    /// A field of the request breaks a rule.
    #[error("{0}")]
    Validation(String),
    #[error("Unknown operation {0}")]
    UnknownOperation(String),
    #[error("the executor's database: {0}")]
    Store(#[from] rusqlite::Error),
}

impl ApiError {
    /// The error's name on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StateMachineDoesNotExist(_) => "StateMachineDoesNotExist",
            Self::ExecutionDoesNotExist(_) => "ExecutionDoesNotExist",
            Self::ExecutionAlreadyExists(_) => "ExecutionAlreadyExists",
            Self::InvalidName(_) => "InvalidName",
            Self::InvalidExecutionInput(_) => "InvalidExecutionInput",
            Self::InvalidToken(_) => "InvalidToken",
            Self::Validation(_) => "ValidationException",
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::Store(_) => "InternalFailure",
        }
    }
}
