//! What an SDK error means to us.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use model::Error;
use std::fmt::Debug;

/// Pauses a caller is asked to make when the database is throttled.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Whether a call could have changed something before it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Read,
    Write,
}

/// The error of a call that failed for another reason than its condition.
pub fn translate<E: ProvideErrorMetadata + Debug, R: Debug>(
    call: Call,
    error: &SdkError<E, R>,
) -> Error {
    let code = error.as_service_error().and_then(|e| e.code());
    by_code(call, code.unwrap_or("no answer"), &describe(error))
}

/// The same for an error that comes inside a successful answer.
pub fn by_code(call: Call, code: &str, message: &str) -> Error {
    match code {
        "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "ProvisionedThroughputExceeded"
        | "ThrottlingError" => Error::Throttled {
            retry_after_seconds: RETRY_AFTER_SECONDS,
        },
        // A transaction has the item in hand; it is done with it in a moment. "In progress"
        // is one of the same token: an earlier attempt of ours, whose answer was lost.
        "TransactionConflictException"
        | "TransactionConflict"
        | "TransactionInProgressException" => Error::Throttled {
            retry_after_seconds: 1,
        },
        // A ValidationException has no finer code; any other one is a defect of ours.
        "ValidationException" | "ValidationError" if message.contains("size has exceeded") => {
            Error::invalid("", "makes the record larger than 400 KB")
        }
        // These say nothing about whether the write was made.
        "InternalServerError" | "ServiceUnavailable" | "no answer" if call == Call::Write => {
            Error::Unknown(format!("{code}: {message}"))
        }
        _ => Error::Internal(format!("{code}: {message}")),
    }
}

fn describe<E: ProvideErrorMetadata + Debug, R: Debug>(error: &SdkError<E, R>) -> String {
    match error.as_service_error() {
        Some(service) => service.message().unwrap_or("").to_owned(),
        None => match error {
            SdkError::TimeoutError(_) => "timed out".into(),
            SdkError::DispatchFailure(failure) => format!("could not be sent: {failure:?}"),
            _ => "the answer could not be read".into(),
        },
    }
}
