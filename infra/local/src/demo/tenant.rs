//! The tenant that the demo is in, and its billing run.

use crate::site::Site;
use model::lookup::Lookup;
use model::resources::billing_run::BillingRuns;
use model::{Record, TenantId, sys};
use store::Store;

pub const TENANT: &str = "demo";
/// The external id of the demo's run, by which it is found again.
pub const RUN_KEY: &str = "demo";

/// The store of the demo's tenant.
///
/// # Errors
/// None: the tenant's name is one.
pub fn store(site: &Site) -> Result<Store, String> {
    let tenant = TenantId::parse(TENANT).map_err(|error| error.to_string())?;
    Ok(site.stack.core.app.database.tenant(&tenant))
}

/// The demo's run, if it has been made.
///
/// # Errors
/// What the store says.
pub async fn find_run(store: &Store) -> Result<Option<Record>, String> {
    let runs = store
        .query_all::<BillingRuns>(&Lookup::all::<BillingRuns>())
        .await;
    let mut runs = runs.map_err(|error| error.to_string())?.into_iter();
    Ok(runs.find(|run| run.text(sys::EXTERNAL_ID) == RUN_KEY))
}
