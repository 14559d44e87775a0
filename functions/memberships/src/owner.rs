//! What a membership shows of its owner: copied on every write, so that lists
//! and notices need no second look-up.

use model::resources::membership::{CONTACT_ID, NAME, ORGANIZATION_ID, OWNER_TYPE, OwnerType};
use model::resources::membership_rules::copy_owner;
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
    copy_owner(&owner, after);
    Ok(())
}

async fn load(ctx: &Ctx, membership: &Record) -> Result<Option<Record>> {
    let id = membership.text(field(membership));
    match membership.get(OWNER_TYPE) {
        Some(OwnerType::Organization) => ctx.store.get_consistent::<Organizations>(id).await,
        _ => ctx.store.get_consistent::<Contacts>(id).await,
    }
}
