//! The handlers that most operations share.

use crate::body::{Json, object};
use crate::client_write::{self, Hooks, Update};
use crate::context::Ctx;
use crate::error::{Failure, HandlerResult};
use crate::lookup::QueryParams;
use crate::response;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use model::lookup::Lookup;
use model::resource::{ID_FIELD, Resource};
use model::{Error, Record, Result, patch};
use serde_json::Value;
use store::QueryId;

/// Attempts at a patch that others' writes overtake.
const PATCH_ATTEMPTS: usize = 4;

/// `POST /{resource}/{tenantId}`
pub async fn create<R: Resource, H: Hooks<R>>(ctx: Ctx, Json(body): Json) -> HandlerResult {
    let record = client_write::create::<R, H>(&ctx, ctx.new_id(0), object(body)?).await?;
    Ok(response::record::<R>(&record, None))
}

/// The record that an earlier request created, as that answered it.
pub fn read_again<R: Resource>(ctx: Ctx, id: String) -> BoxFuture<'static, Response> {
    Box::pin(async move {
        let deleted = format!(
            "is of a request that created {} {id}, which has been deleted since: to create another, choose a new key",
            R::SCHEMA.title
        );
        let found = get::<R>(&ctx, id, &QueryParams::default()).await;
        let found = found.map_err(|error| match error {
            Error::NotFound { .. } => Error::conflict("Idempotency-Key", deleted),
            other => other,
        });
        found.unwrap_or_else(|error| Failure(error).into_response())
    })
}

/// `GET /{resource}/{tenantId}/{id}`
pub async fn read<R: Resource>(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    Ok(get::<R>(&ctx, id, &params).await?)
}

/// The record of an id, or the part of it that was asked for.
pub async fn get<R: Resource>(ctx: &Ctx, id: String, params: &QueryParams) -> Result<Response> {
    let record = find::<R>(ctx, id, params).await?;
    Ok(response::record::<R>(&record, params.fields()))
}

/// The record itself, read as consistently as was asked for.
pub async fn find<R: Resource>(ctx: &Ctx, id: String, params: &QueryParams) -> Result<Record> {
    let found = if params.consistent() {
        ctx.store.get_consistent::<R>(&id).await?
    } else {
        ctx.store.get::<R>(&id).await?
    };
    found.ok_or(Error::NotFound {
        what: R::SCHEMA.title,
        id,
    })
}

/// `GET /{resource}/{tenantId}`: everything there is, a page at a time.
pub async fn list<R: Resource>(ctx: Ctx, params: QueryParams) -> HandlerResult {
    let all = Lookup::all::<R>();
    let id = QueryId::of(ctx.store.tenant(), &all);
    let page = ctx.store.query::<R>(&all, params.start(&id)?).await?;
    let items = page
        .items
        .iter()
        .map(|record| response::to_json::<R>(record, params.fields()))
        .collect();
    let next = page.next.map(|token| id.encode(&token)).transpose()?;
    Ok(response::array(items, next))
}

/// `PUT /{resource}/{tenantId}/{id}`
pub async fn replace<R: Resource, H: Hooks<R>>(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json,
) -> HandlerResult {
    let body = object(body)?;
    // Read consistently: an older read would refuse a version that is the newest.
    let before = ctx.store.require::<R>(&id).await?;
    let record = client_write::replace::<R, H>(&ctx, &before, body, if_match(&headers)?).await?;
    Ok(response::record::<R>(&record, None))
}

/// `PATCH /{resource}/{tenantId}/{id}`
pub async fn patch<R: Resource, H: Hooks<R>>(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json,
) -> HandlerResult {
    let record = apply::<R, H>(&ctx, &id, &body, if_match(&headers)?).await?;
    Ok(response::record::<R>(&record, None))
}

/// Applies a patch to what is stored. A patch says what to change, not what it
/// was made from, so it is applied again to what another writer has left.
pub async fn apply<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    id: &str,
    body: &Value,
    version: Option<i64>,
) -> Result<Record> {
    let directives = patch::parse(body)?;
    for attempt in 1.. {
        // Each attempt begins with the record as it is now, and a version that was named must
        // still be that one.
        let before = ctx.store.require::<R>(id).await?;
        check_if_match::<R>(&before, version)?;
        let document = patched::<R>(&before, &directives)?;
        match client_write::rewrite::<R, H>(ctx, &before, document).await {
            Err(Error::Stale { .. }) if attempt < PATCH_ATTEMPTS => {}
            settled => return settled,
        }
    }
    Err(Error::stale(R::SCHEMA.title, id))
}

/// What a patch makes of a record as its reader sees it.
pub fn patched<R: Resource>(before: &Record, directives: &patch::Patch) -> Result<Update> {
    // As a client sees it: a path or a test must not reach internal fields or secrets.
    let mut document = Value::Object(crate::fields::visible(R::SCHEMA, before));
    patch::apply(&mut document, directives)?;
    Ok(Update::Patched(object(document)?))
}

/// `DELETE /{resource}/{tenantId}/{id}`: answers the id.
pub async fn delete<R: Resource, H: Hooks<R>>(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> HandlerResult {
    remove::<R, H>(&ctx, &id, if_match(&headers)?).await?;
    Ok(axum::Json(id).into_response())
}

/// Deletes the record of an id, of `version` if one is named.
pub async fn remove<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    id: &str,
    version: Option<i64>,
) -> Result<()> {
    let record = ctx.store.require::<R>(id).await?;
    check_if_match::<R>(&record, version)?;
    client_write::delete::<R, H>(ctx, &record).await
}

/// # Errors
/// `Stale` if the record is not of the version that `If-Match` names, if any.
fn check_if_match<R: Resource>(record: &Record, version: Option<i64>) -> Result<()> {
    if version.is_some_and(|version| record.get(model::sys::VERSION) != Some(version)) {
        return Err(Error::stale(R::SCHEMA.title, record.text(ID_FIELD)));
    }
    Ok(())
}

/// The version in `If-Match`, as `ETag` gave it.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>> {
    let Some(tag) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let version = tag
        .to_str()
        .ok()
        // The quotes are a part of the header (RFC 9110, section 8.8.3); a bare number is taken
        // as well.
        .and_then(|text| text.trim().trim_matches('"').parse().ok());
    version
        .map(Some)
        .ok_or_else(|| Error::invalid("/sys_version", "If-Match must be an ETag that was answered"))
}
