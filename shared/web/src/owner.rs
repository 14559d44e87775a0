//! The contact or organization that owns a record.

use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::{Contacts, Organizations};
use model::{Record, Result};
use store::Store;

/// The owner that `record` names, if there is one.
pub async fn load(store: &Store, record: &Record) -> Result<Option<Record>> {
    let id = record.text(owner_field(record));
    match record.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => store.get_consistent::<Organizations>(id).await,
        _ => store.get_consistent::<Contacts>(id).await,
    }
}
