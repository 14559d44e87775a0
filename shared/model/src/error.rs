//! The one error type that reaches a caller, and how violations are collected.

use std::fmt;

/// One violated rule: where (a JSON pointer into the body) and what the rule is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    pub path: String,
    pub message: String,
}

impl Problem {
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            path: path.into(),
            message: message.into(),
        }
    }
}

impl Problem {
    /// The same problem as seen from the object that holds the value at
    /// `parent`, a JSON pointer such as `/expiration_options`.
    pub fn under(self, parent: &str) -> Self {
        Problem::new(format!("{parent}{}", self.path), self.message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// Collects every violation of a body, so that a caller can correct all at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem::new(path, message));
    }

    pub fn extend(&mut self, more: impl IntoIterator<Item = Problem>) {
        self.0.extend(more);
    }

    /// Adds what a second reading of the same body found, but for the places
    /// that have been told already.
    pub fn extend_new(&mut self, more: impl IntoIterator<Item = Problem>) {
        for problem in more {
            if !self.0.iter().any(|known| known.path == problem.path) {
                self.0.push(problem);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Err(Invalid)` with everything found, or `Ok`.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Everything that can go wrong, by what the caller should do about it.
/// The wire status of each stands in one table, `web::error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The request breaks rules; each names its field. Correct it and send it again. (400)
    Invalid(Vec<Problem>),
    /// No credentials, or none that can be verified. (401)
    Unauthenticated,
    /// Known, but not allowed: tenant, scope or a locked record. (403)
    Forbidden(String),
    /// No such record in this tenant. (404)
    NotFound { what: &'static str, id: String },
    /// The request is sound but clashes with what is stored: a reference to
    /// nothing, something still in use. Read again, decide. (409)
    Conflict(Vec<Problem>),
    /// The record has been written since it was read. Read again, decide. (409)
    Stale { what: &'static str, id: String },
    /// There is a record of this id already. (409)
    Exists { what: &'static str, id: String },
    /// Too much at once; the same request may succeed after `retry_after_seconds`. (429)
    Throttled { retry_after_seconds: u32 },
    /// The write may or may not have happened; only reading can tell. (500)
    Unknown(String),
    /// A defect or an outage. The text is for operators and never leaves. (500)
    Internal(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Invalid(vec![Problem::new(path, message)])
    }

    pub fn conflict(path: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Conflict(vec![Problem::new(path, message)])
    }

    pub fn internal(cause: impl fmt::Display) -> Self {
        Error::Internal(cause.to_string())
    }

    pub fn stale(what: &'static str, id: &str) -> Self {
        Error::Stale {
            what,
            id: id.to_owned(),
        }
    }

    /// The rules that the request breaks, each with its field; none where the
    /// error is of another kind.
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Error::Invalid(problems) | Error::Conflict(problems) => problems.clone(),
            Error::Stale { what, id } => vec![Problem::new(
                "/sys_version",
                format!(
                    "{what} {id} has been changed since it was read: read it again and repeat the change"
                ),
            )],
            Error::Exists { what, id } => {
                vec![Problem::new("/id", format!("{what} {id} exists already"))]
            }
            _ => Vec::new(),
        }
    }

    /// The same request, unchanged, may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Error::Throttled { .. } | Error::Unknown(_) | Error::Internal(_)
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(_) | Error::Conflict(_) | Error::Stale { .. } | Error::Exists { .. } => {
                let problems = self.problems();
                let texts: Vec<String> = problems
                    .iter()
                    .map(|p| format!("{} {}", p.path, p.message))
                    .collect();
                f.write_str(texts.join("; ").trim())
            }
            Error::Unauthenticated => f.write_str("no valid credentials"),
            Error::Forbidden(why) => f.write_str(why),
            Error::NotFound { what, id } => write!(f, "{what} {id} does not exist"),
            Error::Throttled { .. } => f.write_str("too many requests"),
            Error::Unknown(cause) | Error::Internal(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for Error {}
