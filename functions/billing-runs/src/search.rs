//! `POST /billingRuns/{tenantId}/search`: runs by criteria. A tenant has few
//! runs, so they are looked through, a bounded number a request: a page may
//! come back short with a key to go on from.

use axum::extract::Query;
use axum::response::Response;
use model::choice::Choice;
use model::error::Problems;
use model::field::{Kind, TEXT};
use model::resource::ID_FIELD;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus, SWITCHES};
use model::{FieldDef, Record, Result, Schema, schema::Group};
use serde_json::{Map, Value};
use store::QueryId;
use web::body::{Json, object};
use web::lookup::Params;
use web::{Ctx, Failure, reply};

const TEXTS: Kind = Kind::List {
    of: &TEXT,
    min: 0,
    max: 100,
};
const FLAGS: Kind = Kind::List {
    of: &Kind::Bool,
    min: 0,
    max: 2,
};
/// Two moments or dates, inclusive; null or "" leaves an end open.
const PAIR: Kind = Kind::List {
    of: &Kind::Any,
    min: 2,
    max: 2,
};

/// What can be searched by.
pub const CRITERIA: Schema = Schema {
    title: "BillingRunSearch",
    groups: &[Group {
        title: "Criteria",
        fields: &[
            FieldDef::new("ids", TEXTS).about("Any of these."),
            FieldDef::new("name", TEXT).about("Contained in the name, whatever the case."),
            FieldDef::new(
                "status",
                Kind::List {
                    of: &Kind::Choice(<RunStatus as Choice>::NAMES),
                    min: 0,
                    max: 10,
                },
            )
            .about("Any of these."),
            FieldDef::new("run_date", PAIR).about("From and to, inclusive."),
            FieldDef::new("scheduled_run_date", PAIR).about("From and to, inclusive."),
            FieldDef::new("generate_renewal_notices", FLAGS),
            FieldDef::new("generate_renewal_orders", FLAGS),
            FieldDef::new("perform_auto_renewals", FLAGS),
            FieldDef::new("perform_drops", FLAGS),
            FieldDef::new("send_auto_renewal_reminders", FLAGS),
            FieldDef::new("send_expiring_credit_card_reminders", FLAGS),
            FieldDef::new("send_renewal_reminders", FLAGS),
        ],
    }],
};

/// Pages of runs read for one answer.
const PAGES: usize = 10;
/// Shown unless `fieldsToReturn` says otherwise.
const SHOWN: &str = "id,name,status,run_date,scheduled_run_date,generate_renewal_notices,generate_renewal_orders,\
perform_auto_renewals,send_renewal_reminders,send_auto_renewal_reminders,send_expiring_credit_card_reminders,\
perform_drops,statistics";

pub async fn search(
    ctx: Ctx,
    Query(params): Query<Params>,
    Json(body): Json,
) -> std::result::Result<Response, Failure> {
    let criteria = criteria(body)?;
    let subject = serde_json::to_string(&criteria).unwrap_or_default();
    let query = QueryId::new(ctx.store.tenant(), "billingRuns/search", &subject);
    let mut next = params.start(&query)?;
    let mut found = Vec::new();
    for _ in 0..PAGES {
        let page = ctx
            .store
            .query(&ctx.store.all::<BillingRuns>(), next)
            .await?;
        found.extend(
            page.items
                .into_iter()
                .filter(|record| matches(record, &criteria)),
        );
        next = page.next;
        if next.is_none() || !found.is_empty() {
            break;
        }
    }
    let fields = params.fields().unwrap_or(SHOWN);
    let items = found
        .iter()
        .map(|record| reply::shown::<BillingRuns>(record, Some(fields)))
        .collect();
    let key = next.map(|token| query.encode(&token)).transpose()?;
    Ok(reply::found(items, key))
}

fn criteria(body: Value) -> Result<Map<String, Value>> {
    let criteria = Record::new(object(body)?);
    let mut problems = Problems::default();
    CRITERIA.check(&criteria, &mut problems);
    for name in ["run_date", "scheduled_run_date"] {
        for (index, end) in list(criteria.raw(name)).iter().enumerate() {
            if !(end.is_null()
                || end
                    .as_str()
                    .is_some_and(|text| text.is_empty() || moment(text).is_some()))
            {
                problems.add(
                    format!("/{name}/{index}"),
                    "must be a date, a date and time, null or empty",
                );
            }
        }
    }
    problems.into_result()?;
    Ok(criteria.into_fields())
}

fn matches(record: &Record, criteria: &Map<String, Value>) -> bool {
    criteria.iter().all(|(name, wanted)| match name.as_str() {
        "ids" => any(wanted, &record.text(ID_FIELD).into()),
        "name" => contains(record.text(run::NAME), wanted.as_str().unwrap_or("")),
        "status" => any(wanted, record.raw("status").unwrap_or(&Value::Null)),
        "run_date" | "scheduled_run_date" => within(record.raw(name), &list(Some(wanted))),
        _ => SWITCHES.iter().all(|switch| {
            switch.flag.name() != name || any(wanted, &record.is(switch.flag).into())
        }),
    })
}

fn list(value: Option<&Value>) -> Vec<Value> {
    value.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// An empty list asks for nothing.
fn any(wanted: &Value, held: &Value) -> bool {
    let wanted = list(Some(wanted));
    wanted.is_empty() || wanted.contains(held)
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// Inclusive; a date as an end means that whole day in UTC.
fn within(held: Option<&Value>, pair: &[Value]) -> bool {
    let end = |index: usize| {
        pair.get(index)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if end(0).is_none() && end(1).is_none() {
        return true;
    }
    let Some(held) = held.and_then(Value::as_str).and_then(moment) else {
        return false;
    };
    let from = end(0).and_then(moment).is_none_or(|from| from <= held);
    let to = end(1).is_none_or(|text| {
        moment(text).is_none_or(|to| held <= to) || (text.len() == 10 && day_of(held) == text)
    });
    from && to
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    let midnight = || format!("{text}T00:00:00Z");
    if text.len() == 10 {
        midnight().parse().ok()
    } else {
        text.parse().ok()
    }
}

fn day_of(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}
