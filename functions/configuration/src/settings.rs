//! `/settings/{tenantId}`: one record for each tenant, so its paths name no id.

use crate::templates;
use axum::Json as JsonResponse;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use model::deployment::{NO_CARDS, NO_MAIL};
use model::lookup::Lookup;
use model::resource::ID_FIELD;
use model::resources::catalogue::ENABLE_FLOWDOWN;
use model::resources::people::FLOWDOWN_DUE;
use model::resources::settings::{
    CERTIFICATE_TEMPLATE, CHARGES, CLOCK, Charges, DELIVERY, DeliveryMode, SETTINGS_ID,
    prefers_derived,
};
use model::resources::{Settings, Types};
use model::{Deployment, Problems, Record, Result};
use store::Change;
use web::body::{Json, object};
use web::lookup::QueryParams;
use web::{Ctx, HandlerResult, Hooks, client_write, crud, response};

pub enum SettingsHooks {}

impl Hooks<Settings> for SettingsHooks {
    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        if after.has(CLOCK) && !ctx.deployment.test_clock {
            problems.add("/clock", "can be set only where nobody real is billed");
        }
        let at = format!("/{}", CERTIFICATE_TEMPLATE.name());
        templates::check(after.text(CERTIFICATE_TEMPLATE), &at, problems);
        check_providers(ctx.deployment, before, after, problems);
        after.set(ID_FIELD, SETTINGS_ID.to_owned());
        Ok(())
    }

    async fn delete(ctx: &Ctx, record: &Record) -> Result<()> {
        let marked = match prefers_derived(Some(record)) {
            true => marked(ctx).await?,
            false => None,
        };
        let delete = ctx
            .store
            .delete_together::<Settings>(record, marked.as_ref());
        delete.await
    }
}

/// What flowdown goes by changes with the settings: a type that flows down is marked for
/// them, because they will not be there. Without one nothing flows.
async fn marked(ctx: &Ctx) -> Result<Option<Change>> {
    let types = Lookup::all::<Types>().consistent();
    let types = ctx.store.query_all::<Types>(&types).await?;
    let flows = types.iter().find(|kind| kind.is(ENABLE_FLOWDOWN));
    let mark = |kind| ctx.store.marking::<Types>(kind, FLOWDOWN_DUE);
    flows.map(mark).transpose()
}

/// A run would else be approved in the belief that it mails and charges. What was set
/// while there was a provider blocks no other change.
fn check_providers(
    deployment: Deployment,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) {
    let delivery = after
        .get(DELIVERY)
        .filter(|mode| *mode != DeliveryMode::Off);
    let kept = before.and_then(|before| before.get(DELIVERY)) == delivery;
    if delivery.is_some() && !kept && !deployment.mail {
        problems.add("/delivery", format!("must be off: {NO_MAIL}"));
    }
    let charges = after.get(CHARGES).filter(|mode| *mode != Charges::Off);
    let kept = before.and_then(|before| before.get(CHARGES)) == charges;
    if charges.is_some() && !kept && !deployment.cards {
        problems.add("/charges", format!("must be off: {NO_CARDS}"));
    }
}

/// `GET /settings/{tenantId}`
pub async fn read(ctx: Ctx, params: QueryParams) -> HandlerResult {
    Ok(crud::get::<Settings>(&ctx, SETTINGS_ID.into(), &params).await?)
}

/// `PUT /settings/{tenantId}`
pub async fn replace(ctx: Ctx, headers: HeaderMap, Json(body): Json) -> HandlerResult {
    let before = ctx.store.require::<Settings>(SETTINGS_ID).await?;
    let version = crud::if_match(&headers)?;
    let record =
        client_write::replace::<Settings, SettingsHooks>(&ctx, &before, object(body)?, version)
            .await?;
    Ok(response::record::<Settings>(&record, None))
}

/// `PATCH /settings/{tenantId}`
pub async fn patch(ctx: Ctx, headers: HeaderMap, Json(body): Json) -> HandlerResult {
    let version = crud::if_match(&headers)?;
    let record = crud::apply::<Settings, SettingsHooks>(&ctx, SETTINGS_ID, &body, version).await?;
    Ok(response::record::<Settings>(&record, None))
}

/// `DELETE /settings/{tenantId}`: everything is as it is without settings.
pub async fn delete(ctx: Ctx, headers: HeaderMap) -> HandlerResult {
    let version = crud::if_match(&headers)?;
    crud::remove::<Settings, SettingsHooks>(&ctx, SETTINGS_ID, version).await?;
    Ok(JsonResponse(SETTINGS_ID).into_response())
}
