//! `POST …/expirationDateCalculation/{dateToUseAsBasisForCalculation}`
//! (rule DATE-7).

use axum::Json as JsonResponse;
use axum::extract::Path;
use model::field::date;
use model::resources::Packages;
use model::resources::catalogue::EXPIRATION_OPTIONS;
use model::{Error, Result};
use serde_json::{Map, Value};
use terms::{ExpirationOptions, Problem, expiration};
use web::body::{Json, object};
use web::{Ctx, Failure};

/// Answers the last day of a term with this basis, `YYYY-MM-DD`; empty for a
/// lifetime, which has none.
pub async fn calculate(
    ctx: Ctx,
    Path((_, basis)): Path<(String, String)>,
    Json(body): Json,
) -> std::result::Result<JsonResponse<String>, Failure> {
    let refused = || {
        let rule = "must be a date, YYYY-MM-DD";
        Error::invalid("/dateToUseAsBasisForCalculation", rule)
    };
    let basis = date(&basis).ok_or_else(refused)?;
    let options = options(&ctx, object(body)?).await?;
    let last = expiration(&options, basis);
    Ok(JsonResponse(
        last.map(|day| day.to_string()).unwrap_or_default(),
    ))
}

/// Of `{expiration_options}`, of a membership's package, or the body itself.
async fn options(ctx: &Ctx, body: Map<String, Value>) -> Result<ExpirationOptions> {
    let named = |name: &str| body.get(name).filter(|value| !value.is_null());
    if let Some(options) = named(EXPIRATION_OPTIONS.name()) {
        let at = format!("/{}", EXPIRATION_OPTIONS.name());
        let under = |problem: Problem| problem.under(&at);
        return ExpirationOptions::parse(options)
            .map_err(|found| Error::Invalid(found.into_iter().map(under).collect()));
    }
    if let Some(package) = named("package_id") {
        return of_package(ctx, package).await;
    }
    ExpirationOptions::parse(&Value::Object(body)).map_err(Error::Invalid)
}

async fn of_package(ctx: &Ctx, id: &Value) -> Result<ExpirationOptions> {
    let refused = |rule: &str| Error::invalid("/package_id", rule);
    let id = id.as_str().ok_or_else(|| refused("must be a string"))?;
    let package = ctx.store.require::<Packages>(id).await?;
    let options = package
        .get(EXPIRATION_OPTIONS)
        .ok_or_else(|| refused("has no expiration_options"))?;
    ExpirationOptions::parse(&options).map_err(|found| {
        let found: Vec<String> = found.iter().map(Problem::to_string).collect();
        let rule = format!(
            "has expiration_options that say no date: {}",
            found.join("; ")
        );
        refused(&rule)
    })
}
