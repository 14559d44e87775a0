//! `GET …/portal/contact/{portalContactId}/{id}`: a membership as its member
//! sees it. The one look-up that a member's own token opens (rule MEM-17).

use axum::extract::Path;
use axum::response::Response;
use model::resources::membership::{CONTACT_ID, ORGANIZATION_ID, OWNER_TYPE, OwnerType};
use model::resources::people::CONTACT_IDS;
use model::resources::{Memberships, Organizations};
use model::{Error, Record, Result};
use web::lookup::QueryParams;
use web::{Ctx, Failure, crud, response};

pub async fn read(
    ctx: Ctx,
    Path((_, contact, id)): Path<(String, String, String)>,
    params: QueryParams,
) -> std::result::Result<Response, Failure> {
    if ctx
        .caller
        .contact
        .as_ref()
        .is_some_and(|own| *own != contact)
    {
        return Err(Error::Forbidden("this token is another contact's".into()).into());
    }
    let membership = crud::find::<Memberships>(&ctx, id, &params).await?;
    if !belongs_to(&ctx, &membership, &contact).await? {
        let why =
            "the membership is neither the contact's own nor of an organization they stand for";
        return Err(Error::Forbidden(why.into()).into());
    }
    Ok(response::record::<Memberships>(
        &membership,
        params.fields(),
    ))
}

/// An organization's is that of everyone in its `contact_ids`.
async fn belongs_to(ctx: &Ctx, membership: &Record, contact: &str) -> Result<bool> {
    if membership.get(OWNER_TYPE) != Some(OwnerType::Organization) {
        return Ok(membership.text(CONTACT_ID) == contact);
    }
    let id = membership.text(ORGANIZATION_ID);
    // Consistent: who has just been taken off the list reads it no more.
    let organization = ctx.store.get_consistent::<Organizations>(id).await?;
    let people = organization.and_then(|organization| organization.get(CONTACT_IDS));
    Ok(people.is_some_and(|people| people.iter().any(|one| one == contact)))
}
