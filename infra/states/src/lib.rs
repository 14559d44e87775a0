//! Runs the deployed state machines on this machine, as AWS Step Functions would.
//!
//! Exactly the states and fields the deployed `shards.asl.json` uses are run; anything else is
//! refused by name when the executor opens. Every step is on disk before the next begins, so
//! [`Executor::resume`] continues what a killed process left.

mod api;
mod arn;
mod choice;
mod clock;
mod definition;
mod ending;
mod executor;
mod failure;
mod fields;
mod history;
mod interpreter;
mod invoke;
mod map;
mod map_state;
mod paths;
mod position;
mod record;
mod retry;
mod run;
mod state;
mod store;
mod task;
mod wire;

pub use api::ApiError;
pub use arn::{execution_arn, machine_arn};
pub use definition::Machine;
pub use executor::{Executor, OpenError};
pub use fields::DefinitionError;
pub use invoke::{Ended, Invoke, InvokeError};
pub use record::{Execution, Status};
pub use store::HistoryPage;
pub use wire::router;
