//! `POST …/activate/{application_id}`

use axum::Extension;
use axum::extract::Path;
use ledger::context::Ports;
use lifecycle::application::activate;
use web::body::Nothing;
use web::{Ctx, Failure};

/// Applies an approved application; once, however often it is asked for.
pub async fn application(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, application)): Path<(String, String)>,
    _: Nothing,
) -> Result<(), Failure> {
    let user = &ctx.caller.user;
    let billing = ports.for_tenant(ctx.store.tenant(), user, "api").await?;
    Ok(activate::activate(&billing, &application).await?)
}
