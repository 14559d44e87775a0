//! The contact or organization that owns a record.

use model::resource::Resource;
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::{Contacts, Organizations};
use model::{Record, Result};
use store::Store;

/// The owner that `after` names; `None` if it names none.
///
/// # Errors
/// `Conflict` naming every reference that leads nowhere, if the owner's does.
pub async fn find<R: Resource>(
    store: &Store,
    before: Option<&Record>,
    after: &Record,
) -> Result<Option<Record>> {
    let Some(id) = after.get(owner_field(after)) else {
        return Ok(None);
    };
    let found = match after.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => store.get_consistent::<Organizations>(&id).await?,
        _ => store.get_consistent::<Contacts>(&id).await?,
    };
    if found.is_none() {
        // For its error, which names every reference that leads nowhere, as the save's would.
        store.check_references::<R>(before, after).await?;
    }
    Ok(found)
}
