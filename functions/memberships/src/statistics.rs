//! `GET /statistics/{tenantId}/{id}` (rule FILE-5).

use axum::Json;
use axum::extract::Path;
use axum::response::IntoResponse;
use lifecycle::snapshots::{self, statistics::statistic};
use model::Error;
use model::field::{FieldDef, NUMBER, OPENS, TEXT};
use model::resource::ID_FIELD;
use model::schema::{Group, Schema};
use web::lookup::QueryParams;
use web::{Ctx, HandlerResult, fields};

/// A figure as it is answered.
pub const STATISTIC: Schema = Schema {
    title: "Statistic",
    groups: &[Group {
        title: "Statistic",
        fields: &[
            ID_FIELD.def,
            FieldDef::new("name", TEXT).about("What it is of."),
            FieldDef::new("status", TEXT).about("`ready`, or `not computed`."),
            FieldDef::new("value", NUMBER).about("Of the last month that is over; null or absent where `error` says why there is none."),
            FieldDef::new("value_for_previous_period", NUMBER).about("Of the month before it."),
            FieldDef::new("value_difference_numeric", NUMBER).about("The first less the second."),
            FieldDef::new("value_difference_percentage", NUMBER)
                .about("The difference in percent of the month before, to a tenth."),
            FieldDef::new("values", OPENS)
                .about("Each month's `period` (YYYY-MM) and `value`, or each `id` with its own value and differences."),
            FieldDef::new("dataSource", TEXT).about("What it was computed from, and when."),
            FieldDef::new("error", TEXT).about("Why there is no value."),
        ],
    }],
};

/// A statistic of the newest month-end snapshots.
pub async fn read(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let newest = snapshots::newest(&ctx.store).await?;
    let missing = || Error::NotFound {
        what: "Statistic",
        id: id.clone(),
    };
    let found = statistic(&id, newest.as_ref()).ok_or_else(missing)?;
    Ok(Json(fields::select(found, params.fields())).into_response())
}
