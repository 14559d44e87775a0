//! Work that is started here and done in the background.

use axum::{Extension, Json as JsonResponse};
use ledger::context::Ports;
use lifecycle::jobs::{self, Kind};
use serde_json::Map;
use web::body::{Nothing, OptionalJson};
use web::{Ctx, Failure};

/// `POST …/reprocessFlowDown` (rule FLOW-7): the job's id.
pub async fn reprocess_flowdown(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    OptionalJson(asked): OptionalJson,
) -> Result<JsonResponse<String>, Failure> {
    let user = &ctx.caller.user;
    let id = jobs::start(&ports, &ctx.store, Kind::Flowdown, user, asked).await?;
    Ok(JsonResponse(id))
}

/// `POST …/initiateSnapshotLookback` (rule FILE-4): the job's id.
pub async fn look_back(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    _: Nothing,
) -> Result<JsonResponse<String>, Failure> {
    let (user, nothing) = (&ctx.caller.user, Map::new());
    let id = jobs::start(&ports, &ctx.store, Kind::Snapshots, user, nothing).await?;
    Ok(JsonResponse(id))
}
