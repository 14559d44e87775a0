//! Searches by criteria: the list of what a resource is searched by stands in
//! [`model::search`], this is its one handler.

use crate::body::OptionalJson;
use crate::context::Ctx;
use crate::error::Failure;
use crate::lookup::QueryParams;
use crate::response;
use axum::response::Response;
use model::resource::Resource;
use model::search::{Criteria, Plan, Searchable};
use store::{Budget, Found, QueryId};

/// `POST /{resource}/{tenantId}/search`: at most 100 records or 3 MB, and fewer
/// where the request's budget ends before; `LastEvaluatedKey` goes on.
pub async fn search<R: Searchable>(
    ctx: Ctx,
    params: QueryParams,
    OptionalJson(body): OptionalJson,
) -> Result<Response, Failure> {
    let criteria = Criteria::read(R::SEARCH, body)?;
    let plan = Plan::choose(R::SEARCH, &criteria);
    let name = format!("{}/search/{}", R::NAME, plan.name());
    // The plan is part of it: a position in one index means nothing in another.
    let query = QueryId::new(ctx.store.tenant(), &name, criteria.subject());
    let from = params.start(&query)?;
    let found = ctx
        .store
        .search::<R>(&plan, &criteria, from, Budget::default())
        .await?;
    trace::<R>(&plan, &criteria, &found);
    let fields = params.fields().or(R::SEARCH.shown);
    let shown = |record| response::to_json::<R>(record, fields);
    let items = found.page.items.iter().map(shown).collect();
    let key = found.page.next.map(|token| query.encode(&token));
    Ok(response::found(items, key.transpose()?))
}

/// Which criteria, never their values: those may be personal data.
fn trace<R: Resource>(plan: &Plan, criteria: &Criteria, found: &Found) {
    tracing::info!(
        resource = R::NAME,
        index = plan.name(),
        criteria = criteria.fields().collect::<Vec<_>>().join(" "),
        entries = found.entries,
        records = found.records,
        returned = found.page.items.len(),
        more = found.page.next.is_some(),
        "searched"
    );
}
