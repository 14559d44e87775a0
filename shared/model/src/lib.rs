//! What records are: their fields and rules, who may write what, how they
//! change. No AWS, no HTTP, no async: every rule here can be read and tested
//! alone.

pub mod action_id;
pub mod address;
pub mod amounts;
pub mod choice;
pub mod context;
pub mod deployment;
pub mod error;
pub mod field;
pub mod ids;
pub mod index;
pub mod json;
pub mod lookup;
pub mod money;
pub mod name_order;
pub mod package;
pub mod patch;
pub mod reader;
pub mod record;
pub mod resource;
pub mod resources;
pub mod schedule;
pub mod schema;
pub mod search;
pub mod sys;
pub mod web_address;
pub mod zone;

pub use context::{Caller, Scope, WriteContext};
pub use deployment::Deployment;
pub use error::{Error, Problem, Problems, Result};
pub use field::{Field, FieldDef, Kind};
pub use ids::TenantId;
pub use record::Record;
pub use resource::Resource;
pub use schema::Schema;
