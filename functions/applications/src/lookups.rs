//! Applications by their owner.

use axum::extract::Path;
use axum::response::Response;
use model::Result;
use model::resources::Applications;
use model::resources::application::of_owner;
use model::resources::owner::OwnerType;
use web::lookup::{QueryParams, page};
use web::{Ctx, HandlerResult};

/// `GET …/contact/{contact_id}`
pub async fn of_contact(
    ctx: Ctx,
    Path((_, contact)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(owned(&ctx, OwnerType::Contact, &contact, &params).await?)
}

/// `GET …/organization/{organization_id}`: only what the organization itself
/// applies for, not its people.
pub async fn of_organization(
    ctx: Ctx,
    Path((_, organization)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(owned(&ctx, OwnerType::Organization, &organization, &params).await?)
}

async fn owned(ctx: &Ctx, kind: OwnerType, owner: &str, params: &QueryParams) -> Result<Response> {
    page::<Applications>(ctx, &of_owner(kind, owner), params).await
}
