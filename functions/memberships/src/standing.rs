//! `GET …/{id}/standing` (rule MEM-20).

use axum::extract::{Path, Query};
use axum::{Extension, Json};
use jiff::civil::Date;
use ledger::context::Ports;
use ledger::tenant::Tenant;
use lifecycle::history;
use model::choice::Choice;
use model::field::{self, FieldDef, Kind, TEXT};
use model::resources::Memberships;
use model::resources::membership::history::{Replay, Source, day_of};
use model::resources::membership::{
    EXPIRATION_DATE, PACKAGE_ID, STATUS, STATUS_REASON_ID, Status, TYPE_ID,
};
use model::schema::{Group, Schema};
use model::{Error, Record, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use terms::standing::{Reason, Standing, standing};
use web::{Ctx, Failure};

const DATE: FieldDef = FieldDef::new("date", Kind::Date)
    .about("The day, in the tenant's time zone; today when left out. A coming day is answered as things stand.");

/// The parameters.
pub const ON: &[FieldDef] = &[DATE];

/// What is answered.
pub const STANDING: Schema = Schema {
    title: "MembershipStanding",
    groups: &[Group {
        title: "Standing",
        fields: &[
            FieldDef::new("membership_id", TEXT).required(),
            FieldDef::new("date", Kind::Date).required().about("The day."),
            FieldDef::new("is_in_good_standing", Kind::Bool)
                .required()
                .about("Whether it is paid through the day, or within the grace period."),
            FieldDef::new("has_benefits", Kind::Bool)
                .required()
                .about("Whether benefits are given: also to the expired, until they are dropped."),
            FieldDef::new("reason", Kind::Choice(<Reason as Choice>::NAMES)).required(),
            FieldDef::new("explanation", TEXT)
                .required()
                .about("The same in a few words, with the dates that decide."),
            FieldDef::new("source", Kind::Choice(<Source as Choice>::NAMES))
                .required()
                .about("What tells of the day: the record, the history, or, before its first entry, dates."),
            FieldDef::new("status", Kind::Choice(<Status as Choice>::NAMES)).about("On the day."),
            FieldDef::new("status_reason_id", TEXT),
            FieldDef::new("type_id", TEXT),
            FieldDef::new("package_id", TEXT),
            FieldDef::new("expiration_date", Kind::Date).about("As it was on the day."),
            FieldDef::new("grace_period_ends", Kind::Date).about("Where the package has one."),
        ],
    }],
};

/// The standing of a membership on a day.
pub async fn read(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<HashMap<String, String>>,
) -> std::result::Result<Json<Value>, Failure> {
    let day = day(&asked)?;
    let record = ctx.store.require::<Memberships>(&id).await?;
    let tenant = ports.for_tenant(ctx.store.tenant(), &ctx.caller.user, "api");
    let billing = tenant.await?;
    let today = billing.tenant.today();
    let day = day.unwrap_or(today);
    let (member, source) = match day < today {
        true => on_past_day(&ctx, &record, day, &billing.tenant).await?,
        false => (record, Source::Record),
    };
    let found = standing(&member, day, &billing.packages);
    Ok(Json(shown(&id, day, &member, source, &found)))
}

fn day(asked: &HashMap<String, String>) -> Result<Option<Date>> {
    let given = asked.get(DATE.name);
    let refused = || Error::invalid("/date", "must be a date, YYYY-MM-DD");
    given
        .map(|text| field::date(text).ok_or_else(refused))
        .transpose()
}

async fn on_past_day(
    ctx: &Ctx,
    record: &Record,
    day: Date,
    tenant: &Tenant,
) -> Result<(Record, Source)> {
    let reaches = |row: &Value| day_of(row, &tenant.zone).is_some_and(|of_row| of_row <= day);
    let rows = history::back_to(&ctx.store, record, reaches).await?;
    Ok(Replay::new(record, &rows, tenant.zone.clone()).back_to(day))
}

fn shown(id: &str, day: Date, member: &Record, source: Source, found: &Standing) -> Value {
    let mut shown = json!({
        "membership_id": id,
        "date": day.to_string(),
        "is_in_good_standing": found.is_good(),
        "has_benefits": found.has_benefits,
        "reason": found.reason.as_str(),
        "explanation": found.explanation,
        "source": source.as_str(),
        "grace_period_ends": found.grace_period_ends.map(|end| end.to_string()),
    });
    for name in [
        STATUS.name(),
        STATUS_REASON_ID.name(),
        TYPE_ID.name(),
        PACKAGE_ID.name(),
        EXPIRATION_DATE.name(),
    ] {
        shown[name] = member.raw(name).cloned().unwrap_or_default();
    }
    shown
}
