//! Status reasons: a status that changes without one takes the first active
//! one by priority (rules MEM-10, APPL-5).

use super::catalogue::{PRIORITY, is_active};
use super::membership::STATUS_REASON_ID;
use crate::error::Problems;
use crate::field::{Field, FieldType};
use crate::record::Record;
use crate::resource::ID_FIELD;
use std::fmt::Display;

/// Whether [`fill_or_check`] needs the reasons.
pub fn is_needed<S: FieldType + PartialEq>(
    before: Option<&Record>,
    after: &Record,
    status: Field<S>,
) -> bool {
    let both = |record: &Record| (record.get(status), record.get(STATUS_REASON_ID));
    before.map(both) != Some(both(after))
}

/// Fills or checks `status_reason_id` by the `reasons`, each of which
/// `applies_to` one value of `status`.
pub fn fill_or_check<S: FieldType + Copy + PartialEq + Display>(
    before: Option<&Record>,
    after: &mut Record,
    reasons: &[Record],
    (status, applies_to): (Field<S>, Field<S>),
    problems: &mut Problems,
) {
    let Some(now) = after.get(status) else {
        return;
    };
    let kept = before.and_then(|before| before.get(STATUS_REASON_ID));
    let given = after.get(STATUS_REASON_ID);
    // One that was there before belongs to the status before, and is replaced when that changes.
    match given.filter(|given| Some(given) != kept.as_ref()) {
        Some(given) => {
            // One that is not there is told by the check of references.
            let reason = reasons.iter().find(|reason| reason.text(ID_FIELD) == given);
            let other = reason.and_then(|reason| reason.get(applies_to));
            if let Some(other) = other.filter(|other| *other != now) {
                problems.add(
                    "/status_reason_id",
                    format!("applies to the status {other}, not to {now}"),
                );
            }
        }
        None if before.and_then(|before| before.get(status)) != Some(now) => {
            let applies = |reason: &&Record| reason.get(applies_to) == Some(now);
            after.put(STATUS_REASON_ID, first(reasons.iter().filter(applies)));
        }
        None => {}
    }
}

/// The active reason of the lowest priority; those without one come last, and
/// among equals the oldest, whose id is the lowest.
fn first<'a>(reasons: impl Iterator<Item = &'a Record>) -> Option<String> {
    let priority = |reason: &Record| {
        let number = reason.get(PRIORITY).and_then(|value| value.as_f64());
        number.unwrap_or(f64::INFINITY)
    };
    let first = reasons.filter(|reason| is_active(reason)).min_by(|a, b| {
        let order = priority(a).total_cmp(&priority(b));
        order.then_with(|| a.text(ID_FIELD).cmp(b.text(ID_FIELD)))
    });
    first.map(|reason| reason.text(ID_FIELD).to_owned())
}
