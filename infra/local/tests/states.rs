//! The state machine executor, run on copies of the deployed files.

#[path = "states/agreement.rs"]
mod agreement;
#[path = "states/drift.rs"]
mod drift;
#[path = "states/limits.rs"]
mod limits;
#[path = "states/outcomes.rs"]
mod outcomes;
#[path = "states/resume.rs"]
mod resume;
#[path = "states/support.rs"]
mod support;
#[path = "states/wire.rs"]
mod wire;
