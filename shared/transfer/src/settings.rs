//! What a tenant's settings say of a file.

use model::resources::Settings;
use model::resources::settings::SETTINGS_ID;
use model::resources::tenant_settings::TenantSettings;
use store::Store;

/// # Errors
/// One line: the store failed, or what it holds can't be used.
pub async fn of(store: &Store) -> Result<TenantSettings, String> {
    let told = |error: model::Error| error.to_string();
    let stored = store.get_consistent::<Settings>(SETTINGS_ID).await;
    TenantSettings::stored(stored.map_err(told)?.as_ref()).map_err(told)
}
