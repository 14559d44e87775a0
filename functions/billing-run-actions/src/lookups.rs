//! Actions by their run and by their membership.

use axum::extract::Path;
use axum::response::Response;
use model::ids::SHARDS;
use model::index::ACTIONS_BY_MEMBERSHIP;
use model::resources::{BillingRunActions, BillingRuns};
use store::Query;
use web::lookup::{Params, page, page_by_keys};
use web::{Ctx, Failure};

type Answer = std::result::Result<Response, Failure>;

/// `GET …/billingRun/{billing_run_id}`: a run's actions, a membership's together.
pub async fn of_run(ctx: Ctx, Path((_, run)): Path<(String, String)>, params: Params) -> Answer {
    ctx.store.require::<BillingRuns>(&run).await?;
    let query = ctx.store.of_run(&run, 0..SHARDS);
    Ok(page::<BillingRunActions>(&ctx, "of_run", &run, query, &params).await?)
}

/// `GET …/membership/{membership_id}`: a membership's actions in all runs.
pub async fn of_membership(
    ctx: Ctx,
    Path((_, membership)): Path<(String, String)>,
    params: Params,
) -> Answer {
    let index = ACTIONS_BY_MEMBERSHIP;
    let query = Query::index(index, format!("{}#{membership}", ctx.store.tenant()));
    Ok(page_by_keys::<BillingRunActions>(&ctx, index.name, &membership, query, &params).await?)
}
