//! `GET /billingRuns/{tenantId}/{id}/report`: every member of a run with the
//! outcome and its reason, as CSV; a large one by a redirect to where it is.

use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use billing::report::{CONTENT_TYPE, Made, Sizes, Source, make};
use ledger::context::Ports;
use ledger::tenant::{Modes, Tenant};
use model::Error;
use model::field::{FieldDef, Kind};
use model::name_order::NameOrder;
use model::resources::BillingRuns;
use model::resources::csv_style::MARK;
use std::collections::HashMap;
use store::QueryId;
use web::lookup::QueryParams;
use web::{Ctx, Failure};

/// What the lines of a report may be sorted by.
const SORTS: &[&str] = &["name"];

pub const SORT: FieldDef = FieldDef::new("sort", Kind::Choice(SORTS)).about(
    "`name` sorts the lines by members' names, in the tenant's `language`; up to 50,000 lines.",
);

fn is_sorted(asked: &HashMap<String, String>) -> model::Result<bool> {
    match asked.get(SORT.name).map(String::as_str) {
        None | Some("") => Ok(false),
        Some(text) if SORTS.contains(&text) => Ok(true),
        Some(_) => {
            let rule = format!("must be one of: {}", SORTS.join(", "));
            Err(Error::invalid("/sort", rule))
        }
    }
}

pub async fn report(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
    Query(asked): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let sorted = is_sorted(&asked)?;
    // What is sorted is written by one request, so no key leads into it.
    let subject = if sorted { "sortedReport" } else { "report" };
    let key = QueryId::new(ctx.store.tenant(), subject, &id);
    let begun = params.start(&key)?;
    let run = ctx.store.require::<BillingRuns>(&id).await?;
    let tenant = Tenant::load(&ctx.store, &billing.defaults).await?;
    let order = sorted.then(|| NameOrder::of(tenant.language.as_ref()));
    let order = order.transpose()?;
    let source = Source {
        store: &ctx.store,
        documents: &*billing.documents,
        run: &id,
        modes: &Modes::of(&run, &tenant),
        style: tenant.csv,
        order: order.as_ref(),
    };
    Ok(match make(&source, begun, Sizes::DEPLOYED).await? {
        Made::Whole(mut csv) => {
            // The adapter that answers API Gateway takes one mark away from a text.
            if csv.starts_with(&MARK) {
                csv.splice(0..0, MARK);
            }
            let name = format!("attachment; filename=\"billing-run-{id}.csv\"");
            let headers = [
                (header::CONTENT_TYPE, CONTENT_TYPE.to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            (headers, csv).into_response()
        }
        Made::Link(link) => Redirect::to(&link).into_response(),
        // This operation goes on with it, so whoever follows redirects comes to the link.
        Made::Begun(begun) => {
            let key = key.encode(&begun)?;
            Redirect::to(&format!("report?exclusiveStartKey={key}")).into_response()
        }
    })
}
