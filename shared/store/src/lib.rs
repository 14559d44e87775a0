//! The only crate that knows DynamoDB. A [`Store`] is opened for one tenant,
//! so no caller can build a key for another.

mod bulk;
mod change;
mod claim;
mod client;
mod counter;
mod delete;
mod document;
mod errors;
mod item;
mod key;
mod page;
mod query;
mod read;
mod references;
mod retry;
mod save;
mod search;
mod together;
mod transact;

pub use change::Change;
pub use client::{Connection, Database, Store, TableNames, client};
pub use document::{Document, DocumentKey, Versioned};
pub use page::{Page, PageToken, QueryId};
pub use references::{Missing, Uses};
pub use save::check;
pub use search::{Budget, Found};
pub use together::Together;
pub use transact::{Refused, Transaction};
