//! What billing works with: the database and the ports to the outside.

use crate::renew::When;
use crate::tenant::{Defaults, Tenant};
use model::lookup::Lookup;
use model::{Record, Resource, Result, TenantId, WriteContext};
use services::absent::{NoMail, NoPayments};
use services::documents::{self, Documents};
use services::executions::Executions;
use services::mail::Mailer;
use services::payments::Payments;
use std::sync::Arc;
use store::{Connection, Database, Store, TableNames};
use terms::package::Packages;

#[derive(Clone)]
pub struct Ports {
    pub database: Arc<Database>,
    pub defaults: Defaults,
    pub payments: Arc<dyn Payments>,
    pub mailer: Arc<dyn Mailer>,
    pub documents: Arc<dyn Documents>,
    pub executions: Executions,
}

/// Billing for one tenant, as of now.
pub struct TenantBilling {
    pub ports: Ports,
    pub store: Store,
    pub tenant: Tenant,
    pub packages: Packages,
    /// Who is written into what is written.
    pub user: String,
    pub via: String,
}

impl Ports {
    /// As Lambda's environment says.
    pub fn from_environment() -> Result<Ports> {
        let connection = Connection::from_environment()?;
        Ok(Ports {
            database: Arc::new(Database::new(&connection, TableNames::from_environment())),
            defaults: Defaults::DEPLOYED,
            payments: Arc::new(NoPayments),
            mailer: Arc::new(NoMail),
            documents: documents::from_environment(&connection),
            executions: Executions::from_environment(&connection)?,
        })
    }

    pub fn store(&self, tenant: &TenantId) -> Store {
        self.database.tenant(tenant)
    }

    /// Reads the tenant's settings and packages.
    pub async fn for_tenant(
        &self,
        tenant: &TenantId,
        user: &str,
        via: &str,
    ) -> Result<TenantBilling> {
        let store = self.store(tenant);
        let (settings, packages) =
            futures::join!(Tenant::load(&store, &self.defaults), packages(&store));
        let (tenant, packages) = (settings?, packages?);
        let (user, via) = (user.to_owned(), via.to_owned());
        Ok(TenantBilling {
            ports: self.clone(),
            store,
            tenant,
            packages,
            user,
            via,
        })
    }
}

impl TenantBilling {
    pub fn context(&self) -> WriteContext {
        WriteContext {
            user: self.user.clone(),
            via: self.via.clone(),
            now: self.tenant.now(),
        }
    }

    pub fn when(&self) -> When {
        When {
            by: self.context(),
            today: self.tenant.today(),
        }
    }

    /// Changes a record by `change` as often as others overtake it; `None` from
    /// `change` leaves it as it is.
    pub async fn update<R: Resource>(
        &self,
        id: &str,
        mut change: impl FnMut(&Record) -> Result<Option<Record>> + Send,
    ) -> Result<Record> {
        update::<R>(&self.store, &self.context(), id, &mut change).await
    }
}

/// The tenant's packages: few, so all are read at once.
async fn packages(store: &Store) -> Result<Packages> {
    let all = Lookup::all::<model::resources::Packages>();
    let found = store.query_all::<model::resources::Packages>(&all).await?;
    Ok(Packages::new(found))
}

/// Attempts at a change that others overtake.
const ATTEMPTS: usize = 10;

/// See [`TenantBilling::update`].
pub async fn update<R: Resource>(
    store: &Store,
    context: &WriteContext,
    id: &str,
    change: &mut (impl FnMut(&Record) -> Result<Option<Record>> + Send),
) -> Result<Record> {
    let mut attempt = 1;
    loop {
        let before = store.require::<R>(id).await?;
        let Some(after) = change(&before)? else {
            return Ok(before);
        };
        match store.save::<R>(context, Some(&before), after).await {
            Err(model::Error::Stale { .. }) if attempt < ATTEMPTS => attempt += 1,
            settled => return settled,
        }
    }
}
