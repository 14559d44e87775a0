//! What a membership shows of its owner: copied on every write, so that lists
//! and notices need no second look-up.

use model::resources::Memberships;
use model::resources::membership::NAME;
use model::resources::membership_rules::copy_owner;
use model::{Record, Result};
use web::{Ctx, owner};

/// Copies what is shown of the owner.
///
/// # Errors
/// `Conflict` naming every reference that leads nowhere, if the owner's does.
pub async fn copy(ctx: &Ctx, before: Option<&Record>, after: &mut Record) -> Result<()> {
    match owner::find::<Memberships>(&ctx.store, before, after).await? {
        Some(owner) => copy_owner(&owner, after),
        // Refused by the schema for the missing owner, not for the missing copy.
        None if !after.has(NAME) => after.set(NAME, String::new()),
        None => {}
    }
    Ok(())
}
