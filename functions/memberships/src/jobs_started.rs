//! Work that is started here and done in the background.

use axum::{Extension, Json as JsonResponse};
use ledger::context::Ports;
use lifecycle::jobs::{self, Kind};
use web::body::{Json, object};
use web::{Ctx, Failure};

/// `POST …/reprocessFlowDown` (rule FLOW-7): the job's id.
pub async fn reprocess_flowdown(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Json(body): Json,
) -> Result<JsonResponse<String>, Failure> {
    let (user, asked) = (&ctx.caller.user, object(body)?);
    let id = jobs::start(&ports, &ctx.store, Kind::Flowdown, user, asked).await?;
    Ok(JsonResponse(id))
}
