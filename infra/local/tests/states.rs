//! The state machine executor, run on copies of the deployed files.

#[cfg(test)]
#[path = "states/agreement.rs"]
mod agreement;
#[cfg(test)]
#[path = "states/drift.rs"]
mod drift;
#[cfg(test)]
#[path = "states/life.rs"]
mod life;
#[cfg(test)]
#[path = "states/limits.rs"]
mod limits;
#[cfg(test)]
#[path = "states/outcomes.rs"]
mod outcomes;
#[cfg(test)]
#[path = "states/resume.rs"]
mod resume;
#[cfg(test)]
#[path = "states/support.rs"]
mod support;
#[cfg(test)]
#[path = "states/sweep.rs"]
mod sweep;
#[cfg(test)]
#[path = "states/wire.rs"]
mod wire;
