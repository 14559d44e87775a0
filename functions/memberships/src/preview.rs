//! `POST …/previewEmail` and `…/previewGroupApplicationEmail`

use axum::Extension;
use billing::preview;
use ledger::context::Ports;
use web::body::{Json, object};
use web::{Ctx, Failure};

/// Mails a template, filled in for one membership, to one address.
pub async fn email(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Json(body): Json,
) -> Result<(), Failure> {
    let billing = billing
        .for_tenant(ctx.store.tenant(), &ctx.caller.user, "api")
        .await?;
    Ok(preview::email(&billing, object(body)?).await?)
}

/// Mails a template, filled in for one group of applications, to one address.
pub async fn group_email(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Json(body): Json,
) -> Result<(), Failure> {
    let billing = billing
        .for_tenant(ctx.store.tenant(), &ctx.caller.user, "api")
        .await?;
    Ok(preview::group_email(&billing, object(body)?).await?)
}
