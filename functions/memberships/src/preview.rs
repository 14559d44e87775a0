//! `POST …/previewEmail`

use axum::Extension;
use billing::engine::Billing;
use billing::preview;
use web::body::{Json, object};
use web::{Ctx, Failure};

/// Mails a template, filled in for one membership, to one address.
pub async fn email(
    ctx: Ctx,
    Extension(billing): Extension<Billing>,
    Json(body): Json,
) -> Result<(), Failure> {
    let desk = billing
        .desk(ctx.store.tenant(), &ctx.caller.user, "api")
        .await?;
    Ok(preview::email(&desk, object(body)?).await?)
}
