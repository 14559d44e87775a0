//! `GET …/fromTemplate/{templateId}/{referenceDate}`: a run to be, not saved.

use axum::Json;
use axum::extract::Path;
use billing::template::run_of;
use model::resources::{BillingRuns, BillingTemplates};
use model::{Error, field};
use serde_json::Value;
use web::{Ctx, Failure, response};

pub async fn run(
    ctx: Ctx,
    Path((_, template, date)): Path<(String, String, String)>,
) -> Result<Json<Value>, Failure> {
    let refused = || Error::invalid("/referenceDate", "must be a date, YYYY-MM-DD");
    let reference = field::date(&date).ok_or_else(refused)?;
    let template = ctx.store.require::<BillingTemplates>(&template).await?;
    let run = run_of(&ctx.write_context(), &template, reference)?;
    Ok(Json(response::to_json::<BillingRuns>(&run, None)))
}
