//! Status reasons: a status that changes without one takes the first active
//! one by priority (semantics 3.1).

use model::resource::ID_FIELD;
use model::resources::StatusReasons;
use model::resources::catalogue::{APPLIES_TO, IS_ACTIVE, PRIORITY};
use model::resources::membership::{STATUS, STATUS_REASON_ID, Status};
use model::{Problems, Record, Result};
use web::Ctx;

pub async fn settle(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
) -> Result<()> {
    let Some(status) = after.get(STATUS) else {
        return Ok(());
    };
    let kept = before.and_then(|before| before.get(STATUS_REASON_ID));
    match after
        .get(STATUS_REASON_ID)
        .filter(|given| Some(given) != kept.as_ref())
    {
        Some(given) => check(ctx, &given, status, problems).await,
        None if before.and_then(|before| before.get(STATUS)) != Some(status) => {
            after.put(STATUS_REASON_ID, first_for(ctx, status).await?);
            Ok(())
        }
        None => Ok(()),
    }
}

async fn check(ctx: &Ctx, given: &str, status: Status, problems: &mut Problems) -> Result<()> {
    let reason = ctx.store.get::<StatusReasons>(given).await?;
    let applies = reason.and_then(|reason| reason.get(APPLIES_TO));
    if let Some(other) = applies.filter(|applies| *applies != status) {
        problems.add(
            "/status_reason_id",
            format!("applies to the status {other}, not to {status}"),
        );
    }
    Ok(())
}

/// The active reason of the lowest priority; those without one come last, and
/// among equals the oldest, whose id is the lowest.
async fn first_for(ctx: &Ctx, status: Status) -> Result<Option<String>> {
    let reasons = ctx
        .store
        .query_all(&ctx.store.all::<StatusReasons>())
        .await?;
    let priority = |reason: &Record| {
        let number = reason.get(PRIORITY).and_then(|value| value.as_f64());
        number.unwrap_or(f64::INFINITY)
    };
    let first = reasons
        .iter()
        .filter(|reason| reason.get(APPLIES_TO) == Some(status))
        .filter(|reason| reason.get(IS_ACTIVE) != Some(false))
        .min_by(|a, b| {
            let order = priority(a).total_cmp(&priority(b));
            order.then_with(|| a.text(ID_FIELD).cmp(b.text(ID_FIELD)))
        });
    Ok(first.map(|reason| reason.text(ID_FIELD).to_owned()))
}
