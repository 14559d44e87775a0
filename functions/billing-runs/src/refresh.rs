//! `POST /billingRuns/{tenantId}/refresh/{id}`: planning, in the background.

use axum::Extension;
use axum::Json;
use axum::extract::Path;
use billing::claim;
use ledger::context::Ports;
use model::field::{FieldDef, Kind, TEXT};
use model::{Schema, schema::Group};
use serde_json::{Value, json};
use web::body::Nothing;
use web::{Ctx, Failure};

/// What was started.
pub const STARTED: Schema = Schema {
    title: "BillingRunRefresh",
    groups: &[Group {
        title: "Execution",
        fields: &[
            FieldDef::new("executionArn", TEXT)
                .required()
                .about("The execution of the state machine that plans."),
            FieldDef::new("start_date", Kind::Timestamp).about("When it began."),
        ],
    }],
};

/// Claims the run, starts the state machine and answers at once. While a
/// refresh is under way the same is answered again.
pub async fn refresh(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    _: Nothing,
) -> Result<Json<Value>, Failure> {
    let started = claim::start_planning(&billing, &ctx.store, &id, &ctx.write_context()).await?;
    let start_date = model::field::moment(started.start_date);
    Ok(Json(
        json!({ "executionArn": started.execution_arn, "start_date": start_date }),
    ))
}
