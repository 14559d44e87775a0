//! `GET …/{id}/history` (rule MEM-12).

use axum::extract::Path;
use jiff::tz::TimeZone;
use lifecycle::history::{Row, rows};
use model::field::{FieldDef, Kind, NUMBER, TEXT, TEXTS};
use model::resources::Memberships;
use model::resources::membership::HISTORY;
use model::resources::membership::history::day_of;
use model::schema::{Group, Schema};
use model::{Problems, Record};
use serde_json::{Map, Value};
use store::QueryId;
use web::lookup::QueryParams;
use web::{Ctx, HandlerResult, fields, response};

/// Rows in one page.
const PAGE: usize = 100;

const OTHER: &str = "other";

/// A row as it is answered.
pub const ENTRY: Schema = Schema {
    title: "MembershipHistoryEntry",
    groups: &[Group {
        title: "Entry",
        fields: &[
            FieldDef::new("sequence", NUMBER)
                .about("Its number in the history of the membership; the oldest has 1."),
            FieldDef::new("event", TEXT).about("What happened."),
            FieldDef::new("date", Kind::Timestamp).about("When."),
            FieldDef::new("user_id", TEXT).about("By whom."),
            FieldDef::new("billing_run_id", TEXT).about("By which billing run, if by one."),
            FieldDef::new("changed", TEXTS).about("The names of the fields that it changed."),
            FieldDef::new("old", Kind::Open).about("The state before; not of a join."),
            FieldDef::new("new", Kind::Open).about("The state after."),
            FieldDef::new(OTHER, Kind::Open).about("What else an import has brought of it."),
        ],
    }],
};

/// A page of the membership's history, the newest first.
pub async fn read(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let query = QueryId::new(ctx.store.tenant(), "history", &id);
    let end: Option<i64> = params.start(&query)?;
    let member = ctx.store.require::<Memberships>(&id).await?;
    let found = rows(&ctx.store, &member, end, PAGE).await?;
    let next = found.last().filter(|last| last.sequence > 1);
    let next = next.map(|last| query.encode(&last.sequence)).transpose()?;
    let shown = found.into_iter().map(shown);
    let selected = shown.map(|row| fields::select(row, params.fields()));
    Ok(response::page(selected.collect(), next))
}

/// Adds what is senseless in the rows that an admin sets: each says what happened, and
/// when. What else a row says may be of any name.
pub fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let known = before.and_then(|before| before.get(HISTORY));
    let known = known.unwrap_or_default();
    let rows = after.get(HISTORY).unwrap_or_default();
    let new = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !known.contains(row));
    for (place, row) in new.filter(|(_, row)| row.is_object()) {
        let mut found = Problems::default();
        check_row(row, &mut found);
        let at = format!("/{}/{place}", HISTORY.name());
        problems.extend(found.into_iter().map(|problem| problem.under(&at)));
    }
}

fn check_row(row: &Value, problems: &mut Problems) {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    if text("event").trim().is_empty() {
        problems.add("/event", "is required: a text that says what happened");
    }
    if day_of(row, &TimeZone::UTC).is_none() {
        problems.add(
            "/date",
            "is required: YYYY-MM-DD, or a date and time with an offset",
        );
    }
    let row = Record::new(row.as_object().cloned().unwrap_or_default());
    let others = ["user_id", "billing_run_id", "changed", "old", "new"];
    ENTRY.check_kinds(&Record::new(row.pick(&others)), problems);
}

/// What is no field of an entry, or not of its kind, came with an import: it is
/// shown apart.
fn shown(row: Row) -> Map<String, Value> {
    let mut entry = Map::from_iter([("sequence".to_owned(), row.sequence.into())]);
    let mut other = Map::new();
    let fields = match row.row {
        Value::Object(fields) => fields,
        odd => Map::from_iter([("row".to_owned(), odd)]),
    };
    for (name, value) in fields {
        let into = if fits(&name, &value) {
            &mut entry
        } else {
            &mut other
        };
        into.insert(name, value);
    }
    if !other.is_empty() {
        entry.insert(OTHER.to_owned(), other.into());
    }
    entry
}

fn fits(name: &str, value: &Value) -> bool {
    let kind = ENTRY.field(name).map(|field| field.kind);
    match kind.filter(|_| name != "sequence" && name != OTHER) {
        Some(Kind::Text { .. }) => value.is_string(),
        Some(Kind::Timestamp) => {
            let text = value.as_str();
            text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())
        }
        Some(Kind::Open) => value.is_object(),
        Some(Kind::List { .. }) => {
            let list = value.as_array();
            list.is_some_and(|list| list.iter().all(Value::is_string))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_import_brought_in_another_shape_is_shown_apart() {
        let row =
            json!({ "event": "join", "date": "2020-01-31", "end_date": "2020-12-31", "old": 1 });
        let shown = shown(Row { sequence: 3, row });
        assert_eq!(
            Value::Object(shown),
            json!({ "sequence": 3, "event": "join",
                "other": { "date": "2020-01-31", "end_date": "2020-12-31", "old": 1 } })
        );
    }
}
