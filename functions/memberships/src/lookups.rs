//! Memberships by their owner and by their parent.

use axum::extract::Path;
use axum::response::Response;
use model::resource::ID;
use model::resources::Memberships;
use model::resources::membership::{self, OwnerType, indexes};
use model::{Error, Result};
use web::lookup::{QueryParams, page};
use web::{Ctx, HandlerResult, response};

/// `GET …/contact/{contactId}`: a membership of the contact, the principal first.
pub async fn of_contact(
    ctx: Ctx,
    Path((_, contact)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(of_owner(&ctx, OwnerType::Contact, &contact, &params).await?)
}

/// `GET …/organization/{organizationId}`: only what the organization itself owns.
pub async fn of_organization(
    ctx: Ctx,
    Path((_, organization)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(of_owner(&ctx, OwnerType::Organization, &organization, &params).await?)
}

/// `GET …/parentMembership/{parent_membership_id}`: the direct children.
pub async fn of_parent(
    ctx: Ctx,
    Path((_, parent)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(page::<Memberships>(&ctx, &indexes::of_parent(&parent), &params).await?)
}

/// `GET …/order/{order_id}`: those whose last order it is.
pub async fn of_order(
    ctx: Ctx,
    Path((_, order)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(page::<Memberships>(&ctx, &indexes::of_order(&order), &params).await?)
}

async fn of_owner(
    ctx: &Ctx,
    kind: OwnerType,
    owner: &str,
    params: &QueryParams,
) -> Result<Response> {
    let none = || Error::NotFound {
        what: "Membership",
        id: format!("of {kind} {owner}"),
    };
    if !ID.matches(owner) {
        return Err(none());
    }
    let lookup = params.apply(membership::of_owner(kind, owner).limit(1));
    let found = ctx.store.query::<Memberships>(&lookup, None).await?;
    let record = found.items.first().ok_or_else(none)?;
    Ok(response::record::<Memberships>(record, params.fields()))
}

/// # Errors
/// `Conflict` while other memberships are derived from this one.
pub async fn check_childless(ctx: &Ctx, id: &str) -> Result<()> {
    let children = indexes::of_parent(id).limit(1);
    let found = ctx.store.query::<Memberships>(&children, None).await?;
    if found.items.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "/id",
        "has memberships that are derived from it",
    ))
}
