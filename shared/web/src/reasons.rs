//! Status reasons: a status that changes without one takes the first active
//! one by priority (semantics 3.1, 6).

use crate::context::Ctx;
use model::field::FieldType;
use model::resource::{ID_FIELD, Resource};
use model::resources::catalogue::{IS_ACTIVE, PRIORITY};
use model::resources::membership::STATUS_REASON_ID;
use model::{Field, Problems, Record, Result};
use std::fmt::Display;

/// Fills or checks `status_reason_id` by the reasons `R`, each of which
/// `applies_to` one value of `status`.
pub async fn settle<R: Resource, S: FieldType + Copy + PartialEq + Display>(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
    status: Field<S>,
    applies_to: Field<S>,
) -> Result<()> {
    let Some(now) = after.get(status) else {
        return Ok(());
    };
    let kept = before.and_then(|before| before.get(STATUS_REASON_ID));
    match after
        .get(STATUS_REASON_ID)
        .filter(|given| Some(given) != kept.as_ref())
    {
        Some(given) => {
            let reason = ctx.store.get::<R>(&given).await?;
            let other = reason.and_then(|reason| reason.get(applies_to));
            if let Some(other) = other.filter(|other| *other != now) {
                problems.add(
                    "/status_reason_id",
                    format!("applies to the status {other}, not to {now}"),
                );
            }
            Ok(())
        }
        None if before.and_then(|before| before.get(status)) != Some(now) => {
            let reasons = ctx.store.query_all(&ctx.store.all::<R>()).await?;
            let applicable = reasons
                .iter()
                .filter(|reason| reason.get(applies_to) == Some(now));
            after.put(STATUS_REASON_ID, first(applicable));
            Ok(())
        }
        None => Ok(()),
    }
}

/// The active reason of the lowest priority; those without one come last, and
/// among equals the oldest, whose id is the lowest.
fn first<'a>(reasons: impl Iterator<Item = &'a Record>) -> Option<String> {
    let priority = |reason: &Record| {
        let number = reason.get(PRIORITY).and_then(|value| value.as_f64());
        number.unwrap_or(f64::INFINITY)
    };
    let first = reasons
        .filter(|reason| reason.get(IS_ACTIVE) != Some(false))
        .min_by(|a, b| {
            let order = priority(a).total_cmp(&priority(b));
            order.then_with(|| a.text(ID_FIELD).cmp(b.text(ID_FIELD)))
        });
    first.map(|reason| reason.text(ID_FIELD).to_owned())
}
