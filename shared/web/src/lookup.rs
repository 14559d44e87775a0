//! Look-ups that answer pages.

use crate::context::Ctx;
use crate::error::Failure;
use crate::response;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::Response;
use model::lookup::Lookup;
use model::resource::Resource;
use model::{Error, Record, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::{Page, QueryId};

/// The query parameters of look-ups.
#[derive(Debug, Default, Deserialize)]
pub struct QueryParams {
    pub fields: Option<String>,
    #[serde(rename = "fieldsToReturn")]
    pub fields_to_return: Option<String>,
    #[serde(rename = "exclusiveStartKey")]
    pub exclusive_start_key: Option<String>,
    #[serde(rename = "consistentRead")]
    pub consistent_read: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParams {
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> std::result::Result<Self, Failure> {
        let query = Query::<QueryParams>::from_request_parts(parts, state).await;
        let refused = |cause: QueryRejection| Error::invalid("", cause.body_text());
        Ok(query.map_err(refused)?.0)
    }
}

impl QueryParams {
    pub fn fields(&self) -> Option<&str> {
        self.fields.as_deref().or(self.fields_to_return.as_deref())
    }

    /// Any text forces a consistent read.
    pub fn consistent(&self) -> bool {
        self.consistent_read
            .as_ref()
            .is_some_and(|text| !text.is_empty())
    }

    /// The look-up, read consistently if that is asked for.
    pub fn apply(&self, lookup: Lookup) -> Lookup {
        match self.consistent() {
            true => lookup.consistent(),
            false => lookup,
        }
    }

    /// Where the page begins, if the key belongs to this query.
    pub fn start<T: DeserializeOwned>(&self, query: &QueryId) -> Result<Option<T>> {
        let key = self
            .exclusive_start_key
            .as_deref()
            .filter(|key| !key.is_empty());
        key.map(|key| query.decode(key)).transpose()
    }
}

/// A page of what a look-up finds.
pub async fn page<R: Resource>(
    ctx: &Ctx,
    lookup: &Lookup,
    params: &QueryParams,
) -> Result<Response> {
    let id = QueryId::of(ctx.store.tenant(), lookup);
    let page = ctx.store.query::<R>(lookup, params.start(&id)?).await?;
    respond::<R>(&id, page, params)
}

/// The same for links: the records they lead to.
pub async fn page_linked<R: Resource>(
    ctx: &Ctx,
    links: &[String],
    params: &QueryParams,
) -> Result<Response> {
    // Links stand in the table, so they can be read consistently.
    let lookup = params.apply(Lookup::linked::<R>(links));
    let id = QueryId::of(ctx.store.tenant(), &lookup);
    let page = ctx
        .store
        .query_linked::<R>(&lookup, params.start(&id)?)
        .await?;
    respond::<R>(&id, page, params)
}

/// A page of records as look-ups answer it.
pub fn respond<R: Resource>(
    id: &QueryId,
    page: Page<Record>,
    params: &QueryParams,
) -> Result<Response> {
    let items = page
        .items
        .iter()
        .map(|record| response::to_json::<R>(record, params.fields()))
        .collect();
    let next = page.next.map(|token| id.encode(&token)).transpose()?;
    Ok(response::page(items, next))
}
