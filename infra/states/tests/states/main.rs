//! The state machine executor, run on copies of the deployed files.

#![cfg(test)]

mod agreement;
mod drift;
mod life;
mod limits;
mod outcomes;
mod resume;
mod support;
mod sweep;
mod wire;
