//! A membership's history: what happened, when, by whom, with the state before
//! and after (rule MEM-12).

use super::fields::{
    EXPIRATION_DATE, HISTORY, ORDER_ID, PACKAGE_ID, STATUS, STATUS_REASON_ID, TYPE_ID,
};
use crate::context::WriteContext;
use crate::record::Record;
use serde_json::{Map, Value, json};

crate::choice! {
    /// What can happen to a membership.
    pub enum Event {
        Join = "join",
        Renewal = "renewal",
        Reinstatement = "reinstatement",
        ChangeAffiliations = "change affiliations",
        Assignment = "assignment",
        Drop = "drop",
        Suspension = "suspension",
        ManualChange = "manual change",
        RenewalNotice = "renewal notice",
        RenewalReminder = "renewal reminder",
        AutoRenewalReminder = "auto renewal reminder",
        ExpiringCardReminder = "expiring card reminder",
    }
}

/// Rows kept: an item must stay well below 400 KB, so the oldest give way.
pub const ROWS_MAX: usize = 500;

/// Adds the row that says what has made `after` of `before`.
pub fn record_event(
    context: &WriteContext,
    event: Event,
    before: Option<&Record>,
    after: &mut Record,
) {
    let mut row = json!({
        "event": crate::choice::Choice::as_str(event),
        "date": crate::field::moment(context.now),
        "user_id": context.user,
        "new": state(after),
    });
    if let Some(before) = before {
        row["old"] = state(before);
    }
    let mut rows = after.get(HISTORY).unwrap_or_default();
    rows.push(row);
    let too_many = rows.len().saturating_sub(ROWS_MAX);
    rows.drain(..too_many);
    after.set(HISTORY, rows);
}

/// Whether anything differs that a row of the history shows.
pub fn differs(before: &Record, after: &Record) -> bool {
    state(before) != state(after)
}

fn state(record: &Record) -> Value {
    let names = [
        STATUS.name(),
        STATUS_REASON_ID.name(),
        TYPE_ID.name(),
        PACKAGE_ID.name(),
        EXPIRATION_DATE.name(),
        ORDER_ID.name(),
    ];
    let shown = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), record.raw(name)?.clone())));
    Value::Object(shown.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> WriteContext {
        WriteContext {
            user: "u".into(),
            via: "test".into(),
            now: "2026-03-01T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_row_shows_both_states() {
        let mut before = Record::default();
        before.set(TYPE_ID, "t-1".into());
        let mut after = before.clone();
        after.set(TYPE_ID, "t-2".into());
        record_event(&context(), Event::ManualChange, Some(&before), &mut after);
        let rows = after.get(HISTORY).unwrap();
        assert_eq!(
            rows,
            [json!({
                "event": "manual change", "date": "2026-03-01T10:00:00.000Z", "user_id": "u",
                "old": {"type_id": "t-1"}, "new": {"type_id": "t-2"},
            })]
        );
    }

    #[test]
    fn the_oldest_rows_give_way() {
        let mut record = Record::default();
        for n in 0..ROWS_MAX + 3 {
            record.set(TYPE_ID, format!("t-{n}"));
            record_event(&context(), Event::ManualChange, None, &mut record);
        }
        let rows = record.get(HISTORY).unwrap();
        assert_eq!(rows.len(), ROWS_MAX);
        assert_eq!(rows[0]["new"]["type_id"], "t-3");
    }
}
