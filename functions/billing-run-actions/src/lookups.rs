//! Actions by id, by their run and by their membership, as of their run's last
//! planning.

use axum::extract::Path;
use axum::response::Response;
use model::ids::SHARDS;
use model::lookup::Lookup;
use model::resources::billing_run;
use model::resources::billing_run_action::{
    self as action, ActionStatus, LAST_REFRESH, OUTCOME, PLANNED_ERROR, PLANNED_GENERATION, RUN_ID,
    RefreshOutcome, STATUS,
};
use model::resources::{BillingRunActions, BillingRuns};
use model::{Record, Result};
use std::collections::BTreeMap;
use store::QueryId;
use web::crud::find;
use web::lookup::{QueryParams, respond};
use web::{Ctx, HandlerResult, response};

/// `GET …/{id}`
pub async fn read(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let mut record = [find::<BillingRunActions>(&ctx, id, &params).await?];
    as_of_runs(&ctx, &mut record).await?;
    Ok(response::record::<BillingRunActions>(
        &record[0],
        params.fields(),
    ))
}

/// `GET …/billingRun/{billing_run_id}`: a run's actions, a membership's together.
pub async fn of_run(
    ctx: Ctx,
    Path((_, run)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    ctx.store.require::<BillingRuns>(&run).await?;
    Ok(page(&ctx, &action::of_run(&run, 0..SHARDS), &params).await?)
}

/// `GET …/membership/{membership_id}`: a membership's actions in all runs.
pub async fn of_membership(
    ctx: Ctx,
    Path((_, membership)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(page(&ctx, &action::of_membership(&membership), &params).await?)
}

async fn page(ctx: &Ctx, lookup: &Lookup, params: &QueryParams) -> Result<Response> {
    let id = QueryId::of(ctx.store.tenant(), lookup);
    let start = params.start(&id)?;
    let mut page = ctx.store.query::<BillingRunActions>(lookup, start).await?;
    as_of_runs(ctx, &mut page.items).await?;
    respond::<BillingRunActions>(&id, page, params)
}

/// Planning writes only what it changes. That it looked at an action and left
/// it alone is known from the run, and is shown here.
async fn as_of_runs(ctx: &Ctx, actions: &mut [Record]) -> Result<()> {
    let mut ids: Vec<String> = actions.iter().map(|a| a.text(RUN_ID).to_owned()).collect();
    ids.sort();
    ids.dedup();
    let runs = ctx.store.get_many::<BillingRuns>(&ids).await?;
    let planned = ids.into_iter().zip(runs).filter_map(|(id, run)| {
        let run = run?;
        let at = run.get(billing_run::LAST_REFRESH)?;
        Some((id, (run.get(billing_run::PLANNED_GENERATION), at)))
    });
    let planned: BTreeMap<String, (Option<i64>, jiff::Timestamp)> = planned.collect();
    for action in actions {
        let status = action.get(STATUS);
        let reviewed = matches!(status, Some(ActionStatus::Pending | ActionStatus::Excluded))
            || action.is(PLANNED_ERROR);
        // Written by the last planning itself, or by one that is under way.
        let own = action.get(PLANNED_GENERATION);
        let last = planned.get(action.text(RUN_ID)).copied();
        if let Some((_, at)) = last.filter(|(planning, _)| reviewed && own < *planning) {
            action.set(OUTCOME, RefreshOutcome::NoChange);
            action.set(LAST_REFRESH, at);
        }
    }
    Ok(())
}
