//! What an application would be: itself for an owner, and its order. Nothing is
//! saved (rules APPL-12, APPL-13).

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonResponse};
use ledger::context::Ports;
use ledger::shape;
use lifecycle::application::draft;
use model::choice::Choice;
use model::resource::ID_FIELD;
use model::resources::Applications;
use model::resources::application::{ApplicationStatus, NAME, STATUS};
use model::resources::owner::OwnerType;
use model::{Error, Problems, Record, Result};
use serde_json::{Map, Value};
use web::body::{Json, Nothing, object};
use web::{Ctx, Failure, HandlerResult, response};

/// `POST …/generateOrder`
pub async fn order(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Json(body): Json,
) -> HandlerResult {
    let application = sent(&ctx, object(body)?)?;
    let user = &ctx.caller.user;
    let billing = ports.for_tenant(ctx.store.tenant(), user, "api").await?;
    let order = draft::order_of(&billing, &application).await?;
    Ok(JsonResponse(shape::quote(&order)).into_response())
}

/// An application as it is sent: one that is saved, or one to be, which may lack
/// what the server fills.
fn sent(ctx: &Ctx, body: Map<String, Value>) -> Result<Record> {
    let mut application = Record::new(body);
    let mut problems = Problems::default();
    let internal = application
        .fields()
        .keys()
        .filter(|n| Record::is_internal(n));
    for name in internal {
        problems.add(format!("/{name}"), "is not a field of Application");
    }
    if !application.has(ID_FIELD) {
        application.set(ID_FIELD, ctx.new_id(0));
    }
    if !application.has(NAME) {
        application.set(NAME, String::new());
    }
    if !application.has(STATUS) {
        application.set(STATUS, ApplicationStatus::NotYetSubmitted);
    }
    let by = ctx.write_context();
    store::check::<Applications>(&by, None, &mut application, &mut problems);
    problems.into_result()?;
    Ok(application)
}

/// `POST …/generateApplication/{processId}/{ownerType}/{id}`
pub async fn application(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, process, owner_type, owner)): Path<(String, String, String, String)>,
    _: Nothing,
) -> Result<Response, Failure> {
    let refused = || {
        let names = <OwnerType as Choice>::NAMES.join(", ");
        Error::invalid("/ownerType", format!("must be one of: {names}"))
    };
    let owner_type = <OwnerType as Choice>::parse(&owner_type).ok_or_else(refused)?;
    let user = &ctx.caller.user;
    let billing = ports.for_tenant(ctx.store.tenant(), user, "api").await?;
    let filled = draft::application(&billing, &process, owner_type, &owner).await?;
    Ok(JsonResponse(response::to_json::<Applications>(&filled, None)).into_response())
}
