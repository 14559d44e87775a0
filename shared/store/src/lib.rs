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
mod page;
mod query;
mod read;
mod references;
mod retry;
mod save;
mod search;
mod transact;

pub use change::Change;
pub use client::{Connection, Database, TableNames, client};
pub use document::{Document, DocumentKey, Versioned};
pub use page::{Page, PageToken, QueryId};
pub use query::{Query, Range};
pub use references::{Missing, Uses};
pub use save::check;
pub use search::{Budget, Found};
pub use transact::{Refused, Transaction};

use model::TenantId;
use std::sync::Arc;

/// One tenant's data.
#[derive(Clone)]
pub struct Store {
    pub(crate) database: Arc<Database>,
    tenant: TenantId,
}

impl Store {
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The same database for another tenant: only the scheduler, which serves
    /// all of them, has a use for it.
    pub fn database(&self) -> Arc<Database> {
        self.database.clone()
    }
}

impl Database {
    pub fn tenant(self: &Arc<Self>, tenant: &TenantId) -> Store {
        Store {
            database: self.clone(),
            tenant: tenant.clone(),
        }
    }
}
