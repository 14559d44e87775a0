//! Recurring runs as staff keep them, and the runs they have made.

use axum::extract::Path;
use axum::response::Response;
use billing::recurring::derive_next_run;
use ledger::context::Ports;
use ledger::tenant::Tenant;
use model::index::RUNS_BY_RECURRING;
use model::resources::{BillingRuns, RecurringBillingRuns};
use model::{Problems, Record, Result};
use store::Query;
use web::lookup::{QueryParams, page_by_keys};
use web::{Ctx, Failure, Hooks};

pub enum RecurringHooks {}

impl Hooks<RecurringBillingRuns> for RecurringHooks {
    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        let billing: Ports = ctx.extension()?;
        let tenant = Tenant::load(&ctx.store, &billing.defaults).await?;
        derive_next_run(&tenant, before, after, problems);
        Ok(())
    }
}

/// `GET /billingRuns/{tenantId}/recurringBillingRun/{recurring_billing_run_id}`
pub async fn runs(
    ctx: Ctx,
    Path((_, recurring)): Path<(String, String)>,
    params: QueryParams,
) -> std::result::Result<Response, Failure> {
    let index = RUNS_BY_RECURRING;
    let query = Query::index(index, format!("{}#{recurring}", ctx.store.tenant()));
    Ok(page_by_keys::<BillingRuns>(&ctx, index.name, &recurring, query, &params).await?)
}
