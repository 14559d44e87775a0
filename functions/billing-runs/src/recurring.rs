//! Recurring runs as staff keep them, and the runs they have made.

use axum::extract::Path;
use axum::response::Response;
use billing::recurring::derive_next_run;
use ledger::context::Ports;
use ledger::tenant::Tenant;
use model::resources::billing_run::of_recurring;
use model::resources::{BillingRuns, RecurringBillingRuns};
use model::{Problems, Record, Result};
use web::lookup::{QueryParams, page};
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
    Ok(page::<BillingRuns>(&ctx, &of_recurring(&recurring), &params).await?)
}
