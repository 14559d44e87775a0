//! `/settings/{tenantId}`: one record for each tenant, so its paths name no id.

use axum::Json as Answered;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use model::resource::ID_FIELD;
use model::resources::Settings;
use model::resources::settings::{CLOCK, SETTINGS_ID};
use model::{Problems, Record, Result};
use web::body::{Json, object};
use web::lookup::Params;
use web::{Ctx, Failure, Hooks, crud, edge, reply};

type Answer = std::result::Result<Response, Failure>;

pub enum Rules {}

impl Hooks<Settings> for Rules {
    async fn prepare(
        ctx: &Ctx,
        _before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        if after.has(CLOCK) && !ctx.test_clock {
            problems.add("/clock", "can be set only where nobody real is billed");
        }
        after.set(ID_FIELD, SETTINGS_ID.to_owned());
        Ok(())
    }
}

/// `GET /settings/{tenantId}`
pub async fn read(ctx: Ctx, params: Params) -> Answer {
    Ok(crud::get::<Settings>(&ctx, SETTINGS_ID.into(), &params).await?)
}

/// `PUT /settings/{tenantId}`
pub async fn replace(ctx: Ctx, headers: HeaderMap, Json(body): Json) -> Answer {
    let before = ctx.store.require::<Settings>(SETTINGS_ID).await?;
    let version = crud::if_match(&headers)?;
    let record = edge::replace::<Settings, Rules>(&ctx, &before, object(body)?, version).await?;
    Ok(reply::record::<Settings>(&record, None))
}

/// `PATCH /settings/{tenantId}`
pub async fn patch(ctx: Ctx, headers: HeaderMap, Json(body): Json) -> Answer {
    let version = crud::if_match(&headers)?;
    let record = crud::apply::<Settings, Rules>(&ctx, SETTINGS_ID, &body, version).await?;
    Ok(reply::record::<Settings>(&record, None))
}

/// `DELETE /settings/{tenantId}`: everything is as it is without settings.
pub async fn delete(ctx: Ctx) -> Answer {
    let record = ctx.store.require::<Settings>(SETTINGS_ID).await?;
    edge::delete::<Settings, Rules>(&ctx, &record).await?;
    Ok(Answered(SETTINGS_ID).into_response())
}
