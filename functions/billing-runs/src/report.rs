//! `GET /billingRuns/{tenantId}/{id}/report`: every member of a run with the
//! outcome and its reason, as CSV.

use axum::Extension;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ledger::context::Ports;
use ledger::tenant::{Modes, Tenant};
use model::resources::BillingRuns;
use web::{Ctx, Failure};

pub async fn report(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let run = ctx.store.require::<BillingRuns>(&id).await?;
    let tenant = Tenant::load(&ctx.store, &billing.defaults).await?;
    let csv = billing::report::csv(&ctx.store, &id, &Modes::of(&run, &tenant)).await?;
    let name = format!("attachment; filename=\"billing-run-{id}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, csv).into_response())
}
