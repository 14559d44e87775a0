//! What a membership that derives from another, or that others derive from, may be
//! (rules FLOW-2, FLOW-8, FLOW-9).

use lifecycle::flowdown;
use model::resources::catalogue::FLOWDOWN_TYPE_ID;
use model::resources::membership::assigned::adds;
use model::resources::membership::inherited::is_derived;
use model::resources::membership::{ASSIGNED, ID, Memberships, PARENT_ID_FIELD, TYPE_ID};
use model::resources::owner::{OWNER_TYPE, OwnerType};
use model::resources::{Types, catalogue};
use model::{Error, Problems, Record, Result};
use web::Ctx;

/// Steps up that are looked at: more than memberships flow down.
const STEPS: usize = 20;

/// Adds what is wrong with the parent that a write names, and with whom it picks.
pub async fn check(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) -> Result<()> {
    check_circle(ctx, before, after, problems).await?;
    check_picked(ctx, before, after, problems).await
}

/// A membership that others derive from does not derive from one of them.
async fn check_circle(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) -> Result<()> {
    // From a new one nothing derives yet.
    let Some(before) = before else { return Ok(()) };
    let Some(parent) = after.get(PARENT_ID_FIELD) else {
        return Ok(());
    };
    let id = before.text(ID);
    if before.get(PARENT_ID_FIELD).as_ref() == Some(&parent) || parent == id {
        return Ok(());
    }
    let mut at = parent.clone();
    for _ in 0..STEPS {
        let above = ctx.store.get_consistent::<Memberships>(&at).await?;
        let Some(above) = above.and_then(|one| one.get(PARENT_ID_FIELD)) else {
            return Ok(());
        };
        if above == id {
            let rule = format!("{parent} is itself derived from this membership");
            problems.add(format!("/{}", PARENT_ID_FIELD.name()), rule);
            return Ok(());
        }
        at = above;
    }
    Ok(())
}

/// Whom an organization picks receive a membership of a type that they may hold.
async fn check_picked(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) -> Result<()> {
    let is_organizations = after.get(OWNER_TYPE) == Some(OwnerType::Organization);
    if !is_organizations || !adds(before, after) {
        return Ok(());
    }
    // One that is not there is told by the check of references.
    let Some(own) = ctx
        .store
        .get_consistent::<Types>(after.text(TYPE_ID))
        .await?
    else {
        return Ok(());
    };
    let given = own.text(FLOWDOWN_TYPE_ID);
    let given = ctx.store.get_consistent::<Types>(given).await?;
    if !given.is_some_and(|given| catalogue::is_offered_to(&given, OwnerType::Contact)) {
        let (id, field) = (after.text(TYPE_ID), FLOWDOWN_TYPE_ID.name());
        let rule = format!(
            "names people, and the type {id} gives them no membership: its {field} has to be an active type for people"
        );
        problems.add(format!("/{}", ASSIGNED.name()), rule);
    }
    Ok(())
}

/// # Errors
/// `Conflict` for a derived membership whose owner still has a share: the next look of
/// flowdown would make it again.
pub async fn check_left(ctx: &Ctx, record: &Record) -> Result<()> {
    if !is_derived(record) {
        return Ok(());
    }
    let by = ctx.write_context();
    match Box::pin(flowdown::made_again(&ctx.store, &by, record)).await? {
        Some(why) => Err(Error::conflict("/id", why)),
        None => Ok(()),
    }
}
