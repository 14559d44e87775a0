//! How an action has ended, or that it has not.

use model::Error;
use model::resources::billing_run_action::ActionStatus;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; a note for staff if something beside it failed.
    Completed(Option<String>),
    PaymentFailure(String),
    Error(String),
    /// An error before anything was tried: it comes to something else than was
    /// approved.
    NotApproved(String),
    /// A defect or an outage, with detail for operators; one that may pass is
    /// tried again.
    Failed {
        why: String,
        detail: String,
        passing: bool,
    },
    /// A charge whose outcome nobody could tell since this moment.
    GivenUp(jiff::Timestamp),
    Skipped(ActionStatus, String),
    /// Not yet: to be taken up again after so many seconds.
    Later(u32),
    /// The same, where the effect is recorded and only its mail was put off.
    Unsent(u32),
    /// Another worker has the action, or staff took it out a moment ago: it is
    /// looked at again.
    Lost,
}

impl Outcome {
    /// Seconds until the action is to be taken up again, if it is.
    pub fn pause(&self) -> Option<u32> {
        match self {
            Outcome::Later(seconds) | Outcome::Unsent(seconds) => Some(*seconds),
            Outcome::Failed { passing: true, .. } => Some(2),
            Outcome::Lost => Some(1),
            _ => None,
        }
    }

    pub fn no_longer_eligible(why: impl Into<String>) -> Outcome {
        Outcome::Skipped(ActionStatus::NoLongerEligible, why.into())
    }

    /// A defect stopped the action; its log line tells operators more.
    pub fn panicked() -> Outcome {
        Outcome::Failed {
            why: "a defect of ours stopped this action; what it had done is kept".into(),
            detail: "a step panicked; see the log".into(),
            passing: false,
        }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Outcome::Failed {
            why: staff_line(&error),
            detail: format!("{error:?}"),
            passing: error.is_transient(),
        }
    }
}

/// What staff read of an error: what is for operators stays in the detail.
fn staff_line(error: &Error) -> String {
    match error {
        Error::Unknown(_) | Error::Internal(_) => "a technical failure; see error_stack".into(),
        other => other.to_string(),
    }
}
