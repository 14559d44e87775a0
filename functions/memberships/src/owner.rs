//! What a membership shows of its owner: copied on every write, so that lists
//! and notices need no second look-up.

use model::resources::membership::{
    CITY, CONTACT_ID, COUNTRY, EMAIL_ADDRESS, FIRST_NAME, JOB_TITLE, LAST_NAME, NAME,
    ORGANIZATION_ID, OWNER_TYPE, OwnerType, STATE,
};
use model::resources::people::ADDRESS_FIELD;
use model::resources::{Contacts, Memberships, Organizations};
use model::{Field, Record, Result};
use web::Ctx;

/// The field that names the owner.
pub fn field(membership: &Record) -> Field<String> {
    match membership.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => ORGANIZATION_ID,
        _ => CONTACT_ID,
    }
}

/// Copies what is shown of the owner.
///
/// # Errors
/// `Conflict` naming every reference that leads nowhere, if the owner's does.
pub async fn copy(ctx: &Ctx, before: Option<&Record>, after: &mut Record) -> Result<()> {
    if !after.has(field(after)) {
        // Refused by the schema for the missing owner, not for the missing copy.
        after.set(NAME, String::new());
        return Ok(());
    }
    let Some(owner) = load(ctx, after).await? else {
        return ctx
            .store
            .check_references::<Memberships>(before, after)
            .await;
    };
    for copied in [NAME, FIRST_NAME, LAST_NAME, EMAIL_ADDRESS, JOB_TITLE] {
        after.put(copied, owner.get(copied));
    }
    let address = owner.get(ADDRESS_FIELD).unwrap_or_default();
    for copied in [CITY, STATE, COUNTRY] {
        let part = address.get(copied.name()).and_then(|value| value.as_str());
        after.put(copied, part.map(str::to_owned));
    }
    Ok(())
}

async fn load(ctx: &Ctx, membership: &Record) -> Result<Option<Record>> {
    let id = membership.text(field(membership));
    match membership.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => ctx.store.get_consistent::<Organizations>(id).await,
        _ => ctx.store.get_consistent::<Contacts>(id).await,
    }
}
