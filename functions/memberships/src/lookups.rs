//! Memberships by their owner and by their parent.

use axum::extract::Path;
use axum::response::Response;
use model::index::{BY_ORDER, BY_PARENT};
use model::resource::ID;
use model::resources::Memberships;
use model::resources::membership::OwnerType;
use model::resources::membership::computed::principal_id;
use model::{Error, Result};
use store::Query;
use web::lookup::{QueryParams, page, page_by_keys};
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
    let query = ctx.store.of_parent(&parent);
    Ok(page::<Memberships>(&ctx, BY_PARENT.name, &parent, query, &params).await?)
}

/// `GET …/order/{order_id}`: those whose last order it is.
pub async fn of_order(
    ctx: Ctx,
    Path((_, order)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let query = Query::index(BY_ORDER, format!("{}#{order}", ctx.store.tenant()));
    Ok(page_by_keys::<Memberships>(&ctx, BY_ORDER.name, &order, query, &params).await?)
}

/// An owner's memberships stand in one partition, the principal's id being the
/// start of the others'.
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
    let query = ctx
        .store
        .of_owner::<Memberships>(&principal_id(kind, owner));
    let query = if params.consistent() {
        query.consistent()
    } else {
        query
    };
    let found = ctx.store.query(&query.limit(1), None).await?;
    let record = found.items.first().ok_or_else(none)?;
    Ok(response::record::<Memberships>(record, params.fields()))
}

/// # Errors
/// `Conflict` while other memberships are derived from this one.
pub async fn check_childless(ctx: &Ctx, id: &str) -> Result<()> {
    let children = ctx.store.of_parent(id).limit(1);
    let found = ctx.store.query(&children, None).await?;
    if found.items.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "/id",
        "has memberships that are derived from it",
    ))
}
