//! Applications by their owner.

use axum::extract::Path;
use axum::response::Response;
use model::Result;
use model::index::APPLICATIONS_BY_OWNER;
use model::resources::Applications;
use model::resources::application::of_owner;
use model::resources::owner::OwnerType;
use store::Query;
use web::lookup::{Params, page};
use web::{Ctx, Failure};

type Answer = std::result::Result<Response, Failure>;

/// `GET …/contact/{contact_id}`
pub async fn of_contact(
    ctx: Ctx,
    Path((_, contact)): Path<(String, String)>,
    params: Params,
) -> Answer {
    Ok(owned(&ctx, OwnerType::Contact, &contact, &params).await?)
}

/// `GET …/organization/{organization_id}`: only what the organization itself
/// applies for, not its people.
pub async fn of_organization(
    ctx: Ctx,
    Path((_, organization)): Path<(String, String)>,
    params: Params,
) -> Answer {
    Ok(owned(&ctx, OwnerType::Organization, &organization, &params).await?)
}

async fn owned(ctx: &Ctx, kind: OwnerType, owner: &str, params: &Params) -> Result<Response> {
    let key = of_owner(ctx.store.tenant(), kind, owner);
    let query = Query::index(APPLICATIONS_BY_OWNER, key.clone());
    page::<Applications>(ctx, "applications/owner", &key, query, params).await
}
