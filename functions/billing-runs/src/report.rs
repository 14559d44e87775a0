//! `GET /billingRuns/{tenantId}/{id}/report`: every member of a run with the
//! outcome and its reason, as CSV; a large one by a redirect to where it is.

use axum::Extension;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use billing::report::{CONTENT_TYPE, Made, Sizes, Source, make};
use ledger::context::Ports;
use ledger::tenant::{Modes, Tenant};
use model::resources::BillingRuns;
use model::resources::csv_style::MARK;
use store::QueryId;
use web::lookup::QueryParams;
use web::{Ctx, Failure};

pub async fn report(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> Result<Response, Failure> {
    let key = QueryId::new(ctx.store.tenant(), "report", &id);
    let begun = params.start(&key)?;
    let run = ctx.store.require::<BillingRuns>(&id).await?;
    let tenant = Tenant::load(&ctx.store, &billing.defaults).await?;
    let source = Source {
        store: &ctx.store,
        documents: &*billing.documents,
        run: &id,
        modes: &Modes::of(&run, &tenant),
        style: tenant.csv,
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
