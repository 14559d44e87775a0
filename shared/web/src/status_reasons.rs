//! Status reasons, looked up for one write.

use crate::context::Ctx;
use model::field::FieldType;
use model::lookup::Lookup;
use model::resource::Resource;
use model::resources::reasons;
use model::{Field, Problems, Record, Result};
use std::fmt::Display;

/// Fills or checks `status_reason_id` by the reasons `R`, each of which
/// `applies_to` one value of `status`.
pub async fn fill_or_check<R: Resource, S: FieldType + Copy + PartialEq + Display>(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
    status: Field<S>,
    applies_to: Field<S>,
) -> Result<()> {
    if reasons::is_needed(before, after, status) {
        // Only then: most writes leave the status alone and need no reasons.
        let all = ctx.store.query_all::<R>(&Lookup::all::<R>()).await?;
        reasons::fill_or_check(before, after, &all, (status, applies_to), problems);
    }
    Ok(())
}
