//! A row that has been checked and what it needs to be written.

use crate::draft::Draft;
use model::Problem;
use store::{Change, Uses};

/// A row that may be written.
pub struct Ready {
    pub draft: Draft,
    /// Absent if the row breaks a rule of its group.
    pub change: Option<Change>,
    pub uses: Uses,
    pub problems: Vec<Problem>,
}
